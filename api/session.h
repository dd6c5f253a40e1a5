// One connection: handshake, requests one after the other, their answers, streams, and the end.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include <boost/asio/ip/tcp.hpp>

#include "api/exchange.h"
#include "api/http_parser.h"
#include "api/stream.h"
#include "api/tls.h"
#include "api/worker.h"

namespace latchkey::api {

// Counts the connections of one listener and lets it accept again when one goes.
struct ConnectionCount {
  std::atomic<std::size_t> open{0};
  std::function<void()> closed;  // after `open` went down; any thread
};

// Lives on one worker's thread; every waiting operation holds it by shared_ptr. A failure of the
// connection closes it and concerns nobody else.
class Session final : public std::enable_shared_from_this<Session> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  Session(Worker& worker, Listener listener, const TlsContext& tls, Socket socket,
          const boost::asio::ip::address& peer, std::shared_ptr<ConnectionCount> count);
  ~Session();

  void Start();
  void Drain();       // close when idle, else after the answer
  void Close();       // at once
  void OnDeadline();  // the deadline has passed
  void OnHead();      // the head has moved, and this session had asked to know

  std::chrono::steady_clock::time_point deadline() const { return deadline_; }
  std::size_t index() const { return index_; }
  void set_index(std::size_t index) { index_ = index; }
  bool awaits_head() const { return awaits_head_; }
  void set_awaits_head(bool awaits) { awaits_head_ = awaits; }

 private:
  enum class State {
    kHandshake,
    kIdle,       // between requests
    kReading,    // a request has begun to come
    kCommand,    // the sequencer has it
    kAwaitHead,  // waits for a position
    kLater,      // waits for work that someone else does
    kWriting,    // an answer does not go out at once
    kStreaming,
    kLingering,  // the last answer is out; reads on so that it is not lost
    kClosed,
  };
  using Step = void (Session::*)();

  void Wait(bool for_writing, Step then);
  void SetDeadline(std::chrono::milliseconds from_now);
  void SetStreamDeadline();
  void NoDeadline();

  void Handshake();
  void ReadRequests();
  bool Fill();       // false: nothing to be had now, someone waits or it is closed
  bool ParseSome();  // true: a request is whole or has failed
  void BeginExchange();
  bool HandleRequest();  // true: answered and written
  bool Run(Next next);
  bool Submit(Command command);  // true: refused at once, answered and written
  void OnOutcome(const Outcome& outcome);
  bool Await(std::unique_ptr<Later> later);  // true: answered and written
  void OnLater();
  Next GoOn(Later& later, const Status& begun);
  bool Respond();  // true: written
  bool Flush();    // true: all of out_ is written
  void OnWritable();
  bool AfterResponse();  // true: the connection goes on with another request
  void Guarded(const std::function<void()>& work);

  void StartStream(std::unique_ptr<EventStream> stream);
  void PumpStream();
  void WatchStreamPeer();
  void EndGently();
  void Linger();

  Worker& worker_;
  Socket socket_;
  TlsStream tls_;
  std::shared_ptr<ConnectionCount> count_;
  std::size_t index_ = 0;  // these two are the worker's
  bool awaits_head_ = false;

  State state_ = State::kHandshake;
  std::chrono::steady_clock::time_point deadline_;
  HttpParser parser_;
  Exchange x_;
  std::string in_;   // received and not yet parsed
  std::string out_;  // to be sent, from sent_ on
  std::size_t sent_ = 0;
  bool readable_ = true;  // the socket may have something
  bool last_answer_ = false;
  std::size_t discarded_ = 0;  // bytes read that nobody looks at
  std::uint64_t awaited_ = 0;
  Command command_;
  std::unique_ptr<Later> later_;
  std::unique_ptr<EventStream> stream_;
};

}  // namespace latchkey::api
