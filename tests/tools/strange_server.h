// A TLS server that is not a Latchkey server: it stores what clients send after the handshake, and
// gives every request the same answer, or none.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/crypto/certificates.h"
#include "core/crypto/random.h"
#include "tests/tools/acceptor.h"

struct ssl_st;
struct ssl_ctx_st;

namespace latchkey::tools::testing {

class StrangeServer {
 public:
  // On 0.0.0.0 and a free port, with a certificate for 127.0.0.1. `answer` is the bytes of an HTTP
  // response; empty for none.
  explicit StrangeServer(std::string answer = "");
  ~StrangeServer();

  std::string url(const std::string& host) const;
  std::string ca_sha256() const { return ca_->sha256(); }
  const std::string& ca_pem() const { return ca_->certificate_pem(); }
  std::string received() const;  // application data of all connections so far

 private:
  void Converse(int peer);
  void Answer(ssl_st* session);

  const std::string answer_;
  crypto::SystemRandom random_;
  std::unique_ptr<crypto::CertificateAuthority> ca_;
  ssl_ctx_st* context_;
  mutable std::mutex mutex_;
  std::string received_;
  std::optional<Acceptor> acceptor_;
};

}  // namespace latchkey::tools::testing
