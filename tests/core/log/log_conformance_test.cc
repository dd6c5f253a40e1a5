// The contract of the log: one suite, run on each implementation.
#include "tests/core/log/log_conformance.h"

#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/base/limits.h"
#include "core/log/tree.h"

namespace latchkey::log {

TEST_P(LogConformance, EmptyAtFirst) {
  EXPECT_EQ(log().size(), 0u);
  EXPECT_EQ(log().head().root, EmptyRoot());
  EXPECT_EQ(log().Read(0).error().code, ErrorCode::kPositionUnknown);
  ExpectWhole();
}

TEST_P(LogConformance, KeepsEntriesOfEverySize) {
  const std::vector<std::string> made = {"x", std::string(1, '\0'),
                                         std::string(ledger_limits::kMaxEntryBytes, 'y'),
                                         std::string("a\0b", 3)};
  ASSERT_EQ(log().Append(0, made), AppendOutcome::kDurable);
  acknowledged_.Add(made);
  for (std::size_t i = 0; i < made.size(); ++i) EXPECT_EQ(log().Read(i), made[i]);
  ExpectWhole();
}

TEST_P(LogConformance, GrowsUnderTheTreeOfTheRfc) {
  while (acknowledged_.size() < 1'100) {
    Acknowledge(1 + random_.Below(40));
    ASSERT_EQ(log().head().root, acknowledged_.Root()) << acknowledged_.size();
  }
  ExpectWhole();
  form_->Reopen();
  ExpectWhole();
}

TEST_P(LogConformance, GrowsOverTheSecondLevelOfTiles) {
  for (int i = 0; i < 33; ++i) Acknowledge(2'000);
  ASSERT_GT(acknowledged_.size(), 65'536u);
  EXPECT_EQ(log().head().root, acknowledged_.Root());
  form_->Reopen();
  Acknowledge(1);
  ExpectWhole();
}

TEST_P(LogConformance, ScansARange) {
  Acknowledge(50);
  struct Row {
    const char* name;
    std::uint64_t from, until, stop_after, first, count;
  };
  const Row kRows[] = {{"all", 0, 50, 99, 0, 50},         {"middle", 10, 20, 99, 10, 10},
                       {"one", 49, 50, 99, 49, 1},        {"beyond the end", 45, 99, 99, 45, 5},
                       {"only beyond", 50, 60, 99, 0, 0}, {"far beyond", ~0ull - 1, ~0ull, 9, 0, 0},
                       {"nothing", 20, 20, 99, 0, 0},     {"backwards", 20, 10, 99, 0, 0},
                       {"stopped", 5, 50, 3, 5, 3},       {"everything", 0, ~0ull, 99, 0, 50}};
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    std::uint64_t count = 0;
    EXPECT_TRUE(
        log().Scan(row.from, row.until, [&](std::uint64_t sequence, std::string_view bytes) {
          EXPECT_EQ(sequence, row.first + count);
          EXPECT_EQ(bytes, acknowledged_.entry(sequence));
          return ++count < row.stop_after;
        }));
    EXPECT_EQ(count, row.count);
  }
}

TEST_P(LogConformance, MayBeReadWithinAScan) {
  Acknowledge(5);
  std::uint64_t seen = 0;
  EXPECT_TRUE(log().Scan(0, 5, [&](std::uint64_t sequence, std::string_view bytes) {
    EXPECT_EQ(log().Read(sequence), bytes);
    return ++seen < 5;
  }));
  EXPECT_EQ(seen, 5u);
}

TEST_P(LogConformance, RefusesWhoeverExpectsAnotherSize) {
  Acknowledge(3);
  for (const std::uint64_t expected : {0ull, 2ull, 4ull, ~0ull}) {
    EXPECT_EQ(log().Append(expected, acknowledged_.Make(1)), AppendOutcome::kRefused) << expected;
  }
  ExpectWhole();
}

TEST_P(LogConformance, FencesAWriterThatWasOvertaken) {
  Acknowledge(3);
  const std::uint64_t expected = log().size();
  form_->AppendElsewhere("theirs");
  acknowledged_.Add({"theirs"});
  EXPECT_EQ(log().Append(expected, acknowledged_.Make(2)), AppendOutcome::kRefused);
  ExpectWhole();
  form_->Reopen();
  ExpectWhole();
}

TEST_P(LogConformance, AfterAnUnknownAppendNoneSucceeds) {
  for (const bool written : {false, true}) {
    SCOPED_TRACE(written ? "written" : "lost");
    Acknowledge(300);
    const std::vector<std::string> batch = acknowledged_.Make(5);
    form_->FailNextAppend(written);
    ASSERT_EQ(log().Append(log().size(), batch), AppendOutcome::kUnknown);
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(log().Append(log().size(), acknowledged_.Make(1)), AppendOutcome::kUnknown);
    }
    EXPECT_EQ(log().Append(12'345, acknowledged_.Make(1)), AppendOutcome::kUnknown);

    form_->Reopen();
    if (written) acknowledged_.Add(batch);
    ExpectWhole();
    Acknowledge(2);
    ExpectWhole();
  }
}

TEST_P(LogConformance, ReadersSeeOnlyWholeAppends) {
  constexpr std::size_t kBatch = 7;
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    while (!stop) {
      const Head head = log().head();
      EXPECT_EQ(head.size % kBatch, 0u);
      EXPECT_GE(log().size(), head.size);
      EXPECT_TRUE(head.size == 0 || log().Read(head.size - 1));
      std::uint64_t seen = 0;
      EXPECT_TRUE(log().Scan(0, head.size, [&](std::uint64_t, std::string_view) {
        ++seen;
        return true;
      }));
      EXPECT_EQ(seen, head.size);
    }
  });
  for (int i = 0; i < 60; ++i) Acknowledge(kBatch);
  stop = true;
  reader.join();
  ExpectWhole();
}

TEST_P(LogConformance, AnAppendOutsideItsBoundsStopsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH((void)log().Append(0, {}), "at least one entry");
  const std::string outside[] = {"", std::string(ledger_limits::kMaxEntryBytes + 1, 'x')};
  for (const std::string& entry : outside) {
    EXPECT_DEATH((void)log().Append(0, {&entry, 1}), "1 to 65,535 bytes");
  }
}

}  // namespace latchkey::log
