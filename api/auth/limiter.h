// Token buckets: how often each of very many may try something, in bounded memory.
//
// A bucket is one number, the time at which it is full again; a bucket that is full need not be
// kept. Buckets lie in a table of fixed size, in sets of kBucketsOfSet. A newcomer takes a bucket
// of its set that is full, and when there is none the one that is nearest to it. Hence
// - nobody is refused because others have filled the table: a newcomer always begins with a full
//   bucket;
// - nobody gets rid of an empty bucket of his own cheaply: it goes only when kBucketsOfSet others
//   of its set are emptier still. Which keys share a set is drawn at random at each start, so that
//   he would have to empty buckets all over the table, from as many sources, faster than they fill.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "api/http/limits.h"
#include "core/base/random.h"
#include "core/base/time.h"

namespace latchkey::api {

// Thread-safe; a call holds one of many locks for a look at one set. `now` is a steady clock's.
class Limiter {
 public:
  Limiter(const limits::Rate& rate, Random& random);

  // How long until `key` may try again; zero: it may. Changes nothing.
  Micros Wait(std::uint64_t key, Micros now) const;

  // Counts a try, or `count` of them. True when it was the last one for now. Tries that were under
  // way when the last one was counted are counted as well, and make the wait longer: at most twice
  // as long as an empty bucket takes to fill.
  bool Count(std::uint64_t key, Micros now, std::uint32_t count = 1);

  // Takes one try back.
  void Forgive(std::uint64_t key, Micros now);

  std::size_t InUse(Micros now) const;  // buckets that are not full; looks at all of them

 private:
  struct Bucket {
    std::uint64_t key = 0;
    Micros full_at{0};
  };
  using Set = std::array<Bucket, limits::kBucketsOfSet>;

  std::size_t SetOf(std::uint64_t key) const;
  Micros WaitUntil(Micros full_at, Micros now) const;
  std::mutex& MutexOf(std::size_t set) const { return mutexes_[set % mutexes_.size()].mutex; }

  struct alignas(64) Mutex {  // a cache line each
    std::mutex mutex;
  };

  const Micros each_;
  const Micros capacity_;
  std::array<std::array<std::uint32_t, 256>, 8> draw_{};  // for each value of each byte of a key
  std::vector<Set> sets_;
  mutable std::array<Mutex, limits::kBucketMutexes> mutexes_;
};

}  // namespace latchkey::api
