#include "api/throttle.h"

#include <chrono>
#include <utility>

#include "api/metrics.h"
#include "api/router.h"

namespace latchkey::api {
namespace {

std::string_view WhatIsLimited(LimitedBy by) {
  switch (by) {
    case LimitedBy::kAddress:
      return "Too many keys were presented from this address and refused, or only looked at.";
    case LimitedBy::kGateway:
      return "Too much was tried with this key in vain.";
    case LimitedBy::kSignIn:
      return "Too many credentials from this address were not good.";
  }
  return "";
}

Status Admit(LimitedBy by, Micros wait, Exchange* x) {
  if (wait == Micros(0)) return {};
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  x->metrics.Limited(by);
  x->response.retry_after_seconds = static_cast<int>(seconds);
  return Refuse(ErrorCode::kRateLimited, std::string(WhatIsLimited(by)) + " Try again in " +
                                             std::to_string(seconds) + " s.");
}

Status AdmitAddress(const Limiter& limiter, LimitedBy by, Exchange* x) {
  if (!x->client.limited_as) return {};
  return Admit(by, limiter.Wait(*x->client.limited_as, x->started), x);
}

// Whether the answer counts against who presented a key. What this server could not do does not,
// nor what a limit refused: its Retry-After would not hold.
bool Counts(const Exchange& x) {
  if (x.route == nullptr || x.route->counted == Counted::kNothing) return false;
  const int status = x.response.status;
  if (status >= 400) return status < 500 && x.response.refusal != ErrorCode::kRateLimited;
  return x.route->counted == Counted::kAll;
}

bool IsFirstRedemption(const Exchange& x) {
  return x.route != nullptr && x.route->counted == Counted::kRefusals &&
         x.response.status == static_cast<int>(Success::kCreated);
}

}  // namespace

std::string_view LimitedByName(LimitedBy by) {
  switch (by) {
    case LimitedBy::kAddress:
      return "address";
    case LimitedBy::kGateway:
      return "gateway";
    case LimitedBy::kSignIn:
      return "sign_in";
  }
  return "";
}

Throttle::Throttle(ThrottleOptions options, Random& random)
    : addresses_(std::move(options.trusted_proxies), options.limit_loopback),
      keys_of_address_(limits::kKeysOfAddress, random),
      keys_of_gateway_(limits::kKeysOfGateway, random),
      sign_ins_of_address_(limits::kSignInsOfAddress, random) {}

Status Throttle::AdmitKeys(Exchange* x) const {
  return AdmitAddress(keys_of_address_, LimitedBy::kAddress, x);
}

Status Throttle::AdmitGateway(Exchange* x) const {
  if (!x->proven_key || x->client.exempt) return {};
  return Admit(LimitedBy::kGateway, keys_of_gateway_.Wait(*x->proven_key, x->started), x);
}

Status Throttle::AdmitSignIn(Exchange* x) const {
  return AdmitAddress(sign_ins_of_address_, LimitedBy::kSignIn, x);
}

Error Throttle::RefuseSignIn(Exchange* x, std::string detail) const {
  if (Status admitted = AdmitSignIn(x); !admitted) return admitted.error();
  x->sign_in_refused = true;
  return {ErrorCode::kUnauthenticated, std::move(detail)};
}

std::vector<LimitedBy> Throttle::Count(const Exchange& x) {
  std::vector<LimitedBy> emptied;
  const auto count = [&](Limiter& limiter, std::optional<std::uint64_t> key, LimitedBy by) {
    if (key && limiter.Count(*key, x.started)) emptied.push_back(by);
  };
  if (x.sign_in_refused) count(sign_ins_of_address_, x.client.limited_as, LimitedBy::kSignIn);
  if (Counts(x)) {
    count(keys_of_address_, x.client.limited_as, LimitedBy::kAddress);
    if (!x.client.exempt) count(keys_of_gateway_, x.proven_key, LimitedBy::kGateway);
  }
  if (x.client.limited_as && IsFirstRedemption(x)) {
    keys_of_address_.Forgive(*x.client.limited_as, x.started);
  }
  return emptied;
}

}  // namespace latchkey::api
