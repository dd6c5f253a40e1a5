// `restore` of a data directory whose ledger has lost its end: what it gives up, and what it says
// before.
#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/log/head_file.h"
#include "tests/tools/served.h"
#include "tools/ledger/evidence.h"
#include "tools/process/shell_word.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using events::Event;
using latchkey::testing::TempDir;
using testing::AllEvents;
using testing::Cli;
using testing::CountOf;
using ::testing::HasSubstr;
using testing::OptionsFor;
using testing::Ran;
using testing::Served;
using testing::StartService;
using testing::WriteAheadLog;

// Of the bytes that a write-ahead log has now.
void CutLog(const fs::path& data, double part) {
  const fs::path file = WriteAheadLog(data);
  fs::resize_file(file,
                  static_cast<std::uintmax_t>(static_cast<double>(fs::file_size(file)) * part));
}

std::uint64_t HeadOf(const fs::path& data) {
  const rocks::Resources resources = rocks::Resources::Create();
  return (*log::HeadFile::Read(HeadPath(data), resources.env))->head.size;
}

// A stopped ledger in which `paris` is registered and a key is active, made once.
class OldLedger {
 public:
  OldLedger() {
    Served served;
    served.AddRegistered("paris");
    for (const char* name : {"one", "two", "three", "four"}) served.AddGateway(name);
    served.Stop();
    fs::copy(served.data(), directory_ / "data", fs::copy_options::recursive);
  }
  static const fs::path& Data() {
    static const OldLedger stopped;
    static const fs::path data = stopped.directory_ / "data";
    return data;
  }

 private:
  TempDir directory_;
};

class RestoreDirectoryTest : public ::testing::Test {
 protected:
  RestoreDirectoryTest() { fs::copy(OldLedger::Data(), old_, fs::copy_options::recursive); }

  Ran Restore(std::vector<std::string> more = {"--yes"}) {
    std::vector<std::string> arguments{"restore", old_.string(), "--data", new_.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Cli(arguments);
  }
  void ExpectRefused(const Ran& ran, int exit, const std::string& words) {
    EXPECT_EQ(ran.exit, exit) << ran.out;
    EXPECT_THAT(ran.err, HasSubstr(words));
    EXPECT_FALSE(fs::exists(new_ / "ledger"));
    EXPECT_FALSE(fs::exists(directory_ / ".a new one.restoring"));
  }

  TempDir directory_;
  fs::path old_ = directory_ / "the old one";
  fs::path new_ = directory_ / "a new one";
};

TEST_F(RestoreDirectoryTest, GivesUpOnlyWhatIsNotIntact) {
  const std::uint64_t seen = HeadOf(old_);
  CutLog(old_, 0.9);
  const auto before = latchkey::testing::Snapshot(old_ / "secrets");
  const Ran ran = Restore();
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const auto service = StartService(OptionsFor(new_));
  const std::vector<Event> events = AllEvents(*service);
  const auto restored = std::find_if(
      events.begin(), events.end(), [](const Event& event) { return event.has_ledger_restored(); });
  ASSERT_NE(restored, events.end());
  const std::uint64_t intact = restored->sequence();
  EXPECT_GT(intact, seen / 2);
  EXPECT_LT(intact, seen);
  EXPECT_EQ(restored->ledger_restored().size(), intact);
  EXPECT_EQ(restored->ledger_restored().known_size(), seen);
  EXPECT_THAT(ran.out, HasSubstr("Lost: " + std::to_string(seen - intact) + " events"));
  EXPECT_THAT(Cli({"gateway", "list", "--data", new_.string()}).out, HasSubstr("paris"));
  EXPECT_EQ(Cli({"verify", "--data", new_.string()}).exit, 0);
  EXPECT_EQ(Cli({"recover", "--data", old_.string()}).exit, 5) << "it is as it was";
  EXPECT_EQ(latchkey::testing::Snapshot(old_ / "secrets"), before);
}

TEST_F(RestoreDirectoryTest, SaysTheLossBeforeAndAsks) {
  const std::uint64_t seen = HeadOf(old_);
  CutLog(old_, 0.9);
  const Ran asked = Restore({});
  ExpectRefused(asked, 2, "the file head has seen " + std::to_string(seen));
  EXPECT_THAT(asked.err, HasSubstr(" events for good"));
  EXPECT_THAT(asked.err, HasSubstr("To confirm, add --yes."));
}

// In its own words, as a shell takes them.
TEST_F(RestoreDirectoryTest, IsWhatRecoverNames) {
  CutLog(old_, 0.9);
  const Ran refused = Cli({"recover", "--apply", "--data", old_.string()});
  EXPECT_EQ(refused.exit, 5);
  EXPECT_THAT(refused.err, HasSubstr("latchkey restore " + ShellWord(old_.string()) + " --data " +
                                     ShellWord(old_.string() + "-restored")));
  EXPECT_THAT(Cli({"recover", "--data", old_.string() + "/"}).err,
              HasSubstr(ShellWord(old_.string() + "-restored")));
}

TEST_F(RestoreDirectoryTest, TakesWhatTheTablesHoldWhenTheWriteAheadLogIsLost) {
  fs::remove(WriteAheadLog(old_));
  const Ran ran = Restore();
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(Cli({"verify", "--data", new_.string()}).exit, 0);
}

// A torn end that recover would drop is given up too, and it costs nothing.
TEST_F(RestoreDirectoryTest, OfAWholeLedgerGivesUpNoEvent) {
  const std::uint64_t seen = HeadOf(old_);
  ExpectRefused(Restore({}), 2, "gives up no event that is known of");
  const Ran ran = Restore();
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("Restored " + std::to_string(seen) + " events"));
  EXPECT_THAT(ran.out, ::testing::Not(HasSubstr("Lost:")));
}

