// docs/design.md §9, as far as a ledger shows it: one small function per invariant, each of which
// checks one event against the state it is applied to. `latchkey verify`, and every crash, fault
// and simulation test, runs them over the whole ledger.
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

// All violations of `event` as the next event of `state`. `previous` is the event before it, or
// null.
std::vector<Violation> FindViolations(const StateReader& state, const events::Event* previous,
                                      const events::Event& event);

}  // namespace latchkey::domain
