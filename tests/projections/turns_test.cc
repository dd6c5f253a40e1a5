// Two programs that check in by turns are noticed; restarts and single programs are not.
#include "projections/turns.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace latchkey::projections {
namespace {

using namespace std::chrono_literals;

// Whether any of the check-ins of these programs, one letter each and a minute apart, is
// suspicious; if so, its index, else -1.
int FirstSuspicion(std::string_view programs, Micros step = 1min) {
  Turns turns;
  Micros now = 1h;
  for (std::size_t i = 0; i < programs.size(); ++i, now += step) {
    if (turns.Record(7, programs.substr(i, 1), now)) return static_cast<int>(i);
  }
  return -1;
}

TEST(TurnsTest, OfTwoProgramsAreSuspiciousAtTheThird) {
  EXPECT_EQ(FirstSuspicion("ABAB"), 3);
  EXPECT_EQ(FirstSuspicion("AABBAABB"), 6);
  EXPECT_EQ(FirstSuspicion("CABAB"), 4);
}

TEST(TurnsTest, OfOneProgramThatIsStartedAgainAreNot) {
  EXPECT_EQ(FirstSuspicion("AAAAAAAA"), -1);
  EXPECT_EQ(FirstSuspicion("ABCDEFGH"), -1);
  EXPECT_EQ(FirstSuspicion("AABBCCDD"), -1);
  EXPECT_EQ(FirstSuspicion("ABAC"), -1);
}

TEST(TurnsTest, CountWithinTenMinutes) {
  EXPECT_EQ(FirstSuspicion("ABAB", 4min), 3);
  EXPECT_EQ(FirstSuspicion("ABABABAB", 5min), -1);
  Turns turns;
  EXPECT_FALSE(turns.Record(7, "A", 1h));
  EXPECT_FALSE(turns.Record(7, "B", 1h + 1min));
  EXPECT_FALSE(turns.Record(7, "A", 1h + 2min));
  EXPECT_FALSE(turns.Record(7, "B", 1h + 11min)) << "the first turn was ten minutes ago";
  EXPECT_TRUE(turns.Record(7, "A", 1h + 11min + 59s));
}

TEST(TurnsTest, AreCountedAgainAfterASuspicion) {
  Turns turns;
  int suspicions = 0;
  for (int i = 0; i < 13; ++i) {
    suspicions += turns.Record(7, i % 2 == 0 ? "A" : "B", 1h + i * Micros(1s)) ? 1 : 0;
  }
  EXPECT_EQ(suspicions, 4);
}

TEST(TurnsTest, OfOtherGatewaysAreTheirOwn) {
  Turns turns;
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(turns.Record(1, "A", 1h));
    EXPECT_FALSE(turns.Record(2, "B", 1h));
  }
}

TEST(TurnsTest, WatchABoundedNumberOfGateways) {
  Turns turns;
  for (std::uint64_t gateway = 0; gateway < kWatchedGateways + 10; ++gateway) {
    turns.Record(gateway, "A", 1h);
  }
  EXPECT_EQ(turns.size(), kWatchedGateways);
  for (const char* program : {"A", "B", "A", "B"}) {
    EXPECT_FALSE(turns.Record(kWatchedGateways + 1, program, 1h)) << "there is no room";
  }
  EXPECT_FALSE(turns.Record(3, "B", 1h));
  EXPECT_FALSE(turns.Record(3, "A", 1h));
  EXPECT_TRUE(turns.Record(3, "B", 1h)) << "those that were there go on";
  turns.Record(kWatchedGateways + 1, "A", 1h + 10min);
  EXPECT_EQ(turns.size(), 1u) << "the silent ones made room";
}

}  // namespace
}  // namespace latchkey::projections
