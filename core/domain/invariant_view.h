// What every check of an invariant looks at. Internal to core/domain.
#pragma once

#include "core/base/limits.h"
#include "core/base/time.h"
#include "core/domain/state.h"

namespace latchkey::domain {

// The input of every check. `gateway` is the row before the event, empty when there is none.
struct View {
  const StateReader& state;
  const events::Event* previous;
  const events::Event& event;
  const GatewayRow& gateway;
};

// The latest time that expiry can have been judged by: the wall clock may step back within its
// bounds, from one end to the other, before the event gets its own time.
inline Time LatestLedgerTime(const events::Event& event) {
  return FromMicros(event.time_us()) + 2 * ledger_limits::kMaxClockStep;
}

}  // namespace latchkey::domain
