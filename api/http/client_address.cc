#include "api/http/client_address.h"

#include <algorithm>
#include <charconv>
#include <ranges>
#include <utility>

#include "api/http/field_text.h"
#include "api/http/limits.h"

namespace latchkey::api {
namespace {

namespace ip = boost::asio::ip;

ip::address Unmapped(const ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

bool IsPort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  return !text.empty() && failed == std::errc() && end == text.data() + text.size();
}

// An address, or one with a port behind it as some proxies write it: 192.0.2.1:443,
// [2001:db8::1]:443.
std::optional<ip::address> ParseHop(std::string_view text) {
  std::string_view host = text;
  std::string_view behind;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    host = text.substr(1, end - 1);
    behind = text.substr(end + 1);
    if (host.find(':') == std::string_view::npos) return std::nullopt;
  } else if (const std::size_t colon = text.find(':');
             colon != std::string_view::npos && colon == text.rfind(':')) {
    host = text.substr(0, colon);
    behind = text.substr(colon);
  }
  const bool port = behind.starts_with(':') && IsPort(behind.substr(1));
  if (!behind.empty() && !port) return std::nullopt;
  return ParseAddress(host);
}

// IPv4 addresses take the place of the /64s of 0:1::/32, which are reserved and nobody's.
std::uint64_t BucketOf(const ip::address& address) {
  if (address.is_v4()) return (std::uint64_t{1} << 32) | address.to_v4().to_uint();
  std::uint64_t prefix = 0;
  for (const std::uint8_t byte : address.to_v6().to_bytes() | std::views::take(8)) {
    prefix = prefix << 8 | byte;
  }
  return prefix;
}

}  // namespace

ClientAddresses::ClientAddresses(std::vector<Network> trusted_proxies, bool limit_loopback)
    : trusted_proxies_(std::move(trusted_proxies)), limit_loopback_(limit_loopback) {}

bool ClientAddresses::Trusts(const ip::address& peer) const {
  return std::any_of(trusted_proxies_.begin(), trusted_proxies_.end(),
                     [&](const Network& network) { return network.Contains(peer); });
}

ClientAddress ClientAddresses::Of(const ip::address& peer) const {
  const ip::address address = Unmapped(peer);
  ClientAddress client{address.to_string(), address.is_loopback() && !limit_loopback_, {}};
  if (!client.exempt && !Trusts(address)) client.limited_as = BucketOf(address);
  return client;
}

Result<ClientAddress> ClientAddresses::Behind(std::string_view forwarded_for) const {
  std::optional<ip::address> nearest;
  for (std::size_t hops = 0; hops < limits::kMaxProxiesPassed; ++hops) {
    const std::size_t comma = forwarded_for.rfind(',');
    const bool last = comma == std::string_view::npos;
    nearest = ParseHop(Trim(last ? forwarded_for : forwarded_for.substr(comma + 1)));
    if (!nearest) break;
    if (last || !Trusts(*nearest)) return Of(*nearest);
    forwarded_for = forwarded_for.substr(0, comma);
  }
  return Refuse(ErrorCode::kRequestMalformed,
                "The proxy in front of this server does not say in X-Forwarded-For who its client "
                "is. It must add its client's address and nothing else.");
}

}  // namespace latchkey::api
