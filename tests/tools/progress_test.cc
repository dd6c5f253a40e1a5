// The line that shows the progress of long work.
#include "tools/cli/progress.h"

#include <sstream>

#include <gtest/gtest.h>

#include "tests/support/fakes.h"

namespace latchkey::tools {
namespace {

using namespace std::chrono_literals;
using latchkey::testing::FakeClock;

class ProgressTest : public ::testing::Test {
 protected:
  // What is written now.
  std::string Tell(std::uint64_t done, std::uint64_t total) {
    out_.str("");
    show_(done, total);
    return out_.str();
  }

  FakeClock clock_;
  std::ostringstream out_;
  std::function<void(std::uint64_t, std::uint64_t)> show_ = ShowProgress(out_, "copied", &clock_);
};

TEST_F(ProgressTest, HasRateAndTimeLeftAfterASecond) {
  EXPECT_EQ(Tell(1'000, 100'000), "\rcopied 1000 of 100000 events (1%)\x1b[K");
  clock_.Advance(500ms);
  EXPECT_EQ(Tell(2'000, 100'000), "\rcopied 2000 of 100000 events (2%)\x1b[K");
  clock_.Advance(1'500ms);
  EXPECT_EQ(Tell(21'000, 100'000),
            "\rcopied 21000 of 100000 events (21%), 10000 events/s, 7 s left\x1b[K");
  clock_.Advance(8s);
  EXPECT_EQ(Tell(100'000, 100'000),
            "\rcopied 100000 of 100000 events (100%), 9900 events/s\x1b[K\n");
}

TEST_F(ProgressTest, IsWrittenWhenThereIsSomethingNew) {
  EXPECT_NE(Tell(10, 1'000'000), "");
  EXPECT_EQ(Tell(20, 1'000'000), "");
  clock_.Advance(1s);
  EXPECT_NE(Tell(30, 1'000'000), "");
  EXPECT_EQ(Tell(40, 1'000'000), "");
  EXPECT_NE(Tell(10'000, 1'000'000), "");
}

TEST_F(ProgressTest, EndsOnce) {
  EXPECT_NE(Tell(5, 5), "");
  clock_.Advance(2s);
  EXPECT_EQ(Tell(5, 5), "");
}

TEST_F(ProgressTest, IsNotWrittenForAnEmptyLedger) { EXPECT_EQ(Tell(0, 0), ""); }

TEST_F(ProgressTest, ARestThatDoesNotMoveHasNoRate) {
  (void)Tell(7, 100);
  clock_.Advance(5s);
  EXPECT_EQ(Tell(7, 100), "\rcopied 7 of 100 events (7%)\x1b[K");
}

TEST(TimeLeftTest, IsInWords) {
  const struct {
    std::chrono::seconds left;
    const char* words;
  } rows[] = {
      {0s, "less than a second"}, {1s, "1 s"},          {59s, "59 s"},        {60s, "1 min"},
      {3599s, "59 min"},          {3600s, "1 h 0 min"}, {7500s, "2 h 5 min"},
  };
  for (const auto& row : rows) EXPECT_EQ(TimeLeft(row.left), row.words);
}

}  // namespace
}  // namespace latchkey::tools
