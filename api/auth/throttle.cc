#include "api/auth/throttle.h"

#include <chrono>
#include <utility>

#include "api/call/problem.h"

namespace latchkey::api {
namespace {

std::string_view WhatIsLimited(LimitedBy by) {
  switch (by) {
    case LimitedBy::kAddress:
      return "Too many registration keys from this address were refused or only checked.";
    case LimitedBy::kGateway:
      return "Too many attempts with this key or certificate failed.";
    case LimitedBy::kSignIn:
      return "Too many invalid credentials came from this address.";
    case LimitedBy::kRefusals:
      return "Too many requests from this address were refused.";
    case LimitedBy::kDownloads:
      return "Too much was downloaded from this address without credentials.";
    case LimitedBy::kMessages:
      return "Too many messages are sent to the gateways of this account.";
    case LimitedBy::kStreams:  // refused by its handler
      break;
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

bool IsClientError(int status) { return status >= 400 && status < 500; }

// What the answer takes from the downloads of strangers; rounded down.
std::uint32_t DownloadedKiB(const Call& call) {
  const std::size_t bytes = call.response.content().size();
  const bool counts =
      bytes > limits::kShortAnswerBytes && !call.IsKnown() && call.request.method != Method::kHead;
  return counts ? static_cast<std::uint32_t>(bytes / 1024) : 0;
}

// Whether the answer counts against who presented a key. What this server could not do does not,
// nor what a limit refused: its Retry-After would not hold.
bool Counts(const Call& call) {
  if (call.request.route == nullptr || call.request.route->counted == Counted::kNothing)
    return false;
  const int status = call.response.status;
  if (status >= 400) {
    return IsClientError(status) && call.response.refusal != ErrorCode::kRateLimited;
  }
  return call.request.route->counted == Counted::kAll;
}

bool IsFirstRedemption(const Call& call) {
  return call.notes.redemption == Notes::Issuance::kFirst && call.response.status < 300;
}

}  // namespace

Throttle::Throttle(ThrottleOptions options, Random& random)
    : addresses_(std::move(options.trusted_proxies), options.limit_loopback),
      keys_of_address_(limits::kKeysOfAddress, random),
      keys_of_gateway_(limits::kKeysOfGateway, random),
      sign_ins_of_address_(limits::kSignInsOfAddress, random),
      refusals_of_address_(limits::kRefusalsOfAddress, random),
      downloads_of_address_(limits::kDownloadsOfAddress, random),
      log_of_address_(limits::kLogBytesOfAddress, random),
      messages_of_account_(options.messages_of_account, random) {}

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

Status Throttle::AdmitDownload(Call* call) const {
  if (DownloadedKiB(*call) == 0) return {};
  return AdmitAddress(downloads_of_address_, LimitedBy::kDownloads, call);
}

Status Throttle::AdmitMessage(std::string_view account, Call* call) {
  const std::uint64_t key = std::hash<std::string_view>()(account);
  const Status admitted =
      Admit(LimitedBy::kMessages, messages_of_account_.Wait(key, call->request.started), call);
  if (admitted) (void)messages_of_account_.Count(key, call->request.started);
  return admitted;
}

Error Throttle::RefuseSignIn(Call* call, std::string detail) const {
  if (Status admitted = AdmitSignIn(call); !admitted) return admitted.error();
  call->notes.credential_refused = true;
  return {ErrorCode::kUnauthenticated, std::move(detail)};
}

Error Throttle::Refusal(Call* call, const Error& error) const {
  if (call->IsKnown() || !IsClientError(StatusOf(error.code))) return error;
  if (error.code == ErrorCode::kRateLimited) return error;
  const Status admitted = AdmitAddress(refusals_of_address_, LimitedBy::kRefusals, call);
  return admitted ? error : admitted.error();
}

bool Throttle::TakeLog(const Call& call, std::size_t bytes) {
  if (!call.caller.address.limited_as) return true;
  const std::uint64_t address = *call.caller.address.limited_as;
  if (log_of_address_.Wait(address, call.request.started) != Micros(0)) return false;
  (void)log_of_address_.Count(address, call.request.started, static_cast<std::uint32_t>(bytes));
  return true;
}

std::vector<LimitedBy> Throttle::Count(const Call& call) {
  std::vector<LimitedBy> emptied;
  const auto count = [&](Limiter& limiter, std::optional<std::uint64_t> key, LimitedBy by,
                         std::uint32_t times = 1) {
    if (key && limiter.Count(*key, call.request.started, times)) emptied.push_back(by);
  };
  if (call.notes.credential_refused)
    count(sign_ins_of_address_, call.caller.address.limited_as, LimitedBy::kSignIn);
  if (!call.IsKnown() && IsClientError(call.response.status) &&
      call.response.refusal != ErrorCode::kRateLimited) {
    count(refusals_of_address_, call.caller.address.limited_as, LimitedBy::kRefusals);
  }
  if (const std::uint32_t downloaded = DownloadedKiB(call); downloaded > 0) {
    count(downloads_of_address_, call.caller.address.limited_as, LimitedBy::kDownloads, downloaded);
  }
  if (Counts(call)) {
    if (call.request.route->counts_against_address())
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
