#include "tests/etcd/tcp_proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string_view>
#include <utility>

#include "core/base/check.h"

namespace latchkey::testing {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;

sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool SendAll(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string Receive(int socket) {
  std::string bytes(kReadBytes, '\0');
  const ssize_t got = ::recv(socket, bytes.data(), bytes.size(), 0);
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

}  // namespace

TcpProxy::TcpProxy(std::string server) : server_(std::move(server)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t length = sizeof address;
  Check(::bind(listener_, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
            ::listen(listener_, SOMAXCONN) == 0 &&
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) == 0 &&
            ::pipe2(wake_, O_CLOEXEC | O_NONBLOCK) == 0,
        "a proxy of the test listens");
  address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  thread_ = std::thread([this] { Run(); });
}

TcpProxy::~TcpProxy() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  Wake();
  thread_.join();
  EndAll();
  for (const int file : {listener_, wake_[0], wake_[1]}) ::close(file);
}

void TcpProxy::Wake() { (void)!::write(wake_[1], "w", 1); }

void TcpProxy::Set(Mode mode) {
  const std::lock_guard lock(mutex_);
  mode_ = mode;
  requested_ = false;
}

void TcpProxy::AwaitRequest() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return requested_; });
}

void TcpProxy::LetGo() {
  const std::lock_guard lock(mutex_);
  mode_ = Mode::kPass;
  for (Connection& connection : connections_) {
    (void)SendAll(connection.server, std::exchange(connection.held, {}));
  }
}

void TcpProxy::Cut() {
  {
    const std::lock_guard lock(mutex_);
    cut_ = true;
    EndAll();
  }
  Wake();  // it polls sockets that are closed
}

void TcpProxy::Heal() {
  const std::lock_guard lock(mutex_);
  cut_ = false;
  mode_ = Mode::kPass;
}

void TcpProxy::EndAll() {
  for (const Connection& connection : connections_) {
    ::close(connection.client);
    ::close(connection.server);
  }
  connections_.clear();
}

void TcpProxy::Accept() {
  const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  if (cut_) {
    ::close(client);
    return;
  }
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address =
      Loopback(static_cast<std::uint16_t>(std::stoi(server_.substr(server_.rfind(':') + 1))));
  if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(client);
    ::close(server);
    return;
  }
  connections_.push_back({client, server, {}});
}

bool TcpProxy::FromClient(Connection* connection) {
  const std::string bytes = Receive(connection->client);
  if (bytes.empty()) return false;
  requested_ = true;
  changed_.notify_all();
  if (mode_ != Mode::kHoldRequests) return SendAll(connection->server, bytes);
  connection->held += bytes;
  return true;
}

bool TcpProxy::FromServer(Connection* connection) {
  const std::string bytes = Receive(connection->server);
  if (bytes.empty()) return false;
  return mode_ == Mode::kLoseAnswers || SendAll(connection->client, bytes);
}

void TcpProxy::Run() {
  for (;;) {
    std::vector<pollfd> polled = {{wake_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
    {
      const std::lock_guard lock(mutex_);
      if (ending_) return;
      for (const Connection& connection : connections_) {
        polled.push_back({connection.client, POLLIN, 0});
        polled.push_back({connection.server, POLLIN, 0});
      }
    }
    if (::poll(polled.data(), polled.size(), -1) < 0) continue;
    const std::lock_guard lock(mutex_);
    if (polled[0].revents != 0) {
      char byte = 0;
      (void)!::read(wake_[0], &byte, 1);
      continue;  // connections may have gone meanwhile
    }
    auto connection = connections_.begin();
    for (std::size_t i = 2; i + 1 < polled.size() && connection != connections_.end(); i += 2) {
      if (polled[i].fd != connection->client) break;  // they have been cut
      const bool lives = (polled[i].revents == 0 || FromClient(&*connection)) &&
                         (polled[i + 1].revents == 0 || FromServer(&*connection));
      if (lives) {
        ++connection;
        continue;
      }
      ::close(connection->client);
      ::close(connection->server);
      connection = connections_.erase(connection);
    }
    if (polled[1].revents != 0) Accept();
  }
}

}  // namespace latchkey::testing
