// What facts about the ledger itself change, but for a restore. Internal to core/domain.
#pragma once

#include <vector>

#include "core/domain/state.h"
#include "events/event.pb.h"

namespace latchkey::domain {

bool IsOfLedger(const events::Event& event);
std::vector<Change> ApplyLedger(const StateReader& state, const events::Event& event);

}  // namespace latchkey::domain
