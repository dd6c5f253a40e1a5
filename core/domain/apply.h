// How each fact changes the rows; that never changes for any fact.
#pragma once

#include <vector>

#include "core/domain/state.h"
#include "events/event.pb.h"

namespace latchkey::domain {

// The rows that `event`, the next event of this state, changes. Never fails and never judges: even
// an event that Decide would never make gives rows.
std::vector<Change> Apply(const StateReader& state, const events::Event& event);

}  // namespace latchkey::domain
