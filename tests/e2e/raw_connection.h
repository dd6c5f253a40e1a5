// One TCP connection on which a test can do what no good client does: bytes before, instead of and
// under TLS, a cut in the middle, a resumed session. Blocking, every wait bounded. One thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tools/bench/load_client.h"

namespace latchkey::testing {

// A TLS session that a later connection may resume.
class TlsSession {
 public:
  TlsSession();
  ~TlsSession();
  TlsSession(TlsSession&&) noexcept;
  TlsSession& operator=(TlsSession&&) noexcept;
  bool empty() const;

 private:
  friend class RawConnection;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A version of TLS, for tests of each.
enum class Tls { k12, k13 };

struct TlsChoice {
  std::string ca_pem;  // empty: any server
  std::optional<tools::LoadIdentity> identity{};
  const TlsSession* resume = nullptr;
  bool only_tls12 = false;
};

class RawConnection {
 public:
  explicit RawConnection(const std::string& address);  // ADDR:PORT; the test fails when it cannot
  ~RawConnection();
  RawConnection(RawConnection&&) noexcept;

  // Bytes on the bare socket. False when the peer has closed.
  bool SendPlain(std::string_view bytes);

  bool StartTls(const TlsChoice& choice);  // the whole handshake; false when refused
  bool Send(std::string_view bytes);       // through TLS
  bool Renegotiate();                      // TLS 1.2: asks for a new handshake; false when refused
  bool resumed() const;
  TlsSession session();  // after at least one answer has been read

  // One whole answer; status 0 when the connection ended first.
  struct Answer {
    int status = 0;
    std::string head;
    std::string body;
  };
  Answer ReadAnswer(std::chrono::milliseconds patience = std::chrono::seconds(20));
  // Everything until the peer closes; null when it has not closed by then.
  std::optional<std::string> ReadToEnd(std::chrono::milliseconds patience);
  std::string ReadSome(std::size_t at_most);  // exactly so many bytes, fewer at the end

  void Cut();  // reset, so that what was not yet read on the other side is lost

 private:
  bool Fill(std::chrono::steady_clock::time_point until);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey::testing
