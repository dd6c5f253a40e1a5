#include "tools/installer/pace.h"

#include <gtest/gtest.h>

namespace latchkey::tools {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

TEST(Pace, DrawsTheNextCheckInFromTheEndOfTheInterval) {
  const struct {
    std::chrono::seconds interval;
    double drawn;
    milliseconds pause;
  } rows[] = {
      {60s, 0, 51s},  {60s, 0.5, 55'500ms}, {60s, 1, 60s},
      {1s, 0, 850ms}, {1s, 1, 1s},          {0s, 1, 1s},  // as if it were the shortest
      {-5s, 1, 1s},   {24h, 1, 24h},        {std::chrono::seconds::max(), 1, 24h},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Pace(60s).AfterAnswer(row.interval, row.drawn), row.pause)
        << row.interval.count() << " s, " << row.drawn;
  }
}

TEST(Pace, WaitsLongerAfterEachFailureUpToTheInterval) {
  const struct {
    std::chrono::seconds interval;
    double drawn;
    std::vector<milliseconds> pauses;
  } rows[] = {
      {60s, 1, {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s}},
      {60s, 0, {500ms, 1s, 2s, 4s, 8s, 16s, 30s, 30s, 30s}},
      {60s, 0.5, {750ms, 1'500ms, 3s, 6s, 12s, 24s, 45s, 45s}},
      {3s, 1, {1s, 2s, 3s, 3s}},
      {1s, 1, {1s, 1s, 1s}},
      {0s, 1, {1s, 1s, 1s}},
  };
  for (const auto& row : rows) {
    Pace pace(row.interval);
    for (const milliseconds pause : row.pauses) {
      EXPECT_EQ(pace.AfterFailure(row.drawn), pause) << row.interval.count() << " s, " << row.drawn;
    }
  }
}

TEST(Pace, BeginsAgainAfterAnAnswer) {
  Pace pace(60s);
  for (int i = 0; i < 100; ++i) (void)pace.AfterFailure(1);
  EXPECT_EQ(pace.AfterFailure(1), 60s);
  EXPECT_EQ(pace.AfterAnswer(4s, 1), 4s);
  EXPECT_EQ(pace.AfterFailure(1), 1s);
  EXPECT_EQ(pace.AfterFailure(1), 2s);
  EXPECT_EQ(pace.AfterFailure(1), 4s);
  EXPECT_EQ(pace.AfterFailure(1), 4s) << "of the interval that was told last";
}

TEST(Pace, IsNeverFasterThanTheServerAsks) {
  const struct {
    std::chrono::seconds retry_after;
    milliseconds pause;
  } rows[] = {{0s, 1s}, {1s, 1s}, {7s, 7s}, {24h, 24h}, {std::chrono::seconds::max(), 24h}};
  for (const auto& row : rows) {
    EXPECT_EQ(Pace(60s).AfterFailure(1, row.retry_after), row.pause) << row.retry_after.count();
  }
}

TEST(RenewalPace, SpreadsRenewalsOverATenthOfTheTime) {
  const Time from = FromMicros(1'000'000'000'000);
  const struct {
    Micros window;
    double drawn;
    Micros after;
  } rows[] = {{100h, 0, 0h}, {100h, 0.5, 5h}, {100h, 1, 10h}, {0h, 1, 0h}, {-100h, 1, 0h}};
  for (const auto& row : rows) {
    EXPECT_EQ(RenewalDue(from, from + row.window, row.drawn), from + row.after) << row.drawn;
  }
}

TEST(RenewalPace, WaitsLongerAfterEachFailure) {
  const struct {
    Micros window;
    std::chrono::seconds retry_after;
    double drawn;
    std::vector<milliseconds> pauses;
  } rows[] = {
      {24h * 30, 0s, 1, {2min, 4min, 8min, 16min, 32min, 64min, 128min, 4h, 4h}},
      {24h * 30, 0s, 0, {1min, 2min, 4min, 8min, 16min, 32min, 64min, 2h, 2h}},
      {24h * 30, 5min, 1, {5min, 5min, 8min, 16min}},
      {24h * 30, 24h, 1, {24h, 24h}},
      {1h, 0s, 1, {2min, 4min, 6min, 6min}},  // a tenth of the time that there is
      {0h, 0s, 1, {2min, 2min, 2min}},
  };
  for (const auto& row : rows) {
    RenewalPace pace;
    for (const milliseconds pause : row.pauses) {
      EXPECT_EQ(pace.AfterFailure(row.window, row.retry_after, row.drawn), pause) << row.drawn;
    }
    pace.AfterSuccess();
    EXPECT_EQ(pace.AfterFailure(row.window, 0s, 1), 2min);
  }
}

}  // namespace
}  // namespace latchkey::tools
