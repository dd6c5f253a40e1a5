#include "api/bound_port.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace latchkey::api {
namespace {

using boost::asio::ip::tcp;

std::optional<tcp::endpoint> ParseEndpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || failed != std::errc() || end != digits.data() + digits.size()) {
    return std::nullopt;
  }
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  if (error) return std::nullopt;
  return tcp::endpoint(address, port);
}

std::string FormatEndpoint(const tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  const std::string port = std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + host + "]:" + port : host + ":" + port;
}

// Takes the port of `endpoint`, and stores the one that was taken there. False with errno.
bool Take(int socket, tcp::endpoint* endpoint) {
  const int on = 1;
  socklen_t size = static_cast<socklen_t>(endpoint->size());
  if (::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(socket, endpoint->data(), size) != 0) {
    return false;
  }
  size = static_cast<socklen_t>(endpoint->capacity());
  return ::getsockname(socket, endpoint->data(), &size) == 0;
}

}  // namespace

Result<BoundPort> BoundPort::Bind(const std::string& address) {
  std::optional<tcp::endpoint> endpoint = ParseEndpoint(address);
  if (!endpoint) {
    return Refuse(ErrorCode::kIo, "\"" + address +
                                      "\" is not an address to listen on. Give it as "
                                      "ADDR:PORT, such as 127.0.0.1:8443 or [::1]:8443.");
  }
  const int family = endpoint->address().is_v6() ? AF_INET6 : AF_INET;
  BoundPort port(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), "");
  if (port.socket_ < 0 || !Take(port.socket_, &*endpoint)) {
    return Refuse(ErrorCode::kIo, "Cannot listen on " + address + ": " +
                                      std::system_category().message(errno) + ".");
  }
  port.address_ = FormatEndpoint(*endpoint);
  return port;
}

BoundPort::~BoundPort() {
  if (socket_ >= 0) ::close(socket_);
}

BoundPort::BoundPort(BoundPort&& other) noexcept
    : socket_(other.Release()), address_(other.address_) {}

int BoundPort::Release() { return std::exchange(socket_, -1); }

}  // namespace latchkey::api