TEST_F(RestoreDirectoryTest, VoidsAsEveryRestoreDoes) {
  CutLog(old_, 0.9);
  ASSERT_EQ(Restore().exit, 0);
  const auto service = StartService(OptionsFor(new_));
  const auto state = [&](const char* gateway) {
    return Cli({"gateway", "show", gateway, "--data", new_.string(), "-o", "json"}).out;
  };
  EXPECT_THAT(state("acme/one"), HasSubstr("\"revoked\""));
  EXPECT_THAT(state("acme/paris"), HasSubstr("\"restored\""));
  EXPECT_EQ(Cli({"whoami", "--data", new_.string(), "--token-file",
                 (old_ / "secrets" / "owner-token").string()})
                .exit,
            3);
}

TEST_F(RestoreDirectoryTest, TwiceIsTwoEpochs) {
  CutLog(old_, 0.9);
  ASSERT_EQ(Restore().exit, 0);
  { StartService(OptionsFor(new_)); }
  const fs::path third = directory_ / "third";
  const Ran ran = Cli({"restore", new_.string(), "--data", third.string(), "--yes"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const auto service = StartService(OptionsFor(third));
  EXPECT_EQ(CountOf(*service, Event::kLedgerRestored), 2u);
  EXPECT_EQ(Cli({"verify", "--data", third.string()}).exit, 0);
}

// The checkpoint key of the epoch that ends is not needed, and evidence that is lost shows nothing.
TEST_F(RestoreDirectoryTest, DoesWithoutWhatItReplaces) {
  fs::remove(old_ / "secrets" / "checkpoint.key");
  for (const char* file : {"head", "checkpoint"}) fs::remove(old_ / file);
  const Ran ran = Restore();
  EXPECT_EQ(ran.exit, 0) << ran.err;
}

TEST_F(RestoreDirectoryTest, IsRefusedWhileTheSourceIsServed) {
  const auto service = StartService(OptionsFor(old_));
  ExpectRefused(Restore(), 5, "in use by another process");
}

TEST_F(RestoreDirectoryTest, NeverReplacesItsSource) {
  new_ = old_;
  const Ran ran = Restore();
  EXPECT_EQ(ran.exit, 5);
  EXPECT_THAT(ran.err, HasSubstr("never replaces a ledger"));
}

TEST_F(RestoreDirectoryTest, RefusesEvidenceOfAnotherHistory) {
  const Served other;
  fs::copy_file(other.data() / "head", old_ / "head", fs::copy_options::overwrite_existing);
  ExpectRefused(Restore(), 5, "This is not the ledger that the file head has seen");
}

TEST_F(RestoreDirectoryTest, RefusesALedgerOfWhichNothingCanBeRead) {
  for (const auto& file : fs::directory_iterator(old_ / "ledger")) {
    if (file.path().extension() == ".sst") fs::resize_file(file.path(), 0);
  }
  ExpectRefused(Restore(), 5, "damaged");
}

TEST_F(RestoreDirectoryTest, TakesWhatWasBroughtForSecretsThatAreLost) {
  fs::rename(old_ / "secrets", directory_ / "aside");
  fs::create_directory(old_ / "secrets");
  fs::permissions(old_ / "secrets", fs::perms::owner_all);
  ExpectRefused(Restore(), 5, "Bring secrets/ca.key and secrets/ca.crt");
  fs::create_directory(new_);
  fs::rename(directory_ / "aside", new_ / "secrets");
  const Ran ran = Restore();
  EXPECT_EQ(ran.exit, 0) << ran.err;
}

TEST_F(RestoreDirectoryTest, DoesWithoutDamagedSubjectsWhenToldSo) {
  for (const auto& file : fs::directory_iterator(old_ / "subjects")) {
    if (file.path().filename() == "CURRENT") fs::resize_file(file.path(), 0);
  }
  ExpectRefused(Restore(), 5, "sealing keys");
  const Ran ran = Restore({"--yes", "--without-subjects"});
  EXPECT_EQ(ran.exit, 0) << ran.err;
}

}  // namespace
}  // namespace latchkey::tools
