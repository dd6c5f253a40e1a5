// The events of one decision about one gateway, as they come together. Internal to core/domain.
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
  // `account` and `gateway` are what the events name; `events` is the gateway's count so far.
  GatewayDrafts(std::string account, std::uint64_t gateway, std::uint64_t events)
      : account_(std::move(account)), gateway_(gateway), events_(events) {}
  explicit GatewayDrafts(const GatewayRow& row)
      : GatewayDrafts(row.account(), row.number(), row.events()) {}

  // The next event; the caller sets its fact. Good until the next one is added.
  Draft& Add();
  // The decision that makes all of them.
  Decision Done(Answer answer) &&;

 private:
  std::string account_;
  std::uint64_t gateway_;
  std::uint64_t events_;
  std::vector<Draft> drafts_;
};

// A gateway that commands may work on: there, not removed, and at the version the caller has seen.
Result<GatewayRow> FindGateway(const StateReader& state, std::uint64_t gateway,
                               const Submission& submission);

}  // namespace latchkey::domain
