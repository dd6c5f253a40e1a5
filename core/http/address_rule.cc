#include "core/http/address_rule.h"

#include <algorithm>
#include <string_view>

#include "core/base/check.h"

namespace latchkey {
namespace {

namespace ip = boost::asio::ip;

std::vector<Network> Networks(std::initializer_list<std::string_view> texts) {
  std::vector<Network> networks;
  for (const std::string_view text : texts) {
    const auto network = Network::Parse(text);
    Check(network.has_value(), "a network of the list can be read");
    networks.push_back(*network);
  }
  return networks;
}

bool IsIn(const std::vector<Network>& networks, const ip::address& address) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Network& network) { return network.Contains(address); });
}

// 192.0.0.0/24 has two addresses that are reachable, of protocols that no receiver uses.
bool IsPublic(const ip::address& address) {
  static const std::vector<Network> special4 = Networks(
      {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
       "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
       "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"});
  // Global unicast (RFC 4291 §2.4), and what is reserved in it.
  static const std::vector<Network> global6 = Networks({"2000::/3"});
  static const std::vector<Network> special6 =
      Networks({"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"});
  if (address.is_v4()) return !IsIn(special4, address);
  return IsIn(global6, address) && !IsIn(special6, address);
}

}  // namespace

bool AddressRule::Admits(const ip::address& address) const {
  return IsPublic(address) || IsIn(allowed_, address);
}

}  // namespace latchkey
