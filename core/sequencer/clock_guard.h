// The clock rule (docs/design.md §4): writes wait while the wall clock cannot be trusted. What puts
// a time into the ledger takes it from here: one wrong time would hold up all that follow.
//
// There is one anchor: the offset between the wall clock and the steady clock (CLOCK_BOOTTIME),
// taken at the start and whenever the time is accepted. While the clock is well, the anchor follows
// the offset by at most ledger_limits::kMaxClockDriftPpm of the steady time that passes: as much as
// NTP slews a clock, or a crystal errs. What the wall clock departs from the anchor adds up,
// however small its steps; more than ledger_limits::kMaxClockStep in all, and the clock is not well
// until it is back inside that band or the time is accepted. What it was then allowed to drift
// grows with the steady time meanwhile, so that a clock that comes back right is well again.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/base/error.h"
#include "core/base/time.h"

namespace latchkey {

// One thread, except for LedgerTime().
class ClockGuard {
 public:
  // `last_event` is the time of the ledger's last event; with `accept_time` a start behind it is
  // taken as it is. `clock` outlives the guard.
  ClockGuard(const Clock& clock, Time last_event, bool accept_time);

  // The wall clock, if it is well; else kReadOnly with what to do.
  Result<Time> Now();

  // Takes the wall clock as right, wherever it is; `last_event` is the time of the last event by
  // now.
  struct Accepted {
    Time now;
    Micros moved;  // from what was expected; for a start behind the last event, from that event
  };
  Accepted Accept(Time last_event);

  // The time by which keys, tokens and certificates expire: the wall clock or, when that is later,
  // the latest time that the ledger's events have shown, or this clock while it was well. So it
  // goes back only when a time is accepted, and never behind the last event: what has expired stays
  // so. Thread-safe.
  Time LedgerTime() const;
  // The same where Now() has given `now`: what is decided by it must not be decided by a clock that
  // has stepped since.
  Time LedgerTime(Time now) const;

 private:
  // The two clocks at one moment.
  struct Reading {
    Time wall;
    Micros steady;
    std::int64_t offset_us() const { return ToMicros(wall) - steady.count(); }
  };
  Reading Read() const { return {clock_.Now(), clock_.Steady()}; }
  Error Behind(Time wall) const;

  // Where the anchor stands at this reading, having followed it as far as it may.
  std::int64_t AnchorAt(const Reading& reading) const;
  bool IsInBand(const Reading& reading, std::int64_t anchor_us) const;
  void Follow(const Reading& reading, std::int64_t anchor_us);
  void Raise(Time to) const;

  const Clock& clock_;
  const Time last_event_;                // at the start
  std::atomic<bool> started_well_;       // the wall clock has come as far as the last event, nearly
  std::atomic<std::int64_t> anchor_us_;  // offset of the wall clock before the steady one
  Micros followed_;                      // the steady time up to which the anchor has followed
  mutable std::atomic<std::int64_t> latest_us_;
};

}  // namespace latchkey
