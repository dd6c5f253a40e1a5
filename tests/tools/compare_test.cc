// latchkey compare, as a function over logs and as a command over directories.
#include "tools/ledger/compare.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/memory_log.h"
#include "tests/tools/served.h"
#include "tools/client/json.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using latchkey::testing::MemoryLog;
using latchkey::testing::TempDir;
using testing::Cli;
using ::testing::HasSubstr;
using testing::OptionsFor;
using testing::Ran;
using testing::Served;
using testing::StartService;

// More than one stretch and, behind the last full tile, a few entries more.
constexpr std::uint64_t kManyEntries = 4'096 + 300;

std::vector<std::string> EntriesUpTo(std::uint64_t size) {
  std::vector<std::string> entries;
  for (std::uint64_t i = 0; i < size; ++i) entries.push_back("entry " + std::to_string(i));
  return entries;
}

struct LogsRow {
  const char* name;
  std::uint64_t a_size;
  std::uint64_t b_size;
  std::optional<std::uint64_t> flipped;  // the entry of B in which one bit is another
  std::optional<std::uint64_t> differs_at;
  bool extends;
};

TEST(Compare, NamesTheFirstDifference) {
  const LogsRow rows[] = {
      {"alike", kManyEntries, kManyEntries, {}, {}, false},
      {"one event", 1, 1, {}, {}, false},
      {"the first", kManyEntries, kManyEntries, 0, 0, false},
      {"the last of a stretch", kManyEntries, kManyEntries, 4'095, 4'095, false},
      {"the first of the next", kManyEntries, kManyEntries, 4'096, 4'096, false},
      {"the last", kManyEntries, kManyEntries, kManyEntries - 1, kManyEntries - 1, false},
      {"a prefix", 300, kManyEntries, {}, 300, true},
      {"the other is the prefix", kManyEntries, 4'096, {}, 4'096, true},
      {"the last of the shorter", 300, kManyEntries, 299, 299, false},
      {"one behind the shorter", 300, kManyEntries, 300, 300, true},
      {"nothing and something", 0, 5, {}, 0, true},
  };
  for (const LogsRow& row : rows) {
    SCOPED_TRACE(row.name);
    MemoryLog a, b;
    if (row.a_size != 0) (void)a.Append(0, EntriesUpTo(row.a_size));
    std::vector<std::string> entries = EntriesUpTo(row.b_size);
    if (row.flipped) entries[*row.flipped].back() ^= 1;
    (void)b.Append(0, entries);
    const auto found = CompareHistories(a, b);
    ASSERT_TRUE(found) << found.error().detail;
    EXPECT_EQ(found->differs_at, row.differs_at);
    EXPECT_EQ(found->extends(), row.extends);
    EXPECT_EQ(found->a, a.head());
    EXPECT_EQ(found->b, b.head());
  }
}

TEST(Compare, TellsItsProgress) {
  MemoryLog a, b;
  (void)a.Append(0, EntriesUpTo(kManyEntries));
  (void)b.Append(0, EntriesUpTo(kManyEntries));
  std::vector<std::pair<std::uint64_t, std::uint64_t>> told;
  ASSERT_TRUE(CompareHistories(
      a, b, [&](std::uint64_t done, std::uint64_t total) { told.emplace_back(done, total); }));
  EXPECT_THAT(told, ::testing::ElementsAre(std::pair(4'096u, kManyEntries),
                                           std::pair(kManyEntries, kManyEntries)));
}

// A log whose disk has changed the bytes of one entry behind its tree's back.
class Changed final : public log::Log {
 public:
  Changed(const log::Log& log, std::uint64_t at) : log_(log), at_(at) {}
  log::AppendOutcome Append(std::uint64_t, std::span<const std::string>) override {
    return log::AppendOutcome::kRefused;
  }
  log::Head head() const override { return log_.head(); }
  std::uint64_t size() const override { return log_.size(); }
  Result<std::string> Read(std::uint64_t sequence) const override { return log_.Read(sequence); }
  Status Scan(std::uint64_t from, std::uint64_t until,
              const std::function<bool(std::uint64_t, std::string_view)>& visit) const override {
    return log_.Scan(from, until, [&](std::uint64_t sequence, std::string_view entry) {
      return visit(sequence, sequence == at_ ? "changed" : entry);
    });
  }
  Result<std::string> Tile(std::uint32_t level, std::uint64_t index) const override {
    return log_.Tile(level, index);
  }

 private:
  const log::Log& log_;
  const std::uint64_t at_;
};

TEST(Compare, ADamagedEntryIsNoDifference) {
  MemoryLog sound;
  (void)sound.Append(0, EntriesUpTo(kManyEntries));
  const Changed changed(sound, 200);
  const auto second = CompareHistories(sound, changed);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnusable);
  EXPECT_THAT(second.error().detail, HasSubstr("The second ledger is damaged at event 200"));
  const auto first = CompareHistories(changed, sound);
  ASSERT_FALSE(first);
  EXPECT_THAT(first.error().detail, HasSubstr("The first ledger is damaged at event 200"));
}

