// Which addresses the server may connect to on somebody's word: those of the Internet, and those
// that its owner has allowed. Without this rule anyone who may name a URL could have the server
// knock at the doors of the network it stands in.
//
// Not of the Internet is what IANA's special-purpose registries (RFC 6890) do not call globally
// reachable, multicast, and every form of IPv6 that carries an IPv4 address (mapped, 6to4, Teredo,
// NAT64).
#pragma once

#include <vector>

#include <boost/asio/ip/address.hpp>

#include "core/http/network.h"

namespace latchkey {

// Thread-safe.
class AddressRule {
 public:
  explicit AddressRule(std::vector<Network> allowed = {}) : allowed_(std::move(allowed)) {}

  bool Admits(const boost::asio::ip::address& address) const;

 private:
  std::vector<Network> allowed_;
};

}  // namespace latchkey
