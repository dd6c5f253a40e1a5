// What one source may try of that which strangers can try: presenting registration keys, and
// operators' credentials. Refusals count, and preflights; what succeeds, and the repeat of a
// redemption, never does. A first redemption takes back what its preflight has cost the address, so
// that any number of installers may stand behind one.
//
// Five kinds of buckets (api/http/limits.h), each with its own place in the order of things:
// - Keys by address, at the door: an address that has none left is refused before its body is read.
// - Keys by gateway, once a secret was proven; in truth by key, so that whoever holds an old key of
//   a gateway uses up nothing of a new one. What is about to succeed passes even when it is empty:
//   nobody can keep a right and active key from being redeemed, nor a redemption from being
//   repeated, but from the same address.
// - Credentials by address, when one was refused: beyond the limit it is refused as rate_limited. A
//   good one is never refused, or one stale script would lock an office behind its one address
//   out: finding a token, or checking the signature of one, costs less than the TLS around it. But
//   a code of the provider is not asked about when the address has none left.
// - Refusals by address: whatever is refused to a caller who has not proved to be anyone, whichever
//   route or none it meets. Beyond the limit it is refused as rate_limited instead. What is not
//   refused passes, and so do callers who are known.
// - Downloads by address: long answers to callers who are not known, such as this contract and the
//   files of the console.
//
// Beside them each address has a share of the log, and each account one of messages.
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
  limits::Rate messages_of_account = limits::kMessagesOfAccount;
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

  // One more message to a gateway of the account.
  Status AdmitMessage(std::string_view account, Call* call);

  // The refusal of a credential that was presented: kUnauthenticated, or kRateLimited.
  Error RefuseSignIn(Call* call, std::string detail) const;

  // Once an answer is ready: whether the caller's address may download it.
  Status AdmitDownload(Call* call) const;

  // What a refusal of `error` says: the same, or kRateLimited to a stranger who was refused too
  // often.
  Error Refusal(Call* call, const Error& error) const;

  // Takes a line of so many bytes from what the caller's address may have logged; false: it has had
  // its share.
  bool TakeLog(const Call& call, std::size_t bytes);

  // Counts what was answered, once for each request. Gives the buckets that it has emptied.
  std::vector<LimitedBy> Count(const Call& call);

 private:
  const ClientAddresses addresses_;
  Limiter keys_of_address_;
  Limiter keys_of_gateway_;
  Limiter sign_ins_of_address_;
  Limiter refusals_of_address_;
  Limiter downloads_of_address_;
  Limiter log_of_address_;
  Limiter messages_of_account_;
};

}  // namespace latchkey::api