TEST(Compare, BytesThatAreAlikeUnderOtherRootsAreDamage) {
  MemoryLog one, other;
  std::vector<std::string> entries = EntriesUpTo(300);
  (void)one.Append(0, entries);
  entries[200] = "changed";
  (void)other.Append(0, entries);
  const auto found = CompareHistories(Changed(one, 200), other);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kUnusable);
  EXPECT_THAT(found.error().detail, HasSubstr("One of the two ledgers is damaged"));
}

TEST(Compare, WhatCannotBeReadIsSaid) {
  MemoryLog a, b;
  (void)a.Append(0, EntriesUpTo(10));
  (void)b.Append(0, EntriesUpTo(10));
  b.FailReads(true);
  const auto found = CompareHistories(a, b);
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().detail, HasSubstr("The second ledger is damaged at event 0"));
}

Ran CompareDirectories(const fs::path& a, const fs::path& b, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments{"compare", a.string(), b.string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return Cli(arguments);
}

// A stopped ledger and a copy of its directory.
class CompareTest : public ::testing::Test {
 protected:
  CompareTest() {
    served_.AddGateway("paris");
    size_ = served_.service().ledger().log().size();
    served_.Stop();
    fs::copy(served_.data(), copy_, fs::copy_options::recursive);
  }
  // Another gateway in the copy, or in the ledger itself.
  static void Grow(const fs::path& data, const char* name) {
    const auto service = StartService(OptionsFor(data));
    const Ran added = Cli({"gateway", "add", "acme", name, "--data", data.string()});
    EXPECT_EQ(added.exit, 0) << added.err;
  }
  static std::string Events(std::uint64_t count) { return std::to_string(count) + " events"; }

  Served served_;
  std::uint64_t size_ = 0;
  const fs::path& data_ = served_.data();
  const fs::path copy_ = served_.Scratch("copy");
};

TEST_F(CompareTest, LedgersThatAreAlikeEndWithZero) {
  const Ran ran = CompareDirectories(data_, copy_);
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("Alike: both have " + Events(size_)));
  EXPECT_EQ(ran.err, "");
}

TEST_F(CompareTest, AServedLedgerCanBeCompared) {
  served_.StartAgain();
  EXPECT_EQ(CompareDirectories(data_, copy_).exit, 0);
  served_.AddGateway("lyon");
  const Ran ran = CompareDirectories(data_, copy_);
  EXPECT_EQ(ran.exit, 1);
  EXPECT_EQ(ran.out, "They differ from event " + std::to_string(size_) +
                         " on: A is longer by 2 events, and begins with the whole history of B.\n");
  EXPECT_THAT(ran.err, HasSubstr("The histories are different."));
}

TEST_F(CompareTest, SaysWhereTwoHistoriesPart) {
  Grow(data_, "lyon");
  Grow(copy_, "nice");
  Grow(copy_, "oran");
  const Ran ran = CompareDirectories(data_, copy_);
  EXPECT_EQ(ran.exit, 1);
  EXPECT_EQ(ran.out, "They differ from event " + std::to_string(size_) + " on. A has " +
                         Events(size_ + 2) + ", B has " + Events(size_ + 4) + ".\n");
}

