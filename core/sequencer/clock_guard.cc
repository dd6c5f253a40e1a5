#include "core/sequencer/clock_guard.h"

#include "core/base/limits.h"

namespace latchkey {

ClockGuard::ClockGuard(const Clock& clock, Time last_event, bool accept_time)
    : clock_(clock),
      floor_(last_event - limits::kMaxClockStep),
      started_well_(accept_time),
      wall_(clock.Now()),
      steady_(clock.Steady()) {}

std::optional<std::string> ClockGuard::Check() {
  const Time wall = clock_.Now();
  const Micros steady = clock_.Steady();
  if (!started_well_) {
    if (wall < floor_) {
      return "The clock is more than 60 s behind the last event. Set the clock, or start with "
             "--accept-time.";
    }
    started_well_ = true;
  } else if (std::chrono::abs((wall - wall_) - (steady - steady_)) > limits::kMaxClockStep) {
    return "The clock has stepped by more than 60 s. Set it back, or restart the server once it is "
           "right.";
  }
  wall_ = wall;
  steady_ = steady;
  return std::nullopt;
}

}  // namespace latchkey
