// latchkey drill: what it proves, what it refuses, and what DIR remembers of it and of backups.
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/log/recovery_record.h"
#include "tests/tools/served.h"
#include "tools/client/json.h"
#include "tools/process/scratch_directory.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::kFirstVolume;
using testing::Ran;
using testing::Served;

// A served ledger with a backup that holds its secrets.
class DrillTest : public ::testing::Test {
 protected:
  DrillTest() {
    fs::create_directory(scratch_);
    std::ofstream(passphrase_) << "correct horse\n";
    fs::permissions(passphrase_, fs::perms::owner_read | fs::perms::owner_write);
    served_.AddGateway("paris");
    BackUp();
  }
  ~DrillTest() override { EXPECT_TRUE(fs::is_empty(scratch_)) << "the drill left something"; }

  void BackUp() {
    const Ran ran =
        served_.Run({"backup", backup_.string(), "--passphrase-file", passphrase_.string()});
    EXPECT_EQ(ran.exit, 0) << ran.err;
  }
  Ran Drill(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"drill", "--backup", backup_.string(), "--scratch",
                                       scratch_.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return served_.Run(arguments);
  }
  Ran WithPassphrase(std::vector<std::string> more = {}) {
    more.insert(more.end(), {"--passphrase-file", passphrase_.string()});
    return Drill(std::move(more));
  }
  boost::json::value Json(const Ran& ran) const { return ParseJson(ran.out); }
  log::RecoveryRecord Record() const {
    const auto record = log::ReadRecoveryRecord(served_.data(), rocksdb::Env::Default());
    EXPECT_TRUE(record) << record.error().detail;
    return record.value_or(log::RecoveryRecord());
  }
  std::uint64_t size() { return served_.service().ledger().log().size(); }

  Served served_;
  fs::path backup_ = served_.Scratch("backup");
  fs::path scratch_ = served_.Scratch("scratch");
  fs::path passphrase_ = served_.Scratch("passphrase");
};

TEST_F(DrillTest, ProvesThatTheBackupCanBeRestored) {
  const std::uint64_t before = size();
  const Ran ran = WithPassphrase();
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("Restored " + std::to_string(before) + " events"));
  EXPECT_THAT(ran.out, HasSubstr("They are the events of the ledger"));
  EXPECT_THAT(ran.out, HasSubstr("It misses no event."));
  EXPECT_THAT(ran.out, HasSubstr("the passphrase opens them"));
  EXPECT_EQ(size(), before) << "the ledger is not touched";
  EXPECT_EQ(served_.Run({"account", "list"}).exit, 0);
}