TEST_F(CompareTest, TheFormsOfTheResult) {
  Grow(copy_, "nice");
  const Ran ran = CompareDirectories(data_, copy_, {"-o", "json"});
  EXPECT_EQ(ran.exit, 1);
  const auto json = ParseJson(ran.out);
  EXPECT_EQ(At(json, "/alike"), false);
  EXPECT_EQ(NumberAt(json, "/first_difference"), static_cast<std::int64_t>(size_));
  EXPECT_EQ(TextAt(json, "/longer"), "b");
  EXPECT_EQ(NumberAt(json, "/a/size"), static_cast<std::int64_t>(size_));
  EXPECT_EQ(NumberAt(json, "/b/size"), static_cast<std::int64_t>(size_ + 2));
  EXPECT_EQ(TextAt(json, "/b/root_hash").size(), 44u);
  const auto alike = ParseJson(CompareDirectories(data_, data_, {"-o", "json"}).out);
  EXPECT_EQ(At(alike, "/alike"), true);
  EXPECT_TRUE(At(alike, "/first_difference").is_null());
  EXPECT_TRUE(At(alike, "/longer").is_null());
}

TEST_F(CompareTest, ARestoredLedgerIsAnotherFromItsEpochOn) {
  const fs::path backup = served_.Scratch("backup"), restored = served_.Scratch("restored");
  const fs::path passphrase = served_.Scratch("passphrase");
  std::ofstream(passphrase) << "correct horse\n";
  fs::permissions(passphrase, fs::perms::owner_read | fs::perms::owner_write);
  ASSERT_EQ(Cli({"backup", backup, "--data", data_, "--passphrase-file", passphrase}).exit, 0);
  ASSERT_EQ(Cli({"restore", backup, "--data", restored, "--passphrase-file", passphrase}).exit, 0);
  Grow(data_, "lyon");
  const Ran ran = CompareDirectories(data_, restored);
  EXPECT_EQ(ran.exit, 1);
  EXPECT_THAT(ran.out, HasSubstr("They differ from event " + std::to_string(size_) + " on"));
  EXPECT_THAT(ran.out, HasSubstr("With that event B was restored from a backup, as a new epoch."));
}

TEST_F(CompareTest, DamageIsFive) {
  // A start writes what was in the write-ahead log to a table.
  StartService(OptionsFor(copy_));
  std::uint64_t tables = 0;
  for (const auto& file : fs::directory_iterator(copy_ / "ledger")) {
    if (file.path().extension() != ".sst") continue;
    std::fstream table(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    const char first = static_cast<char>(table.get() ^ 1);
    table.seekp(0);
    table.put(first);
    ++tables;
  }
  ASSERT_NE(tables, 0u);
  const Ran ran = CompareDirectories(data_, copy_);
  EXPECT_EQ(ran.exit, 5) << ran.out;
  EXPECT_THAT(ran.err, HasSubstr("damaged"));
  EXPECT_EQ(ran.out, "");
}

TEST_F(CompareTest, ALostEndIsFiveAndNoDifference) {
  for (const auto& file : fs::directory_iterator(copy_ / "ledger")) {
    if (file.path().extension() == ".log") fs::remove(file.path());
  }
  const Ran ran = CompareDirectories(data_, copy_);
  EXPECT_EQ(ran.exit, 5) << ran.out;
  EXPECT_THAT(ran.err, HasSubstr(copy_.string() + ": "));
}

TEST_F(CompareTest, ADirectoryWithoutALedgerIsFive) {
  const fs::path none = served_.Scratch("none");
  EXPECT_EQ(CompareDirectories(data_, none).exit, 5);
  fs::create_directory(none);
  const Ran ran = CompareDirectories(none, data_);
  EXPECT_EQ(ran.exit, 5);
  EXPECT_FALSE(fs::exists(none / "ledger"));
}

}  // namespace
}  // namespace latchkey::tools
