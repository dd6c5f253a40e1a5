#include "projections/turns.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/base/big_endian.h"
#include "core/base/limits.h"
#include "core/crypto/hash.h"

namespace latchkey::projections {
namespace {

using ledger_limits::kSuspiciousTime;
using ledger_limits::kSuspiciousTurns;

constexpr Micros kForgetEvery = std::chrono::minutes(1);

// Enough that no two programs of a gateway are taken for one.
std::uint64_t Digest(std::string_view instance) {
  return GetNumber(std::string_view(crypto::Sha256(instance)).substr(0, 8));
}

}  // namespace

bool Turns::Record(std::uint64_t gateway, std::string_view instance, Micros now) {
  const std::uint64_t program = Digest(instance);
  const std::lock_guard lock(mutex_);
  auto found = programs_.find(gateway);
  if (found == programs_.end()) {
    if (programs_.size() >= kWatchedGateways) ForgetSilent(now);
    if (programs_.size() >= kWatchedGateways) return false;
    found = programs_.emplace(gateway, Program{.last = program}).first;
  }
  Program& known = found->second;
  known.seen = now;
  if (program == known.last) return false;
  if (program != known.other) known.taken = 0;  // another pair
  known.other = std::exchange(known.last, program);
  // The earliest first; those that are too long ago no longer count.
  const auto end = known.turns.begin() + static_cast<std::ptrdiff_t>(known.taken);
  const auto recent =
      std::find_if(known.turns.begin(), end, [&](Micros at) { return at + kSuspiciousTime > now; });
  known.taken =
      static_cast<std::size_t>(std::move(recent, end, known.turns.begin()) - known.turns.begin());
  known.turns[known.taken++] = now;
  if (known.taken < kSuspiciousTurns) return false;
  known.taken = 0;
  return true;
}

std::size_t Turns::size() const {
  const std::lock_guard lock(mutex_);
  return programs_.size();
}

void Turns::ForgetSilent(Micros now) {
  if (forgot_ != Micros(0) && now < forgot_ + kForgetEvery) return;
  forgot_ = now;
  std::erase_if(programs_,
                [&](const auto& one) { return one.second.seen + kSuspiciousTime <= now; });
}

}  // namespace latchkey::projections
