#include "tests/tools/strange_server.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

namespace latchkey::tools::testing {
namespace {

std::filesystem::path WriteTemporary(const std::string& text) {
  std::string path = ::testing::TempDir() + "latchkey-silent-XXXXXX";
  const int file = ::mkstemp(path.data());
  EXPECT_EQ(::write(file, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  ::close(file);
  return path;
}

// Whether the head of a request has arrived, and as much of a body as it announces.
bool IsWhole(const std::string& request) {
  const auto end = request.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  const std::string label = "Content-Length: ";
  const auto length = request.find(label);
  if (length == std::string::npos || length > end) return true;
  return request.size() >= end + 4 + std::stoul(request.substr(length + label.size()));
}

}  // namespace

StrangeServer::StrangeServer(std::string answer)
    : answer_(std::move(answer)), context_(SSL_CTX_new(TLS_server_method())) {
  std::signal(SIGPIPE,
              SIG_IGN);  // clients hang up in the handshake: that is what they are here for
  const Time now = SystemClock().Now();
  ca_ = *crypto::CertificateAuthority::Load(
      crypto::CertificateAuthority::Create("Impostor CA", now, random_));
  const auto material = ca_->SignServer({"127.0.0.1"}, now, std::chrono::hours(1), random_);
  const auto chain = WriteTemporary(material.certificate_pem);
  const auto key = WriteTemporary(std::string(material.key_pem.view()));
  EXPECT_EQ(SSL_CTX_use_certificate_chain_file(context_, chain.c_str()), 1);
  EXPECT_EQ(SSL_CTX_use_PrivateKey_file(context_, key.c_str(), SSL_FILETYPE_PEM), 1);
  std::filesystem::remove(chain);
  std::filesystem::remove(key);
  // Also reached as 127.0.0.2.
  acceptor_.emplace(INADDR_ANY, [this](int peer) { Converse(peer); });
}

StrangeServer::~StrangeServer() {
  acceptor_.reset();
  SSL_CTX_free(context_);
}

std::string StrangeServer::url(const std::string& host) const {
  return "https://" + host + ":" + std::to_string(acceptor_->port());
}

std::string StrangeServer::received() const {
  const std::lock_guard lock(mutex_);
  return received_;
}

void StrangeServer::Converse(int peer) {
  const timeval patience{5, 0};
  ::setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  SSL* session = SSL_new(context_);
  SSL_set_fd(session, peer);
  if (SSL_accept(session) == 1) Answer(session);
  SSL_free(session);
}

void StrangeServer::Answer(SSL* session) {
  std::string request;
  char bytes[4096];
  for (int got; (got = SSL_read(session, bytes, sizeof bytes)) > 0;) {
    request.append(bytes, static_cast<std::size_t>(got));
    {
      const std::lock_guard lock(mutex_);
      received_.append(bytes, static_cast<std::size_t>(got));
    }
    if (answer_.empty() || !IsWhole(request)) continue;
    SSL_write(session, answer_.data(), static_cast<int>(answer_.size()));
    SSL_shutdown(session);
    return;
  }
}

}  // namespace latchkey::tools::testing
