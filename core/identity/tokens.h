// What a provider's tokens are worth: ID tokens (OpenID Connect Core 1.0 §3.1.3.7) and access
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

// Someone the provider vouches for, and what our rules make of that.
struct Identity {
  std::string issuer;
  std::string subject;
  std::string name;  // may be empty
  domain::TokenRole role;
  std::vector<std::string> accounts;  // empty: all
  Time expires;                       // of the token that says so
};

// Both check signature and claims, and refuse with kUnauthenticated what is not good: another
// issuer, audience, nonce or type, a time that has passed or is to come, a key that does not fit.
// A good token of someone whom no rule lets in is kForbidden. A key that `keys` does not hold:
// kNotFound, so that the caller may fetch the keys and ask again.
Result<Identity> CheckIdToken(const Config& config, const KeySet& keys, std::string_view token,
                              std::string_view nonce, Time now);
Result<Identity> CheckAccessToken(const Config& config, const KeySet& keys, std::string_view token,
                                  Time now);

}  // namespace latchkey::identity
