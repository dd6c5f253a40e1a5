#include "api/auth/throttle.h"

#include <chrono>
#include <utility>

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

Status Admit(LimitedBy by, Micros wait, Call* call) {
  if (wait == Micros(0)) return {};
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  call->notes.limited = by;
  call->response.retry_after_seconds = static_cast<int>(seconds);
  return Refuse(ErrorCode::kRateLimited, std::string(WhatIsLimited(by)) + " Try again in " +
                                             std::to_string(seconds) + " s.");
}

Status AdmitAddress(const Limiter& limiter, LimitedBy by, Call* call) {
  if (!call->caller.address.limited_as) return {};
  return Admit(by, limiter.Wait(*call->caller.address.limited_as, call->request.started), call);
}

// Whether the answer counts against who presented a key. What this server could not do does not,
// nor what a limit refused: its Retry-After would not hold.
bool Counts(const Call& call) {
  if (call.request.route == nullptr || call.request.route->counted == Counted::kNothing)
    return false;
  const int status = call.response.status;
  if (status >= 400) return status < 500 && call.response.refusal != ErrorCode::kRateLimited;
  return call.request.route->counted == Counted::kAll;
}

bool IsFirstRedemption(const Call& call) {
  return call.request.route != nullptr && call.request.route->counted == Counted::kRefusals &&
         call.response.status == static_cast<int>(Success::kCreated);
}

}  // namespace

Throttle::Throttle(ThrottleOptions options, Random& random)
    : addresses_(std::move(options.trusted_proxies), options.limit_loopback),
      keys_of_address_(limits::kKeysOfAddress, random),
      keys_of_gateway_(limits::kKeysOfGateway, random),
      sign_ins_of_address_(limits::kSignInsOfAddress, random) {}

Status Throttle::AdmitKeys(Call* call) const {
  return AdmitAddress(keys_of_address_, LimitedBy::kAddress, call);
}

Status Throttle::AdmitGateway(Call* call) const {
  if (!call->notes.proven_key || call->caller.address.exempt) return {};
  return Admit(LimitedBy::kGateway,
               keys_of_gateway_.Wait(*call->notes.proven_key, call->request.started), call);
}

Status Throttle::AdmitSignIn(Call* call) const {
  return AdmitAddress(sign_ins_of_address_, LimitedBy::kSignIn, call);
}

Error Throttle::RefuseSignIn(Call* call, std::string detail) const {
  if (Status admitted = AdmitSignIn(call); !admitted) return admitted.error();
  call->notes.credential_refused = true;
  return {ErrorCode::kUnauthenticated, std::move(detail)};
}

std::vector<LimitedBy> Throttle::Count(const Call& call) {
  std::vector<LimitedBy> emptied;
  const auto count = [&](Limiter& limiter, std::optional<std::uint64_t> key, LimitedBy by) {
    if (key && limiter.Count(*key, call.request.started)) emptied.push_back(by);
  };
  if (call.notes.credential_refused)
    count(sign_ins_of_address_, call.caller.address.limited_as, LimitedBy::kSignIn);
  if (Counts(call)) {
    count(keys_of_address_, call.caller.address.limited_as, LimitedBy::kAddress);
    if (!call.caller.address.exempt)
      count(keys_of_gateway_, call.notes.proven_key, LimitedBy::kGateway);
  }
  if (call.caller.address.limited_as && IsFirstRedemption(call)) {
    keys_of_address_.Forgive(*call.caller.address.limited_as, call.request.started);
  }
  return emptied;
}

}  // namespace latchkey::api
