// A clock that tests move, and reproducible randomness.
#pragma once

#include <cstdint>
#include <mutex>
#include <random>
#include <string>

#include "core/base/random.h"
#include "core/base/time.h"

namespace latchkey::testing {

// Starts at 2026-01-01T00:00:00Z. Thread-safe.
class FakeClock final : public Clock {
 public:
  FakeClock() = default;
  // For tests in which others use the real clock too, for example for certificates.
  explicit FakeClock(Time start) : wall_(start) {}
  Time Now() const override {
    const std::lock_guard lock(mutex_);
    return wall_;
  }
  Micros Steady() const override {
    const std::lock_guard lock(mutex_);
    return steady_;
  }
  void Advance(Micros by) {  // both clocks, at once
    const std::lock_guard lock(mutex_);
    wall_ += by;
    steady_ += by;
  }
  void Step(Micros by) {  // the wall clock alone
    const std::lock_guard lock(mutex_);
    wall_ += by;
  }

 private:
  mutable std::mutex mutex_;  // guards the following
  Time wall_ = FromMicros(1'767'225'600'000'000);
  Micros steady_{1'000'000'000};
};

// The seed of this run: LATCHKEY_SEED, or a random one. Printed by the test main.
std::uint64_t Seed();

// Thread-safe.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed = Seed()) : engine_(seed) {}
  std::string Bytes(std::size_t n) override;
  std::uint64_t Below(std::uint64_t bound);  // uniform in [0, bound)

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace latchkey::testing
