#include "api/http/address.h"

#include <charconv>
#include <cstdint>

namespace latchkey::api {

std::optional<std::string> HostOf(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::uint16_t port = 0;
  const char* const end = address.data() + address.size();
  const auto read = std::from_chars(address.data() + colon + 1, end, port);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    return host.substr(1, host.size() - 2);
  }
  if (host.empty() || host.find(':') != std::string::npos) return std::nullopt;
  return host;
}

std::string UrlOf(const std::string& address, const std::string& name) {
  std::string host = name.empty() ? HostOf(address).value_or("localhost") : name;
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return "https://" + host + address.substr(address.rfind(':'));
}

}  // namespace latchkey::api
