// One connection as a loop: handshake, then read a request, answer it, write the answer; a stream
// or a last answer ends it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/ip/tcp.hpp>

#include "api/call/call.h"
#include "api/call/head_signal.h"
#include "api/call/loop.h"
#include "api/handlers/event_stream.h"
#include "api/http/connection_count.h"
#include "api/http/parser.h"
#include "api/http/tls.h"
#include "api/worker.h"

namespace latchkey::api {

// Lives on one worker's thread, as long as its loop runs. A failure of the connection closes it and
// concerns nobody else.
class Session final : public Pinned, public std::enable_shared_from_this<Session> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  Session(Worker& worker, Listener listener, const TlsContext& tls, Socket socket,
          const ClientAddress& address, bool through_proxy, std::shared_ptr<ConnectionCount> count);
  ~Session() override;

  void Start();
  void Drain() override;
  void Close() override;
  void OnDeadline() override;

 private:
  enum class State {
    kHandshake,
    kIdle,       // between requests
    kReading,    // a request has begun to come
    kAnswering,  // whoever it waits for has a deadline of its own
    kWriting,    // an answer does not go out at once
    kStreaming,
    kWaiting,    // a check-in, for a message
    kLingering,  // the last answer is out; reads on so that it is not lost
    kClosed,
  };

  // Each of them ends early when the connection closes; those that return bool say false then.
  Task<void> Run();
  Task<bool> Handshake();
  Task<bool> ReadRequest();
  Task<Handled> Answer();
  Task<bool> Respond();  // also false after a last answer
  Task<void> Stream(EventStream& stream);
  Task<void> WatchPeer();
  Task<void> Hold(CheckInWait& wait);  // until the response is complete
  Result<bool> Look(CheckInWait& wait);
  Task<void> ReadAhead();
  Task<bool> Flush();         // all of out_ and body_
  TlsStream::Io WriteSome();  // of them
  Task<void> Linger();
  Task<bool> Ready(TlsStream::Io wanted);  // the socket is, for what TLS wants of it

  // Runs one of them beside whatever else runs, keeps the session until it ends, and closes the
  // connection then when `closes`, or when an exception ended it.
  void Spawn(Task<void> task, bool closes);

  TlsStream::Io Fill();
  bool Parse();  // true: a request is whole, or is refused
  void SendContinue();
  void BeginCall();
  void AppendHead(bool stream);
  EventStream::Pulled Pull(EventStream& stream);
  std::chrono::steady_clock::time_point KeepAliveAt(const EventStream& stream) const;
  bool TakeBuffers();  // false: there is no room for what this connection holds
  void Enter(State state, std::chrono::milliseconds deadline);
  void Enter(State state);  // without one

  Worker& worker_;
  Socket socket_;
  TlsStream tls_;
  std::shared_ptr<ConnectionCount> count_;

  State state_ = State::kHandshake;
  HttpParser parser_;
  Connection connection_;
  Call call_;
  std::string in_;   // received and not yet parsed
  std::string out_;  // to be sent, from sent_ on
  std::size_t sent_ = 0;
  std::string_view body_;  // to be sent behind it; lies in the response, or outlives the server
  std::size_t held_ = 0;   // of the budget for buffers
  bool readable_ = true;   // the socket may have something
  bool last_answer_ = false;
  int answered_ = 0;  // since other connections had their turn, which was at
  std::chrono::steady_clock::time_point turn_began_;
  std::size_t discarded_ = 0;  // bytes read and ignored
  LoopTimer wake_;             // of a stream
};

}  // namespace latchkey::api
