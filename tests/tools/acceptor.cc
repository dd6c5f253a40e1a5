#include "tests/tools/acceptor.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include <gtest/gtest.h>

namespace latchkey::tools::testing {

Acceptor::Acceptor(in_addr_t address, std::function<void(int)> converse)
    : converse_(std::move(converse)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(address);
  socklen_t size = sizeof at;
  EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&at), size), 0);
  EXPECT_EQ(::listen(listener_, 16), 0);
  EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size), 0);
  port_ = ntohs(at.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

Acceptor::~Acceptor() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

void Acceptor::Serve() {
  while (!stopping_) {
    const int peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0) continue;
    converse_(peer);
    ::close(peer);
  }
}

}  // namespace latchkey::tools::testing
