// Checks a provider's tokens: ID tokens (OpenID Connect Core 1.0 §3.1.3.7) and access
// tokens (RFC 9068). Thread-safe: free functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "core/identity/config.h"
#include "core/identity/jwt.h"

namespace latchkey::identity {

// How far the provider's clock may be from ours.
inline constexpr std::chrono::seconds kClockLeeway{30};

// A person whom the provider vouches for, with the role and accounts by our rules.
struct Identity {
  std::string issuer;
  std::string subject;
  std::string name;  // may be empty
  domain::TokenRole role;
  std::vector<std::string> accounts;  // empty: all
  Time expires;                       // of the token
};

// Both check signature and claims, and refuse with kUnauthenticated a bad token: another issuer,
// audience, nonce or type, one that has expired or is not valid yet, a key that does not fit. A
// good token of a person whom no rule admits is kForbidden. A key that `keys` does not hold is
// kNotFound, so that the caller can fetch the keys and try again.
Result<Identity> CheckIdToken(const Config& config, const KeySet& keys, std::string_view token,
                              std::string_view nonce, Time now);
Result<Identity> CheckAccessToken(const Config& config, const KeySet& keys, std::string_view token,
                                  Time now);

}  // namespace latchkey::identity
