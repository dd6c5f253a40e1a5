#include "tests/tools/relay.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace latchkey::tools::testing {
namespace {

// How long the server is given to answer what is lost.
constexpr int kAnswerMilliseconds = 50;

int NewSocket() { return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

bool SendAll(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

Relay::Relay(const std::string& url)
    : server_port_(std::stoi(url.substr(url.rfind(':') + 1))),
      acceptor_(INADDR_LOOPBACK, [this](int client) { Converse(client); }) {}

void Relay::Converse(int client) {
  const int server = NewSocket();
  const sockaddr_in address = Loopback(server_port_);
  const bool lose = lose_next_.exchange(false);
  if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    pollfd ends[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    bool greeted = false;  // the server has said its part of the handshake
    bool asked = false;    // and the client has gone on after that: with its request, in the end
    while (::poll(ends, 2, lose && asked ? kAnswerMilliseconds : -1) > 0) {
      char bytes[16 * 1024];
      const bool from_server = ends[1].revents != 0;
      const ssize_t got = ::recv(from_server ? server : client, bytes, sizeof bytes, 0);
      if (got <= 0) break;
      asked = asked || (greeted && !from_server);
      greeted = greeted || from_server;
      if (lose && asked && from_server) continue;
      const std::string_view piece(bytes, static_cast<std::size_t>(got));
      if (!SendAll(from_server ? client : server, piece)) break;
    }
    lost_ += lose && asked ? 1 : 0;
  }
  ::close(server);
}

}  // namespace latchkey::tools::testing
