// Whether two running programs check in with one certificate by turns, as when a gateway's machine
// was copied. Soft state in memory: a start begins anew. A program that was started again never
// takes turns with the one before it, and addresses mean nothing here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "core/base/limits.h"
#include "core/base/time.h"

namespace latchkey::projections {

// Gateways whose programs are remembered at one time, about 32 MiB. Beyond that, others are only
// watched once one of them was silent for ledger_limits::kSuspiciousTime.
inline constexpr std::size_t kWatchedGateways = 262'144;

// Thread-safe.
class Turns {
 public:
  // A check-in of the gateway by the program `instance`, a text that is its own. Returns whether
  // this was turn number ledger_limits::kSuspiciousTurns of the same two within
  // ledger_limits::kSuspiciousTime; then their turns are counted again from 0. `now` is steady.
  bool Record(std::uint64_t gateway, std::string_view instance, Micros now);

  std::size_t size() const;

 private:
  struct Program {
    std::uint64_t last = 0;   // who checked in last
    std::uint64_t other = 0;  // and who before that
    Micros seen{0};
    std::array<Micros, ledger_limits::kSuspiciousTurns> turns{};
    std::size_t taken = 0;
  };

  void ForgetSilent(Micros now);

  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, Program> programs_;  // by gateway
  Micros forgot_{0};
};

}  // namespace latchkey::projections