TEST_F(DrillTest, CountsWhatTheBackupMisses) {
  const std::uint64_t backed_up = size();
  served_.AddGateway("lyon");
  const Ran ran = WithPassphrase({"-o", "json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const boost::json::value found = Json(ran);
  EXPECT_EQ(TextAt(found, "/verdict"), "good");
  EXPECT_EQ(NumberAt(found, "/events"), static_cast<std::int64_t>(backed_up));
  EXPECT_EQ(NumberAt(found, "/missing_events"), static_cast<std::int64_t>(size() - backed_up));
  EXPECT_NE(TextAt(found, "/missing_since"), "");
  EXPECT_NE(TextAt(found, "/newest_event_at"), "");
  EXPECT_TRUE(At(found, "/secrets").as_bool());
  EXPECT_TRUE(At(found, "/differs_at").is_null());
  std::string steps;
  for (const auto& step : At(found, "/steps").as_array()) steps += TextAt(step, "/step") + " ";
  EXPECT_EQ(steps, "restore open verify compare ");
  EXPECT_THAT(WithPassphrase().out, HasSubstr(" newer events are not in it"));
}

TEST_F(DrillTest, WithoutThePassphraseItUsesTheSecretsOfTheLedger) {
  const Ran ran = Drill();
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("Its secrets and sealing keys were not looked at"));
  fs::remove(backup_ / "confidential");
  const Ran without = WithPassphrase();
  EXPECT_EQ(without.exit, 0) << without.err;
  EXPECT_THAT(without.out, HasSubstr("Secrets and sealing keys are not in it"));
}

TEST_F(DrillTest, ADamagedBackupEndsWith5) {
  std::fstream volume(backup_ / "ledger" / kFirstVolume,
                      std::ios::in | std::ios::out | std::ios::binary);
  volume.seekp(40);
  volume.put('\xff');
  volume.close();
  const Ran ran = WithPassphrase();
  EXPECT_EQ(ran.exit, 5);
  EXPECT_THAT(ran.err, HasSubstr("The backup is damaged"));
  EXPECT_THAT(Record().drill.failed.value().reason, HasSubstr("The backup is damaged"));
}

TEST_F(DrillTest, AWrongPassphraseEndsWith5) {
  std::ofstream(passphrase_) << "another\n";
  EXPECT_EQ(WithPassphrase().exit, 5);
  EXPECT_EQ(Drill().exit, 0);
}

TEST_F(DrillTest, ABackupOfAnotherLedgerEndsWith1) {
  Served other;
  fs::remove_all(backup_);
  ASSERT_EQ(other.Run({"backup", backup_.string()}).exit, 0);
  const Ran ran = Drill({"-o", "json"});
  EXPECT_EQ(ran.exit, 1);
  EXPECT_THAT(ran.err, HasSubstr("of another ledger"));
  EXPECT_EQ(TextAt(Json(ran), "/verdict"), "other_ledger");
}

// An old copy of the directory is consistent in itself. The backup knows better.
TEST_F(DrillTest, SeesThatTheLedgerHasLostItsEnd) {
  served_.Stop();
  fs::copy(served_.data(), served_.Scratch("old"), fs::copy_options::recursive);
  served_.StartAgain();
  served_.AddGateway("lyon");
  BackUp();
  const std::vector<std::string> old{"drill",    "--data",         served_.Scratch("old").string(),
                                     "--backup", backup_.string(), "-o",
                                     "json"};
  const Ran lost = testing::Cli(old);
  EXPECT_EQ(lost.exit, 1);
  EXPECT_THAT(lost.err, HasSubstr("the ledger has lost its end"));
  EXPECT_EQ(TextAt(Json(lost), "/verdict"), "ahead");
  const auto service = testing::StartService(testing::OptionsFor(served_.Scratch("old")));
  for (const char* name : {"nice", "caen"}) {
    ASSERT_EQ(
        testing::Cli({"gateway", "add", "acme", name, "--data", served_.Scratch("old").string()})
            .exit,
        0);
  }
  const Ran forked = testing::Cli(old);
  EXPECT_EQ(forked.exit, 1);
  EXPECT_EQ(TextAt(Json(forked), "/verdict"), "different");
  EXPECT_THAT(forked.err, HasSubstr("is not the one in the ledger"));
}

TEST_F(DrillTest, TheDirectoryRemembersBackupsAndDrills) {
  const log::GoodRun backup = Record().backup.good.value();
  EXPECT_EQ(backup.size, size());
  EXPECT_EQ(backup.place, backup_.string());
  EXPECT_FALSE(Record().drill.good);

  ASSERT_EQ(WithPassphrase().exit, 0);
  const log::GoodRun drill = Record().drill.good.value();
  EXPECT_EQ(drill.size, size());
  EXPECT_EQ(Record().backup.good, backup);

  ASSERT_EQ(served_.Run({"backup", "-"}).exit, 0);
  EXPECT_EQ(Record().backup.good.value().place, "-");

  std::ofstream(served_.Scratch("file")) << "not a directory";
  EXPECT_NE(served_.Run({"backup", served_.Scratch("file").string()}).exit, 0);
  EXPECT_EQ(Record().backup.failed.value().place, served_.Scratch("file").string());
  EXPECT_EQ(Record().backup.good.value().place, "-") << "the last good one stays known";
  BackUp();
  EXPECT_FALSE(Record().backup.failed);
  EXPECT_EQ(Record().drill.good, drill);
}

TEST_F(DrillTest, ADamagedRecordIsBegunAgain) {
  std::ofstream(log::RecoveryRecordPath(served_.data())) << "{\"backup\": 3}";
  EXPECT_FALSE(log::ReadRecoveryRecord(served_.data(), rocksdb::Env::Default()));
  BackUp();
  EXPECT_TRUE(Record().backup.good);
}

// Killed while the scratch directory is in use.
TEST(ScratchDirectoryTest, IsRemovedWhenItsProcessIsKilled) {
  latchkey::testing::TempDir parent;
  int ready[2] = {};
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto scratch = ScratchDirectory::Make(parent.path(), "scratch");
    std::ofstream(scratch->path() / "secret") << "secret";
    (void)!::write(ready[1], "r", 1);
    for (;;) ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_FALSE(fs::is_empty(parent.path()));
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  while (!fs::is_empty(parent.path())) ::sched_yield();
}

TEST(RecoveryRecordTest, HasThisForm) {
  log::RecoveryRecord record;
  record.backup.good = log::GoodRun{FromMicros(1'767'323'045'678'901), 1'301, "/mnt/backup"};
  record.drill.failed =
      log::FailedRun{FromMicros(1'767'323'045'000'000), "/mnt/backup", "The backup is damaged."};
  const std::string text =
      R"({"backup":{"good":{"at":"2026-01-02T03:04:05.678901Z","size":1301,"place":"/mnt/backup"},)"
      R"("failed":null},"drill":{"good":null,"failed":{"at":"2026-01-02T03:04:05.000000Z",)"
      R"("place":"/mnt/backup","reason":"The backup is damaged."}}})"
      "\n";
  EXPECT_EQ(log::RenderRecoveryRecord(record), text);
  EXPECT_EQ(log::ParseRecoveryRecord(text), record);
}

TEST(RecoveryRecordTest, AnythingElseIsDamaged) {
  const std::string good = log::RenderRecoveryRecord({});
  ASSERT_TRUE(log::ParseRecoveryRecord(good));
  for (std::size_t length = 0; length + 1 < good.size(); ++length) {
    EXPECT_FALSE(log::ParseRecoveryRecord(good.substr(0, length))) << length;
  }
  for (const char* bad :
       {"null", "[]", R"({"backup":{"good":null,"failed":null}})",
        R"({"backup":{"good":{"at":"now","size":1,"place":"-"},"failed":null},)"
        R"("drill":{"good":null,"failed":null}})",
        R"({"backup":{"good":{"at":"2026-01-02T03:04:05Z","size":-1,"place":"-"},"failed":null},)"
        R"("drill":{"good":null,"failed":null}})",
        R"({"backup":{"good":{"at":"2026-01-02T03:04:05Z","size":1},"failed":null},)"
        R"("drill":{"good":null,"failed":null}})"}) {
    EXPECT_FALSE(log::ParseRecoveryRecord(bad)) << bad;
  }
}

}  // namespace
}  // namespace latchkey::tools
