// The clock rule (DESIGN §4): writes wait while the wall clock cannot be trusted. Whoever puts a
// time into the ledger takes it from here: one wrong time would hold up all that come after it.
#pragma once

#include "core/base/error.h"
#include "core/base/time.h"

namespace latchkey {

// One thread.
class ClockGuard {
 public:
  // `last_event` is the time of the ledger's last event; with `accept_time` a start behind it is
  // taken as it is.
  ClockGuard(const Clock& clock, Time last_event, bool accept_time);

  // The time, if the clock is well; else kReadOnly with what to do. A step is measured against the
  // steady clock since the clock was last seen well, and is over once they agree again.
  Result<Time> Now();

 private:
  bool Stepped(Time wall, Micros steady) const;

  const Clock& clock_;
  Time floor_;  // the wall clock must have come this far once
  bool started_well_;
  Time wall_;  // when the clock was last seen well
  Micros steady_;
};

}  // namespace latchkey
