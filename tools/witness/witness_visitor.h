// One connection to a witness as a loop: handshake, then read a request, answer it, write the
// answer; until the peer goes, a limit is met or the server stops.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "api/call/loop.h"
#include "api/http/message.h"
#include "api/http/parser.h"
#include "api/http/tls.h"
#include "tools/witness/witness.h"
#include "tools/witness/witness_limits.h"

namespace latchkey::tools {

// Lives on the server's thread. A failure of the connection closes it and concerns nobody else.
class WitnessVisitor : public std::enable_shared_from_this<WitnessVisitor> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  struct Host {
    std::function<bool()> may_ask;  // counts a request; false: this address has asked too often
    std::function<void(WitnessVisitor*)> gone;  // once, when the connection has been closed
  };

  // `tls` is null for plain HTTP.
  WitnessVisitor(boost::asio::io_context& io, Witness& witness, Socket socket,
                 const api::TlsContext& tls, const witness_limits::Patience& patience, Host host);

  void Start();
  void Drain();  // closes now, unless an answer is being sent; else after it
  void Close();

 private:
  using Io = api::TlsStream::Io;

  // Each of them ends early when the connection closes; those that return bool say false then.
  api::Task<void> Run();
  api::Task<bool> Handshake();
  api::Task<bool> ReadRequest();
  api::Task<bool> Flush();
  api::Task<void> Linger();
  api::Task<bool> Ready(Io wanted);

  bool Parse();  // true: a request is whole, or is refused
  void SendContinue();
  void AnswerRequest();
  void Append(const WitnessAnswer& answer, std::string_view more = {});
  Io Read(char* buffer, std::size_t size, std::size_t* read);
  Io Write(const char* data, std::size_t size, std::size_t* written);
  void Within(std::chrono::milliseconds patience);  // else it is closed
  void Watch();

  boost::asio::io_context& io_;
  Witness& witness_;
  Socket socket_;
  std::optional<api::TlsStream> tls_;
  const witness_limits::Patience patience_;
  const Host host_;

  boost::asio::steady_timer timer_;
  std::chrono::steady_clock::time_point deadline_;
  api::HttpParser parser_;
  api::HttpRequest request_;
  bool reading_ = false;  // a request has begun to come
  std::string in_;        // received and not yet parsed: one read at most beside a header
  std::string out_;       // to be sent
  bool last_ = false;     // what is answered is the last answer
  bool writing_ = false;
  bool closed_ = false;
};

}  // namespace latchkey::tools
