// Collects the events of one decision about one gateway. Internal to core/domain.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/domain/commands.h"
#include "core/domain/decision.h"
#include "core/domain/state.h"

namespace latchkey::domain {

inline constexpr std::size_t kSubjectBytes = 16;

class GatewayDrafts {
 public:
  // The events name `account` and `gateway`; `events` is the gateway's event count so far.
  GatewayDrafts(std::string account, std::uint64_t gateway, std::uint64_t events)
      : account_(std::move(account)), gateway_(gateway), events_(events) {}
  explicit GatewayDrafts(const GatewayRow& row)
      : GatewayDrafts(row.account(), row.number(), row.events()) {}

  // The next event; the caller sets its fact. Valid until the next draft is added.
  Draft& Add();
  // The decision with all these events.
  Decision Done(Answer answer) &&;

 private:
  std::string account_;
  std::uint64_t gateway_;
  std::uint64_t events_;
  std::vector<Draft> drafts_;
};

// A gateway that commands may change: it exists, is not removed, and is at the version that the
// caller has seen.
Result<GatewayRow> FindGateway(const StateReader& state, std::uint64_t gateway,
                               const Submission& submission);

}  // namespace latchkey::domain
