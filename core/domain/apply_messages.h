// What messages to gateways change: part of Apply. Internal to core/domain.
#pragma once

#include <vector>

#include "core/domain/state.h"

namespace latchkey::domain {

// A MessageSent or MessageEnded: the changes of other rows than the gateway's, which is changed in
// place.
std::vector<Change> ApplyMessage(const StateReader& state, const events::Event& event,
                                 GatewayRow* gateway);

}  // namespace latchkey::domain
