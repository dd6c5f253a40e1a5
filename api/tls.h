// TLS on a non-blocking socket, with OpenSSL reading and writing the socket itself.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "api/exchange.h"
#include "core/base/error.h"

struct ssl_st;
struct ssl_ctx_st;

namespace latchkey::api {

// What all connections of a listener share; immutable once made.
using TlsContext = std::shared_ptr<ssl_ctx_st>;

// TLS 1.2 and later with ALPN http/1.1, no renegotiation. With `client_cas_pem` a client
// certificate is asked for and not required; one that ends at none of those CAs is let through the
// handshake and told apart afterwards (TlsStream::Peer), so that the refusal is an answer in HTTP.
// Dates are not looked at: the ledger judges them. Refuses with kUnusable when certificate and key
// cannot be read (a key under a password, too: nobody is asked for it) or do not fit.
Result<TlsContext> MakeTlsContext(std::string_view certificate_pem, std::string_view key_pem,
                                  std::string_view client_cas_pem = {});

// One connection. One thread. Signals: writing to a closed socket raises SIGPIPE, which the threads
// of the server block.
class TlsStream {
 public:
  enum class Io { kDone, kWantRead, kWantWrite, kClosed };

  // `socket` is not owned. Throws nothing; a stream that could not be made is closed from the
  // start.
  TlsStream(const TlsContext& context, int socket);
  ~TlsStream();

  Io Handshake();
  Io Read(char* buffer, std::size_t size, std::size_t* read);
  Io Write(const char* data, std::size_t size, std::size_t* written);
  bool HasPending() const;  // bytes that Read may give without the socket
  void SendClose();         // close_notify, if it can be sent without waiting

  // The client certificate, once the handshake is done; also of a resumed session.
  PeerCertificate Peer() const;

 private:
  struct Free {
    void operator()(ssl_st* ssl) const;
  };
  Io Outcome(int result);

  TlsContext context_;
  std::unique_ptr<ssl_st, Free> ssl_;
};

}  // namespace latchkey::api
