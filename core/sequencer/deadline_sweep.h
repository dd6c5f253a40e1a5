// The domain's timers: turns deadlines that have passed into commands, whose events then end what
// they end. The clock alone ends nothing (DESIGN §2).
#pragma once

#include <functional>

#include "core/domain/commands.h"
#include "core/sequencer/sequencer.h"

namespace latchkey {

// One thread.
class DeadlineSweeps {
 public:
  using Add = std::function<void(domain::Request)>;

  // `projections` outlives it.
  DeadlineSweeps(const ProjectionSet& projections, Time writable_since);

  // Writes are possible again, after a time in which nothing could be confirmed.
  void Restart(Time writable_since);

  // Calls `add` with a command for each deadline that has passed, some hundred at a time. One that
  // still stands is found again later: a command for it may come twice.
  void Run(Time now, const domain::Settings& settings, const Add& add);

 private:
  // A range of deadlines of one kind, of which those before `from` are gone. It moves with the
  // sweep: a scan from the beginning of time would walk over the traces of all that ever ended.
  struct Sweep {
    domain::DeadlineKind kind;
    Time from;
  };
  void Scan(Sweep* sweep, Time last, const Add& add) const;

  const ProjectionSet& projections_;
  Time writable_since_;
  Sweep expiries_;
  Sweep old_confirmations_;  // due before `writable_since_`: they get a grace, and end together
  Sweep confirmations_;
};

}  // namespace latchkey
