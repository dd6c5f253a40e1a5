#include "core/base/time_text.h"

#include <cstdint>

#include <gtest/gtest.h>

namespace latchkey::text {
namespace {

struct TimeRow {
  const char* written;
  std::int64_t time_us;
};

TEST(TimeText, ReadsRfc3339) {
  const TimeRow rows[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"2026-01-02T03:04:05.678901Z", 1'767'323'045'678'901},
      {"2026-01-02T03:04:05.6789019Z", 1'767'323'045'678'901},
      {"2026-01-02T03:04:05.678901999Z", 1'767'323'045'678'901},
      {"2026-01-02t03:04:05.5z", 1'767'323'045'500'000},
      {"2026-01-02T05:04:05+02:00", 1'767'323'045'000'000},
      {"2026-01-01T22:34:05-04:30", 1'767'323'045'000'000},
      {"2024-02-29T00:00:00Z", 1'709'164'800'000'000},
      {"1969-12-31T23:59:59.999999Z", -1},
      {"9999-12-31T23:59:59Z", 253'402'300'799'000'000},
  };
  for (const auto& row : rows) EXPECT_EQ(ParseTime(row.written), row.time_us) << row.written;
}

TEST(TimeText, RefusesWhatIsNone) {
  for (const char* bad : {"",
                          "2026-01-02",
                          "2026-01-02T03:04:05",
                          "2026-01-02 03:04:05Z",
                          "2026-01-02T03:04Z",
                          "2026-01-02T03:04:05.Z",
                          "2026-01-02T03:04:05.1234567890Z",
                          "2026-13-02T03:04:05Z",
                          "2026-00-02T03:04:05Z",
                          "2026-02-29T03:04:05Z",
                          "2026-01-00T03:04:05Z",
                          "2026-01-02T24:04:05Z",
                          "2026-01-02T03:60:05Z",
                          "2026-01-02T03:04:60Z",
                          "2026-01-02T03:04:05+24:00",
                          "2026-01-02T03:04:05+2:00",
                          "2026-01-02T03:04:05+02",
                          "2026-01-02T03:04:05ZZ",
                          " 2026-01-02T03:04:05Z",
                          "26-01-02T03:04:05Z",
                          "2026-1-2T03:04:05Z",
                          "+026-01-02T03:04:05Z",
                          "2026-01-02T03:04:-5Z"}) {
    EXPECT_FALSE(ParseTime(bad)) << bad;
  }
}

TEST(TimeText, GoesThereAndBack) {
  EXPECT_EQ(FormatTime(1'767'323'045'678'901), "2026-01-02T03:04:05.678901Z");
  EXPECT_EQ(FormatTime(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(FormatTime(-1), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(FormatTime(INT64_MAX), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(FormatTime(INT64_MIN), "0000-01-01T00:00:00.000000Z");
  for (std::int64_t time = -1'000'000'007; time < 4'000'000'000'000'000;
       time = time * 3 + 1'234'567'890'123) {
    EXPECT_EQ(ParseTime(FormatTime(time)), time);
  }
}

}  // namespace
}  // namespace latchkey::text
