// Counts and measurements of the sequencer's threads. Any thread may read them at any time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "core/base/time.h"

namespace latchkey {

struct SequencerMetrics {
  std::atomic<std::uint64_t> commands{0}, events{0}, batches{0}, refused_full{0}, queue{0};
  std::atomic<std::uint64_t> ticks{0};  // checks of clock, space and timers
  std::atomic<std::uint64_t> append_micros{0}, decide_micros{0}, apply_micros{0};
  std::atomic<bool> read_only{false};
};

inline std::uint64_t MicrosSince(std::chrono::steady_clock::time_point start) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<Micros>(std::chrono::steady_clock::now() - start).count());
}

}  // namespace latchkey
