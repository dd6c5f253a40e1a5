#include "tests/tools/strange_server.h"

#include <arpa/inet.h>
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
    : answer_(std::move(answer)),
      context_(SSL_CTX_new(TLS_server_method())),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
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
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_ANY);  // also reached as 127.0.0.2
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::listen(listener_, 16), 0);
  EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

StrangeServer::~StrangeServer() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
  SSL_CTX_free(context_);
}

std::string StrangeServer::url(const std::string& host) const {
  return "https://" + host + ":" + std::to_string(port_);
}

std::string StrangeServer::received() const {
  const std::lock_guard lock(mutex_);
  return received_;
}

void StrangeServer::Serve() {
  while (!stopping_) {
    const int peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0) continue;
    const timeval patience{5, 0};
    ::setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    SSL* session = SSL_new(context_);
    SSL_set_fd(session, peer);
    if (SSL_accept(session) == 1) Converse(session);
    SSL_free(session);
    ::close(peer);
  }
}

void StrangeServer::Converse(SSL* session) {
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
