// Which gateways somebody should look at. A pure function, for readers alone.
#pragma once

#include "core/base/time.h"
#include "core/domain/state.h"

namespace latchkey::domain {

// It is red; its last installation failed and no other is under way; its certificate has expired or
// is overdue for renewal; or its key ends within kKeyEndsSoon, expired unused, or was revoked while
// an installation may have waited for it.
bool NeedsAttention(const GatewayRow& row, Time ledger_time);

}  // namespace latchkey::domain
