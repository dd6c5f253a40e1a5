// The contract of the log: one suite, run on each implementation.
#include "core/log/log.h"

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include <gtest/gtest.h>

#include "core/base/limits.h"
#include "core/log/rocks_log.h"
#include "tests/core/log/acknowledged.h"
#include "tests/support/fakes.h"
#include "tests/support/fault_fs.h"
#include "tests/support/memory_log.h"
#include "tests/support/temp_dir.h"

namespace latchkey::log {
namespace {

// One implementation of the log, with what the suite needs beyond the contract.
class Form {
 public:
  virtual ~Form() = default;
  virtual Log& log() = 0;
  virtual void AppendElsewhere(const std::string& entry) = 0;
  virtual void FailNextAppend(bool written) = 0;
  virtual void Reopen() = 0;  // as a restart of the process
};

class MemoryForm final : public Form {
 public:
  Log& log() override { return log_; }
  void AppendElsewhere(const std::string& entry) override { log_.AppendElsewhere(entry); }
  void FailNextAppend(bool written) override { log_.FailNextAppend(written); }
  void Reopen() override { log_.Reopen(); }

 private:
  testing::MemoryLog log_;
};

class RocksForm final : public Form {
 public:
  RocksForm() { Open(); }
  Log& log() override { return *log_; }
  // The lock keeps others out: elsewhere can only be in this process.
  void AppendElsewhere(const std::string& entry) override {
    ASSERT_EQ(log_->Append(log_->size(), {&entry, 1}), AppendOutcome::kDurable);
  }
  // The record reaches the file either way; without `written` power fails as well.
  void FailNextAppend(bool written) override {
    files_.fs->FailSync(".log");
    power_fails_ = !written;
  }
  void Reopen() override {
    if (power_fails_) {
      const std::filesystem::path after = directory_ / std::to_string(++copies_);
      files_.fs->CopyAsSynced(path_, after);
      path_ = after;
      power_fails_ = false;
    }
    log_.reset();
    files_.fs->Heal();
    Open();
  }

 private:
  void Open() {
    auto opened = RocksLog::Open(path_, files_.resources, {});
    ASSERT_TRUE(opened) << opened.error().detail;
    log_ = *std::move(opened);
  }

  testing::TempDir directory_;
  std::filesystem::path path_ = directory_ / "0";
  testing::FaultyResources files_;
  int copies_ = 0;
  bool power_fails_ = false;
  std::unique_ptr<RocksLog> log_;
};

struct FormCase {
  const char* name;
  std::function<std::unique_ptr<Form>()> make;
};

class LogConformance : public ::testing::TestWithParam<FormCase> {
 protected:
  Log& log() { return form_->log(); }
  void Acknowledge(std::size_t count) { acknowledged_.AppendTo(log(), count); }
  void ExpectWhole() { acknowledged_.ExpectExactly(log()); }

  Acknowledged acknowledged_;
  testing::SeededRandom random_;
  std::unique_ptr<Form> form_ = GetParam().make();
};

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

INSTANTIATE_TEST_SUITE_P(
    Forms, LogConformance,
    ::testing::Values(FormCase{"Memory", [] { return std::make_unique<MemoryForm>(); }},
                      FormCase{"Rocks", [] { return std::make_unique<RocksForm>(); }}),
    [](const ::testing::TestParamInfo<FormCase>& form) { return form.param.name; });

}  // namespace
}  // namespace latchkey::log
