// TLS on a non-blocking socket, with OpenSSL reading and writing the socket itself: two copies and
// two buffers a record less than through memory BIOs.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include "api/http/message.h"
#include "core/base/error.h"

struct ssl_st;
struct ssl_ctx_st;

namespace latchkey::api {

// What all connections of a listener share; immutable once made.
using TlsContext = std::shared_ptr<ssl_ctx_st>;

// Whether a session whose client certificate has this SHA-256 may be resumed now. Called during
// handshakes, on the threads of the listener.
using MayResume = std::function<bool(std::string_view certificate_sha256)>;

// TLS 1.2 and later with ALPN http/1.1, no renegotiation. Sessions are held in tickets under keys
// of this context alone, so they are resumed neither on another listener nor by a later process; a
// session with a client certificate only while `may_resume` allows it, never when that is empty.
// Otherwise a full handshake follows. With `client_cas_pem` a client
// certificate is asked for and not required; one that ends at none of those CAs is let through the
// handshake and told apart afterwards (TlsStream::Peer), so that the refusal is an answer in HTTP.
// Dates are not looked at: the ledger judges them. Refuses with kUnusable when certificate and key
// cannot be read (a key under a password, too: nobody is asked for it) or do not fit.
Result<TlsContext> MakeTlsContext(std::string_view certificate_pem, std::string_view key_pem,
                                  std::string_view client_cas_pem = {}, MayResume may_resume = {});

// One connection. It models Asio's AsyncReadStream and AsyncWriteStream, so that whatever speaks
// over those (Beast) can stand on it; our own loop calls Read and Write and waits for the socket
// only when they want it. One thread. Signals: writing to a closed socket raises SIGPIPE, which the
// threads of the server block.
class TlsStream {
 public:
  enum class Io { kDone, kWantRead, kWantWrite, kClosed };

  using next_layer_type = boost::asio::ip::tcp::socket;
  using executor_type = next_layer_type::executor_type;

  // `socket` is not owned and non-blocking. Throws nothing; a stream that could not be made is
  // closed from the start.
  TlsStream(const TlsContext& context, next_layer_type& socket);
  ~TlsStream();

  Io Handshake();
  Io Read(char* buffer, std::size_t size, std::size_t* read);
  Io Write(const char* data, std::size_t size, std::size_t* written);
  bool HasPending() const;  // bytes that Read may give without the socket
  void SendClose();         // close_notify, if it can be sent without waiting

  executor_type get_executor() { return socket_.get_executor(); }
  next_layer_type& next_layer() { return socket_; }

  // Completes with the bytes read or written, none only for buffers without room; a closed
  // connection is eof.
  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return AsyncSome(FirstOf<boost::asio::mutable_buffer>(buffers), std::forward<Token>(token));
  }
  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return AsyncSome(FirstOf<boost::asio::const_buffer>(buffers), std::forward<Token>(token));
  }

  // The client certificate, once the handshake is done; also of a resumed session.
  PeerCertificate Peer() const;

 private:
  struct Free {
    void operator()(ssl_st* ssl) const;
  };
  Io IoOf(int result);
  // The first that is not empty.
  template <typename Buffer, typename Buffers>
  static Buffer FirstOf(const Buffers& buffers) {
    for (auto it = boost::asio::buffer_sequence_begin(buffers);
         it != boost::asio::buffer_sequence_end(buffers); ++it) {
      if (Buffer buffer(*it); buffer.size() != 0) return buffer;
    }
    return {};
  }
  Io Some(boost::asio::mutable_buffer buffer, std::size_t* bytes) {
    return Read(static_cast<char*>(buffer.data()), buffer.size(), bytes);
  }
  Io Some(boost::asio::const_buffer buffer, std::size_t* bytes) {
    return Write(static_cast<const char*>(buffer.data()), buffer.size(), bytes);
  }

  template <typename Buffer, typename Token>
  auto AsyncSome(Buffer buffer, Token&& token) {
    auto step = [this, buffer, first = true](auto& self,
                                             boost::system::error_code error = {}) mutable {
      if (error) return self.complete(error, 0);
      // Asio wants no completion within the initiating call.
      if (std::exchange(first, false)) return boost::asio::post(get_executor(), std::move(self));
      std::size_t bytes = 0;
      if (buffer.size() == 0) return self.complete({}, 0);
      switch (Some(buffer, &bytes)) {
        case Io::kDone:
          return self.complete({}, bytes);
        case Io::kWantRead:
          return socket_.async_wait(next_layer_type::wait_read, std::move(self));
        case Io::kWantWrite:
          return socket_.async_wait(next_layer_type::wait_write, std::move(self));
        case Io::kClosed:
          return self.complete(boost::asio::error::eof, 0);
      }
    };
    return boost::asio::async_compose<Token, void(boost::system::error_code, std::size_t)>(
        std::move(step), token, socket_);
  }

  next_layer_type& socket_;
  TlsContext context_;
  std::unique_ptr<ssl_st, Free> ssl_;
};

}  // namespace latchkey::api
