// Processor time, which tells more than the clock when several threads share the processors.
#pragma once

#include <ctime>

namespace latchkey::tools {

// Of the calling thread, since it began.
inline double ThreadSeconds() {
  timespec spent{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  constexpr double kNanoseconds = 1e-9;
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) * kNanoseconds;
}

}  // namespace latchkey::tools
