#include "core/sequencer/clock_guard.h"

#include "core/base/limits.h"

namespace latchkey {

ClockGuard::ClockGuard(const Clock& clock, Time last_event, bool accept_time)
    : clock_(clock),
      floor_(last_event - limits::kMaxClockStep),
      started_well_(accept_time),
      wall_(clock.Now()),
      steady_(clock.Steady()) {}

bool ClockGuard::Stepped(Time wall, Micros steady) const {
  return std::chrono::abs((wall - wall_) - (steady - steady_)) > limits::kMaxClockStep;
}

Result<Time> ClockGuard::Now() {
  Time wall = clock_.Now();
  Micros steady = clock_.Steady();
  if (!started_well_) {
    if (wall < floor_) {
      return Refuse(ErrorCode::kReadOnly,
                    "The clock is more than 60 s behind the last event. Set the clock, or start "
                    "with --accept-time.");
    }
    started_well_ = true;
  } else if (Stepped(wall, steady)) {
    // Or this thread was held up between the two readings.
    wall = clock_.Now();
    steady = clock_.Steady();
    if (Stepped(wall, steady)) {
      return Refuse(ErrorCode::kReadOnly,
                    "The clock has stepped by more than 60 s. Set it back, or restart the server "
                    "once it is right.");
    }
  }
  wall_ = wall;
  steady_ = steady;
  return wall;
}

}  // namespace latchkey
