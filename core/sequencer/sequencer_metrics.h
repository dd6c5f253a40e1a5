// Counts and measurements of the sequencer's threads. Any thread may read them at any time.
#pragma once

#include <atomic>
#include <cstdint>

namespace latchkey {

struct SequencerMetrics {
  std::atomic<std::uint64_t> commands{0}, events{0}, batches{0}, refused_full{0}, queue{0};
  std::atomic<std::uint64_t> ticks{0};  // checks of clock, space and timers
  std::atomic<std::uint64_t> append_micros{0}, decide_micros{0}, apply_micros{0};
  std::atomic<bool> read_only{false};
};

}  // namespace latchkey
