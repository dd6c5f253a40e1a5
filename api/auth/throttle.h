// What one source may try of that which strangers can try: presenting registration keys, and
// operators' credentials. Refusals count, and preflights; what succeeds, and the repeat of a
// redemption, never does. A first redemption takes back what its preflight has cost the address, so
// that any number of installers may stand behind one.
//
// Three kinds of buckets (api/http/limits.h), each with its own place in the order of things:
// - Keys by address, at the door: an address that has none left is refused before its body is read.
// - Keys by gateway, once a secret was proven; in truth by key, so that whoever holds an old key of
//   a gateway uses up nothing of a new one. What is about to succeed passes even when it is empty:
//   nobody can keep a right and active key from being redeemed, nor a redemption from being
//   repeated, but from the same address.
// - Credentials by address, when one was refused: beyond the limit it is refused as rate_limited. A
//   good one is never refused, or one stale script would lock an office behind its one address
//   out: finding a token, or checking the signature of one, costs less than the TLS around it. But
//   a code of the provider is not asked about when the address has none left.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/auth/limiter.h"
#include "api/call/call.h"
#include "api/http/client_address.h"

namespace latchkey::api {

struct ThrottleOptions {
  std::vector<Network> trusted_proxies{};  // whose X-Forwarded-For is believed
  bool limit_loopback = false;
};

// Thread-safe for different calls. All refuse with kRateLimited, with Retry-After in whole
// seconds in the response.
class Throttle {
 public:
  Throttle(ThrottleOptions options, Random& random);

  const ClientAddresses& addresses() const { return addresses_; }

  Status AdmitKeys(Call* call) const;     // the caller's address
  Status AdmitGateway(Call* call) const;  // the key that was proven: notes.proven_key
  Status AdmitSignIn(Call* call) const;   // before a provider's code is judged

  // The refusal of a credential that was presented: kUnauthenticated, or kRateLimited.
  Error RefuseSignIn(Call* call, std::string detail) const;

  // Counts what was answered, once for each request. Gives the buckets that it has emptied.
  std::vector<LimitedBy> Count(const Call& call);

 private:
  const ClientAddresses addresses_;
  Limiter keys_of_address_;
  Limiter keys_of_gateway_;
  Limiter sign_ins_of_address_;
};

}  // namespace latchkey::api
