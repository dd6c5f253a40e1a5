#include "core/http/network.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace latchkey {
namespace {

namespace ip = boost::asio::ip;

constexpr unsigned kMappedBits = 96;  // in front of an IPv4 address in IPv6
constexpr unsigned kAllBits = 128;

std::array<std::uint8_t, 16> BytesOf(const ip::address& address) {
  return address.is_v6() ? address.to_v6().to_bytes()
                         : ip::make_address_v6(ip::v4_mapped, address.to_v4()).to_bytes();
}

std::optional<unsigned> ParseNumber(std::string_view text) {
  unsigned number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || failed != std::errc() || end != text.data() + text.size()) return {};
  return number;
}

}  // namespace

std::optional<ip::address> ParseAddress(std::string_view text) {
  if (text.find('%') != std::string_view::npos) return std::nullopt;  // a zone of another machine
  boost::system::error_code error;
  const ip::address address = ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  return address;
}

std::optional<Network> Network::Parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<ip::address> address = ParseAddress(text.substr(0, slash));
  if (!address) return std::nullopt;
  const unsigned before = address->is_v4() ? kMappedBits : 0;
  Network network;
  network.prefix_ = BytesOf(*address);
  network.bits_ = kAllBits;
  if (slash != std::string_view::npos) {
    const auto bits = ParseNumber(text.substr(slash + 1));
    if (!bits || *bits > kAllBits - before) return std::nullopt;
    network.bits_ = before + *bits;
  }
  for (unsigned bit = network.bits_; bit < kAllBits; ++bit) {
    if ((network.prefix_[bit / 8] >> (7 - bit % 8) & 1) != 0) return std::nullopt;
  }
  return network;
}

bool Network::Contains(const ip::address& address) const {
  const std::array<std::uint8_t, 16> bytes = BytesOf(address);
  const unsigned whole = bits_ / 8;
  if (!std::equal(bytes.begin(), bytes.begin() + whole, prefix_.begin())) return false;
  return bits_ % 8 == 0 || (bytes[whole] ^ prefix_[whole]) >> (8 - bits_ % 8) == 0;
}

}  // namespace latchkey
