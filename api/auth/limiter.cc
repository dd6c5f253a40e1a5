#include "api/auth/limiter.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

namespace latchkey::api {
namespace {

constexpr std::size_t kSets = limits::kBuckets / limits::kBucketsOfSet;
static_assert(std::has_single_bit(kSets) && limits::kBuckets % limits::kBucketsOfSet == 0);

}  // namespace

Limiter::Limiter(const limits::Rate& rate, Random& random)
    : each_(rate.each), capacity_(rate.at_once * each_), sets_(kSets) {
  const std::string drawn = random.Bytes(sizeof draw_);
  std::memcpy(draw_.data(), drawn.data(), sizeof draw_);
}

// Simple tabulation (Patrascu and Thorup, "The Power of Simple Tabulation Hashing", 2011): whoever
// does not know the draw finds no keys that crowd into few sets, however regular they are, as the
// networks of one provider are. A multiplication with drawn factors spreads those badly for some
// draws.
std::size_t Limiter::SetOf(std::uint64_t key) const {
  std::uint32_t mixed = 0;
  for (const auto& of_byte : draw_) {
    mixed ^= of_byte[key & 0xff];
    key >>= 8;
  }
  return mixed % kSets;
}

Micros Limiter::WaitUntil(Micros full_at, Micros now) const {
  return std::max(full_at - now - (capacity_ - each_), Micros(0));
}

Micros Limiter::Wait(std::uint64_t key, Micros now) const {
  const std::size_t at = SetOf(key);
  const std::lock_guard lock(MutexOf(at));
  for (const Bucket& bucket : sets_[at]) {
    if (bucket.key == key) return WaitUntil(bucket.full_at, now);
  }
  return Micros(0);
}

bool Limiter::Count(std::uint64_t key, Micros now, std::uint32_t count) {
  const std::size_t at = SetOf(key);
  const std::lock_guard lock(MutexOf(at));
  Set& set = sets_[at];
  auto bucket = std::find_if(set.begin(), set.end(), [&](const Bucket& b) { return b.key == key; });
  if (bucket == set.end()) {
    bucket = std::min_element(set.begin(), set.end(), [](const Bucket& a, const Bucket& b) {
      return a.full_at < b.full_at;
    });
    *bucket = {key, now};
  }
  const bool might = WaitUntil(bucket->full_at, now) == Micros(0);
  bucket->full_at = std::min(std::max(bucket->full_at, now) + count * each_, now + 2 * capacity_);
  return might && WaitUntil(bucket->full_at, now) > Micros(0);
}

void Limiter::Forgive(std::uint64_t key, Micros now) {
  const std::size_t at = SetOf(key);
  const std::lock_guard lock(MutexOf(at));
  for (Bucket& bucket : sets_[at]) {
    if (bucket.key == key && bucket.full_at > now) bucket.full_at -= each_;
  }
}

std::size_t Limiter::InUse(Micros now) const {
  std::size_t used = 0;
  for (std::size_t at = 0; at < sets_.size(); ++at) {
    const std::lock_guard lock(MutexOf(at));
    used += static_cast<std::size_t>(std::count_if(
        sets_[at].begin(), sets_[at].end(), [&](const Bucket& b) { return b.full_at > now; }));
  }
  return used;
}

}  // namespace latchkey::api
