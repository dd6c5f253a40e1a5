// Blocks of addresses, in CIDR notation (RFC 4632, RFC 4291 §2.3).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include <boost/asio/ip/address.hpp>

namespace latchkey {

// IPv4 and IPv4-mapped IPv6 are the same.
class Network {
 public:
  // ADDRESS/BITS, or ADDRESS for it alone. Nothing for any other text, also when bits beyond the
  // prefix are set.
  static std::optional<Network> Parse(std::string_view text);
  bool Contains(const boost::asio::ip::address& address) const;

 private:
  std::array<std::uint8_t, 16> prefix_{};
  unsigned bits_ = 0;
};

// Null for any other text, and for an address with a zone, which means something to one machine.
std::optional<boost::asio::ip::address> ParseAddress(std::string_view text);

}  // namespace latchkey
