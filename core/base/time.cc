#include "core/base/time.h"

#include <ctime>

namespace latchkey {

Micros SystemClock::Steady() const {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds(now.tv_sec) +
         std::chrono::duration_cast<Micros>(std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace latchkey
