// The clock rule (docs/design.md §4): writes wait while the wall clock cannot be trusted. All times
// in the ledger come from here: one time too late would move all later ones.
//
// There is one anchor: the offset between the wall clock and the steady clock (CLOCK_BOOTTIME),
// taken at the start and whenever the time is accepted. While the clock is good, the anchor follows
// the offset by at most ledger_limits::kMaxClockDriftPpm of the steady time that passes: as much as
// NTP slews a clock, or a crystal is off. Departures of the wall clock from the anchor add up,
// however small the steps; beyond ledger_limits::kMaxClockStep in all the clock is bad until it is
// back within that band or the time is accepted. Meanwhile the allowed drift grows with the steady
// time, so that a clock that is corrected is good again.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/base/error.h"
#include "core/base/time.h"

namespace latchkey {

// One thread, except for LedgerTime().
class ClockGuard {
 public:
  // `last_event` is the time of the ledger's last event; with `accept_time` a clock behind it is
  // accepted. `clock` outlives the guard.
  ClockGuard(const Clock& clock, Time last_event, bool accept_time);

  // The wall clock if it is good, otherwise kReadOnly with what to do.
  Result<Time> Now();

  // Accepts the wall clock as right, whatever it says; `last_event` is the time of the last event.
  struct Accepted {
    Time now;
    Micros moved;  // from the expected time; for a start behind the last event, from that event
  };
  Accepted Accept(Time last_event);

  // The time by which keys, tokens and certificates expire: the wall clock or, when that is later,
  // the latest time that the ledger's events, or this clock while it was good, have shown. So it
  // goes back only when a time is accepted, and never before the last event: what has expired stays
  // expired. Thread-safe.
  Time LedgerTime() const;
  // The same for a `now` from Now(), so that a clock that has stepped since does not affect the
  // decision.
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

  // The anchor at this reading, after following it as far as allowed.
  std::int64_t AnchorAt(const Reading& reading) const;
  bool IsInBand(const Reading& reading, std::int64_t anchor_us) const;
  void Follow(const Reading& reading, std::int64_t anchor_us);
  void Raise(Time to) const;

  const Clock& clock_;
  const Time last_event_;                // at the start
  std::atomic<bool> started_well_;       // the wall clock has nearly reached the last event
  std::atomic<std::int64_t> anchor_us_;  // offset of the wall clock from the steady clock
  Micros followed_;                      // the steady time up to which the anchor has followed
  mutable std::atomic<std::int64_t> latest_us_;
};

}  // namespace latchkey
