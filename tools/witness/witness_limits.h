// What strangers may make a witness hold and wait for, and how often they may ask. The limits of a
// request itself are in add_checkpoint.h.
#pragma once

#include <chrono>
#include <cstddef>

#include "api/http/limits.h"

namespace latchkey::tools::witness_limits {
using namespace std::chrono_literals;

// Beyond them accepting pauses until one goes. Those of this machine, where a proxy may be, have no
// share.
inline constexpr std::size_t kConnections = 256;
inline constexpr std::size_t kConnectionsOfAddress = 16;  // an IPv4 address, a /64 of IPv6
// Connections and requests of one address: so often at once, and then one more each. Those of this
// machine are not counted.
inline constexpr api::limits::Rate kRequestsOfAddress{200, 20ms};
inline constexpr int kRetrySeconds = 1;  // told to an address that has asked too often

// A connection that lets one of these pass is closed.
struct Patience {
  std::chrono::milliseconds handshake = 10s;
  std::chrono::milliseconds header = 10s;  // from the first byte of a request
  std::chrono::milliseconds body = 10s;
  std::chrono::milliseconds write = 10s;
  std::chrono::milliseconds idle = 60s;  // between requests
};
inline constexpr std::chrono::milliseconds kLinger = 2s;      // reading on after a last answer
inline constexpr std::chrono::milliseconds kStop = 3s;        // for answers that are being sent
inline constexpr std::chrono::milliseconds kLookForTls = 1s;  // whether the certificate is renewed
}  // namespace latchkey::tools::witness_limits
