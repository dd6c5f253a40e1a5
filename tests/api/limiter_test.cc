#include "api/auth/limiter.h"

#include <map>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/fakes.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;
using api::Limiter;

constexpr api::limits::Rate kThreeAtOnce{3, 1s};
constexpr Micros kStart = 1'000s;

// One step for a key: at this time so many tries are counted, and then the wait is this long.
struct Step {
  Micros at;
  int counted;
  Micros wait;
};

struct LimiterRow {
  std::string name;
  std::vector<Step> steps;
};

void PrintTo(const LimiterRow& row, std::ostream* out) { *out << row.name; }

const LimiterRow kLimiterRows[] = {
    {"nothing_counted", {{0s, 0, 0s}}},
    {"one_less_than_all", {{0s, 2, 0s}}},
    {"all_at_once", {{0s, 3, 1s}}},
    {"waits_less_as_time_goes_on", {{0s, 3, 1s}, {400ms, 0, 600ms}, {1s, 0, 0s}}},
    {"one_more_for_each_interval", {{0s, 3, 1s}, {1s, 1, 1s}, {2s, 1, 1s}}},
    {"no_more_than_all_is_saved_up", {{0s, 3, 1s}, {1h, 2, 0s}, {1h, 1, 1s}}},
    {"a_part_of_an_interval_is_kept", {{0s, 3, 1s}, {1500ms, 1, 500ms}, {2s, 0, 0s}}},
    {"what_was_under_way_is_counted_too", {{0s, 5, 3s}, {2s, 0, 1s}, {3s, 0, 0s}}},
    {"but_within_a_bound", {{0s, 1'000, 4s}, {4s, 0, 0s}, {6s, 2, 0s}}},
};

class LimiterTableTest : public ::testing::TestWithParam<LimiterRow> {};

TEST_P(LimiterTableTest, Waits) {
  SeededRandom random;
  Limiter limiter(kThreeAtOnce, random);
  for (const Step& step : GetParam().steps) {
    for (int i = 0; i < step.counted; ++i) limiter.Count(7, kStart + step.at);
    EXPECT_EQ(limiter.Wait(7, kStart + step.at), step.wait) << step.at.count();
    EXPECT_EQ(limiter.Wait(8, kStart + step.at), 0s) << "another key pays for it";
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, LimiterTableTest, ::testing::ValuesIn(kLimiterRows),
                         [](const auto& row) { return row.param.name; });

TEST(LimiterTest, TellsTheTryThatEmptiesABucket) {
  SeededRandom random;
  Limiter limiter(kThreeAtOnce, random);
  EXPECT_FALSE(limiter.Count(1, kStart));
  EXPECT_FALSE(limiter.Count(1, kStart));
  EXPECT_TRUE(limiter.Count(1, kStart));
  EXPECT_FALSE(limiter.Count(1, kStart)) << "it was empty before";
  EXPECT_TRUE(limiter.Count(1, kStart + 2s)) << "it had one again";
}

TEST(LimiterTest, TakesATryBack) {
  SeededRandom random;
  Limiter limiter(kThreeAtOnce, random);
  limiter.Forgive(1, kStart);  // nothing to give back
  EXPECT_EQ(limiter.InUse(kStart), 0u);
  for (int i = 0; i < 3; ++i) limiter.Count(1, kStart);
  limiter.Forgive(1, kStart);
  EXPECT_EQ(limiter.Wait(1, kStart), 0s);
  limiter.Count(1, kStart);
  EXPECT_EQ(limiter.Wait(1, kStart), 1s);
  for (int i = 0; i < 9; ++i) limiter.Forgive(1, kStart);
  for (int i = 0; i < 3; ++i) limiter.Count(1, kStart);
  EXPECT_EQ(limiter.Wait(1, kStart), 1s) << "more was saved up than a bucket holds";
}

// Against the textbook: tokens that come back with time, counted in microseconds.
TEST(LimiterTest, IsATokenBucket) {
  SeededRandom random;
  Limiter limiter(kThreeAtOnce, random);
  std::map<std::uint64_t, Micros> tokens;  // of each key, times the interval
  Micros now = kStart;
  for (int step = 0; step < 20'000; ++step) {
    const Micros passed(random.Below(1'500'000));
    now += passed;
    for (auto& [key, left] : tokens) left = std::min<Micros>(left + passed, 3s);
    const std::uint64_t key = random.Below(3);
    Micros& left = tokens.try_emplace(key, 3s).first->second;
    const Micros wait = std::max<Micros>(1s - left, 0s);
    ASSERT_EQ(limiter.Wait(key, now), wait) << "step " << step << ", seed " << Seed();
    if (wait > 0s) continue;
    limiter.Count(key, now);
    left -= 1s;
  }
}

constexpr std::uint64_t kFlood = 4 * api::limits::kBuckets;

// A stranger with a whole /46 of IPv6 fills the table from end to end.
TEST(LimiterTest, AFloodOfSourcesNeedsNoMoreMemory) {
  SeededRandom random;
  Limiter limiter(kThreeAtOnce, random);
  for (std::uint64_t source = 0; source < kFlood; ++source) {
    ASSERT_EQ(limiter.Wait(source << 16, kStart), 0s) << "a newcomer is locked out";
    limiter.Count(source << 16, kStart);
  }
  EXPECT_LE(limiter.InUse(kStart), api::limits::kBuckets);
  EXPECT_GT(limiter.InUse(kStart), api::limits::kBuckets * 9 / 10);
  EXPECT_EQ(limiter.InUse(kStart + 1s), 0u) << "what is full again is forgotten";
}

TEST(LimiterTest, AFloodOfSourcesDoesNotFillAnEmptyBucket) {
  SeededRandom random;
  Limiter limiter(kThreeAtOnce, random);
  constexpr std::uint64_t kEmptied = 100;
  const auto own = [](std::uint64_t i) { return ~i; };
  for (std::uint64_t i = 0; i < kEmptied; ++i) {
    for (int n = 0; n < 3; ++n) limiter.Count(own(i), kStart);
  }
  for (std::uint64_t source = 0; source < kFlood; ++source) limiter.Count(source << 16, kStart);
  for (std::uint64_t i = 0; i < kEmptied; ++i) EXPECT_EQ(limiter.Wait(own(i), kStart), 1s) << i;
}

TEST(LimiterTest, NobodyIsLockedOutWhenAllBucketsAreEmpty) {
  SeededRandom random;
  Limiter limiter(kThreeAtOnce, random);
  for (std::uint64_t source = 0; source < kFlood; ++source) {
    for (int n = 0; n < 3; ++n) limiter.Count(source, kStart);
  }
  for (std::uint64_t newcomer = 0; newcomer < 10'000; ++newcomer) {
    ASSERT_EQ(limiter.Wait(~newcomer, kStart), 0s);
    limiter.Count(~newcomer, kStart);
    ASSERT_EQ(limiter.Wait(~newcomer, kStart), 0s) << "one of three is not all";
  }
}

TEST(LimiterTest, CountsWhatManyThreadsDo) {
  SeededRandom random;
  constexpr int kThreads = 4;
  constexpr int kTries = 5'000;
  Limiter limiter({kThreads * kTries, 1s}, random);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < kTries; ++i) limiter.Count(7, kStart);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(limiter.Wait(7, kStart), 1s);
  EXPECT_EQ(limiter.InUse(kStart), 1u);
}

}  // namespace
}  // namespace latchkey::testing
