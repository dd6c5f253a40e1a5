#include "core/domain/drafts.h"

namespace latchkey::domain {

Draft& GatewayDrafts::Add() {
  Draft& draft = drafts_.emplace_back();
  draft.event.set_account(account_);
  draft.event.set_gateway(gateway_);
  draft.event.set_gateway_event(++events_);
  return draft;
}

Decision GatewayDrafts::Done(Answer answer) && {
  return Decision{std::move(answer), std::move(drafts_), 0};
}

Result<GatewayRow> FindGateway(const StateReader& state, std::uint64_t number,
                               const Submission& submission) {
  std::optional<GatewayRow> gateway = ReadGateway(state, number);
  if (!gateway) return Refuse(ErrorCode::kNotFound, "There is no such gateway.");
  if (gateway->removed()) return Refuse(ErrorCode::kGatewayRemoved, "This gateway was removed.");
  if (submission.if_match && *submission.if_match != gateway->events()) {
    return Refuse(ErrorCode::kVersionConflict,
                  "The gateway has changed since the version in If-Match. Read it again, then "
                  "decide again.");
  }
  return *std::move(gateway);
}

}  // namespace latchkey::domain
