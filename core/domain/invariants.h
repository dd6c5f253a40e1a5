// docs/design.md §9, as far as it can be read off a ledger: one small piece per invariant, each
// looking at one event against the state it is applied to. `latchkey verify`, and every crash,
// fault and simulation test, runs them over the whole ledger.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/domain/state.h"

namespace latchkey::domain {

struct Violation {
  std::uint64_t sequence;
  std::string invariant;  // short name, such as "key-redeemed-once"
  std::string detail;
};

// Everything wrong with `event` as the next one of `state`. `previous` is the event in front, or
// null.
std::vector<Violation> FindViolations(const StateReader& state, const events::Event* previous,
                                      const events::Event& event);

}  // namespace latchkey::domain
