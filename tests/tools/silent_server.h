// A TLS server that nobody should trust: it stores what clients send after the handshake.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "core/crypto/certificates.h"
#include "core/crypto/random.h"

struct ssl_ctx_st;

namespace latchkey::tools::testing {

class SilentServer {
 public:
  SilentServer();  // on 0.0.0.0 and a free port, with a certificate for 127.0.0.1
  ~SilentServer();

  std::string url(const std::string& host) const;
  std::string ca_sha256() const { return ca_->sha256(); }
  std::string received() const;  // application data of all connections so far

 private:
  void Serve();

  crypto::SystemRandom random_;
  std::unique_ptr<crypto::CertificateAuthority> ca_;
  ssl_ctx_st* context_;
  int listener_;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::string received_;
  std::thread thread_;
};

}  // namespace latchkey::tools::testing
