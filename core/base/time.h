// One kind of time point and two clocks.
#pragma once

#include <chrono>

namespace latchkey {

using Micros = std::chrono::microseconds;
using Time = std::chrono::time_point<std::chrono::system_clock, Micros>;  // UTC

inline Time FromMicros(std::int64_t us) { return Time(Micros(us)); }
inline std::int64_t ToMicros(Time time) { return time.time_since_epoch().count(); }

// The wall clock and the steady clock together. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time Now() const = 0;       // wall clock, may step
  virtual Micros Steady() const = 0;  // since some fixed point, never steps
};

class SystemClock final : public Clock {
 public:
  Time Now() const override {
    return std::chrono::time_point_cast<Micros>(std::chrono::system_clock::now());
  }
  Micros Steady() const override;  // CLOCK_BOOTTIME, which goes on while the machine is suspended
};

}  // namespace latchkey
