// The URL of somebody else's server that ours is to send to, read as libcurl will read it
// (RFC 3986), so that what was checked is what is connected to.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/ip/address.hpp>

#include "core/base/error.h"

namespace latchkey {

struct ReceiverUrl {
  std::string origin;  // https://HOST[:PORT]
  std::string target;  // path and query
  std::string host;    // for people, with the port where it is not 443
  // Of a host that is an address in any form that resolvers take (127.1, 0x7f000001), or a name
  // that always means this machine.
  std::optional<boost::asio::ip::address> address;
};

// Refuses with kValidationFailed for `pointer`: anything but https, a name or password, a fragment,
// characters that are not ASCII, a URL that is too long.
Result<ReceiverUrl> ParseReceiverUrl(std::string_view text, std::string_view pointer);

}  // namespace latchkey
