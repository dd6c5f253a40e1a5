// What each fact does to the rows; for no fact does that ever change its meaning.
#pragma once

#include <vector>

#include "core/domain/state.h"
#include "events/event.pb.h"

namespace latchkey::domain {

// The rows that `event`, the next of this state, changes. Never fails and never judges: an event
// that no Decide would have made still gives rows.
std::vector<Change> Apply(const StateReader& state, const events::Event& event);

}  // namespace latchkey::domain
