// The clock rule: how far the wall clock may depart from the steady one, and by which time expiry
// is judged. Each row moves both clocks and says after each step whether the clock is good.
#include "core/sequencer/clock_guard.h"

#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/limits.h"
#include "tests/support/fakes.h"

namespace latchkey::testing {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct Move {
  Micros both{0};  // the time that passes
  Micros wall{0};  // and a step of the wall clock
  bool well = true;
  int times = 1;
  bool accept = false;  // the time, after the move
};

struct Walk {
  std::string name;
  std::vector<Move> moves;
};
std::ostream& operator<<(std::ostream& out, const Walk& walk) { return out << walk.name; }

const Walk kWalks[] = {
    {"time_passes", {{hours(1)}, {days(400)}, {Micros(1), {}, true, 10'000}}},
    {"a_step_of_a_minute_is_borne", {{{}, seconds(60)}}},
    {"a_step_back_of_a_minute_is_borne", {{{}, seconds(-60)}}},
    {"a_step_of_more_is_not", {{{}, seconds(60) + Micros(1), false}}},
    {"nor_back", {{{}, seconds(-60) - Micros(1), false}}},
    {"small_steps_add_up", {{seconds(1), seconds(59)}, {seconds(1), seconds(59), false}}},
    {"and_back", {{seconds(1), seconds(-59)}, {seconds(1), seconds(-59), false}}},
    {"very_small_ones_too",
     {{milliseconds(100), seconds(1), true, 60}, {milliseconds(100), seconds(1), false, 10}}},
    {"to_and_fro_is_borne", {{{}, seconds(59)}, {{}, seconds(-118)}, {{}, seconds(118)}}},
    {"back_inside_it_is_well_again",
     {{{}, hours(2), false}, {minutes(1), {}, false}, {{}, hours(-2)}, {{}, seconds(59)}}},
    {"also_when_it_comes_back_by_parts",
     {{{}, hours(1), false}, {{}, seconds(-59), false, 59}, {{}, seconds(-59)}}},
    {"also_after_days", {{{}, hours(2), false}, {days(10), {}, false}, {{}, hours(-2)}}},
    {"slewing_is_followed", {{seconds(1), Micros(500), true, 500'000}}},
    {"slewing_back_is_followed", {{seconds(1), Micros(-500), true, 500'000}}},
    {"looked_at_often_it_is_followed_as_well", {{milliseconds(2), Micros(1), true, 200'000}}},
    // 1,000 ppm: the half of it is followed, 60 s of the rest are borne.
    {"faster_than_that_it_adds_up",
     {{seconds(100), milliseconds(100), true, 1'200}, {seconds(100), milliseconds(100), false}}},
    {"a_step_is_worn_off_by_time", {{{}, seconds(59)}, {seconds(118'000), {}}, {{}, seconds(60)}}},
    {"and_not_before", {{{}, seconds(59)}, {seconds(115'000), {}}, {{}, seconds(60), false}}},
    {"while_it_is_not_well_the_anchor_stays",
     {{{}, seconds(118), false}, {hours(1), {}, false}, {{}, seconds(-118)}, {{}, seconds(-59)}}},
    {"a_machine_suspended_with_its_boot_time_running_is_well", {{days(3)}}},
    {"one_whose_boot_time_stood_is_told_until_the_time_is_accepted",
     {{{}, days(3), false}, {hours(1), {}, false}, {{}, {}, true, 1, true}, {{}, seconds(60)}}},
    {"accepted_the_time_before_is_the_wrong_one",
     {{{}, days(-3), false}, {{}, {}, true, 1, true}, {{}, days(3), false}}},
    {"accepting_begins_anew", {{{}, seconds(59)}, {{}, {}, true, 1, true}, {{}, seconds(60)}}},
};

class ClockWalk : public ::testing::TestWithParam<Walk> {};

TEST_P(ClockWalk, IsJudgedAfterEachStep) {
  FakeClock clock;
  ClockGuard guard(clock, clock.Now(), false);
  int step = 0;
  for (const Move& move : GetParam().moves) {
    ++step;
    for (int i = 0; i < move.times; ++i) {
      clock.Advance(move.both);
      clock.Step(move.wall);
      if (move.accept) guard.Accept(clock.Now());
      const Result<Time> now = guard.Now();
      ASSERT_EQ(now.has_value(), move.well) << "step " << step << ", time " << i + 1;
      if (now) {
        ASSERT_EQ(*now, clock.Now());
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Walks, ClockWalk, ::testing::ValuesIn(kWalks),
                         [](const auto& row) { return row.param.name; });

TEST(ClockGuard, SaysWhatToDo) {
  const struct {
    Micros step;
    std::string says;
  } rows[] = {{hours(1), "3600 s ahead"}, {hours(-1), "3600 s behind"}};
  for (const auto& row : rows) {
    FakeClock clock;
    ClockGuard guard(clock, clock.Now(), false);
    clock.Step(row.step);
    const Result<Time> now = guard.Now();
    ASSERT_FALSE(now);
    EXPECT_EQ(now.error().code, ErrorCode::kReadOnly);
    for (const std::string& words :
         {row.says, std::string("suspended"), std::string("latchkey accept-time --data DIR")}) {
      EXPECT_NE(now.error().detail.find(words), std::string::npos) << now.error().detail;
    }
  }
}

TEST(ClockGuard, WaitsForAClockThatStartsBehindTheLastEvent) {
  FakeClock clock;
  const Time last_event = clock.Now() + seconds(61);
  ClockGuard guard(clock, last_event, false);
  const Result<Time> behind = guard.Now();
  ASSERT_FALSE(behind);
  EXPECT_NE(behind.error().detail.find("behind the last event"), std::string::npos);
  EXPECT_NE(behind.error().detail.find("latchkey accept-time --data DIR"), std::string::npos);
  EXPECT_EQ(guard.LedgerTime(), last_event);
  clock.Step(hours(1));  // to the right time, and from there on it is held to it
  EXPECT_TRUE(guard.Now());
  clock.Step(seconds(61));
  EXPECT_FALSE(guard.Now());
}

TEST(ClockGuard, TakesAStartBehindTheLastEventWhereItIsAccepted) {
  FakeClock clock;
  const Time last_event = clock.Now() + hours(1);
  EXPECT_TRUE(ClockGuard(clock, last_event, true).Now());
  ClockGuard guard(clock, last_event, false);
  EXPECT_FALSE(guard.Now());
  const ClockGuard::Accepted accepted = guard.Accept(last_event);
  EXPECT_EQ(accepted.now, clock.Now());
  EXPECT_EQ(accepted.moved, -hours(1));
  EXPECT_TRUE(guard.Now());
  EXPECT_EQ(guard.LedgerTime(), last_event) << "what had expired by then stays so";
}

TEST(ClockGuard, SaysHowFarAnAcceptedTimeHadMoved) {
  FakeClock clock;
  ClockGuard guard(clock, clock.Now(), false);
  clock.Step(hours(5));
  EXPECT_EQ(guard.Accept(clock.Now()).moved, hours(5));
  clock.Step(hours(-5));
  EXPECT_EQ(guard.Accept(clock.Now()).moved, hours(-5));
}

TEST(LedgerTime, DoesNotGoBackWithAClockThatIsWell) {
  FakeClock clock;
  ClockGuard guard(clock, clock.Now(), false);
  clock.Advance(seconds(10));
  const Time seen = guard.LedgerTime();
  EXPECT_EQ(seen, clock.Now());
  clock.Step(seconds(-59));
  EXPECT_EQ(guard.LedgerTime(), seen);
  EXPECT_EQ(guard.LedgerTime(clock.Now()), seen);
  clock.Advance(seconds(60));
  EXPECT_EQ(guard.LedgerTime(), clock.Now());
}

// Otherwise a clock that was wrong for a moment would expire every token until the next start.
TEST(LedgerTime, KeepsNothingOfAClockThatIsNotWell) {
  FakeClock clock;
  ClockGuard guard(clock, clock.Now(), false);
  const Time before = clock.Now();
  clock.Step(days(365));
  EXPECT_EQ(guard.LedgerTime(), clock.Now()) << "while it is wrong it refuses rather more";
  EXPECT_FALSE(guard.Now());
  clock.Step(-days(365));
  EXPECT_EQ(guard.LedgerTime(), before);
}

TEST(LedgerTime, IsNeverBehindTheLastEventThoughAnEarlierTimeIsAccepted) {
  FakeClock clock;
  ClockGuard guard(clock, clock.Now(), false);
  clock.Advance(hours(10));
  ASSERT_TRUE(guard.Now());
  const Time last_event = clock.Now() - hours(1);
  clock.Step(hours(-8));
  guard.Accept(last_event);
  EXPECT_EQ(guard.LedgerTime(), last_event);
}

TEST(LedgerTime, MayBeReadByEveryThread) {
  FakeClock clock;
  ClockGuard guard(clock, clock.Now(), false);
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      Time last;
      for (int read = 0; read < 2'000; ++read) {
        const Time now = guard.LedgerTime();
        EXPECT_GE(now, last);
        last = now;
      }
    });
  }
  for (int i = 0; i < 2'000; ++i) {
    clock.Advance(milliseconds(2));
    clock.Step(i % 2 == 0 ? milliseconds(-500) : milliseconds(500));
    EXPECT_TRUE(guard.Now());
  }
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace latchkey::testing
