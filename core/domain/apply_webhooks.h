// What facts about webhooks change. Internal to core/domain.
#pragma once

#include <vector>

#include "core/domain/state.h"
#include "events/event.pb.h"

namespace latchkey::domain {

bool IsOfWebhook(const events::Event& event);
std::vector<Change> ApplyWebhook(const StateReader& state, const events::Event& event);

}  // namespace latchkey::domain
