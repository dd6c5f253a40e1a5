// How many registered gateways have not been told of the CA in force: those registered before it
// came into force that have not checked in since. Check-ins are soft state, so a gateway whose last
// ones were lost in a power failure is counted until its next. Rows are counted a bounded part at a
// time.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/base/time.h"
#include "projections/presence.h"
#include "projections/projections.h"

namespace latchkey::projections {

class WithoutCaCount {
 public:
  // `since`: when the CA came into force.
  explicit WithoutCaCount(Time since) : since_(since) {}

  // Goes on counting where the last call stopped, and looks at no more than `most` gateways. At the
  // end the count is replaced. The number only falls, so after a pass that found none no other
  // follows. One thread.
  void CountOn(const Projections& projections, const Presence& presence, std::size_t most);

  // As of the last full pass. Thread-safe.
  std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }

 private:
  bool Lacks(const Projections& projections, const Presence& presence, std::uint64_t gateway) const;

  Time since_;
  std::uint64_t next_ = 1;  // gateway of the pass under way
  std::uint64_t counting_ = 0;
  bool none_left_ = false;
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace latchkey::projections
