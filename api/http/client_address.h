// Whose a request is: the address of the connection, or the one that a proxy of ours names. All
// that says where something came from uses it: the limits, the actor of an event, `redeemed_from`,
// the log line.
//
// Of the two fields that proxies write, X-Forwarded-For alone is believed: nearly every proxy
// writes it, few write Forwarded (RFC 7239), and one that writes the first hands on the second as
// the client sent it. Believing both would be believing the client.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "core/base/error.h"
#include "core/http/network.h"

namespace latchkey::api {

struct ClientAddress {
  std::string text;     // IPv4-mapped IPv6 as IPv4
  bool exempt = false;  // this machine: not limited by anything
  // Whose bucket: an IPv4 address, the /64 of an IPv6 address. Nothing: not limited by address.
  std::optional<std::uint64_t> limited_as;
};

// Thread-safe.
class ClientAddresses {
 public:
  ClientAddresses(std::vector<Network> trusted_proxies, bool limit_loopback);

  bool Trusts(const boost::asio::ip::address& peer) const;

  // Of a connection. Loopback is exempt unless it is to be limited. A trusted proxy itself is not
  // limited by address: there are many behind it.
  ClientAddress Of(const boost::asio::ip::address& peer) const;

  // Of a request that came from a trusted proxy with these X-Forwarded-For fields, joined by
  // commas: from the right, the first address that is not a trusted proxy's, or else the last.
  // Refuses with kRequestMalformed what is no address on the way there: the proxy is set up wrong,
  // and a guess would be written into the ledger.
  Result<ClientAddress> Behind(std::string_view forwarded_for) const;

 private:
  const std::vector<Network> trusted_proxies_;
  const bool limit_loopback_;
};

}  // namespace latchkey::api
