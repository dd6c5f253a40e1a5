// What the facts about operators change: tokens and people. Internal to core/domain.
#pragma once

#include <vector>

#include "core/domain/state.h"
#include "events/event.pb.h"

namespace latchkey::domain {

// Nothing for facts that are not about operators.
std::vector<Change> ApplyOperator(const StateReader& state, const events::Event& event);

}  // namespace latchkey::domain
