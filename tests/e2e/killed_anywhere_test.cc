// `backup`, `restore`, `recover` and `rotate` killed at random moments. Each is then run again and
// ends well, and the ledger is as it must always be.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/crypto/files.h"
#include "tests/e2e/bystander.h"
#include "tests/e2e/e2e_ledger.h"
#include "tests/support/fakes.h"

namespace latchkey::testing {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr milliseconds kRunPatience{120'000};
constexpr unsigned kLookEvery = 10;  // kills, where a look costs more than the kill
// A ledger has a limit of CA rotations.
constexpr unsigned kBeginAgainEvery = 30;

using Arguments = std::vector<std::string>;

class KilledAnywhereTest : public E2eTest {
 protected:
  void SetUp() override {
    E2eTest::SetUp();
    ASSERT_TRUE(crypto::WriteFileDurably(passphrase_, "correct horse\n", true));
    OpenAccount("acme");
    installed_ = Install(AddGateway("acme", "installed"));
    waiting_ = AddGateway("acme", "waiting");
  }
  void TearDown() override {
    std::printf("%u kills, %u too late; the command takes %lld ms\n", kills_, late_,
                static_cast<long long>(usual_.count()));
    E2eTest::TearDown();
  }

  static unsigned Kills() {
    return static_cast<unsigned>(FromEnvironment("LATCHKEY_RECOVERY_KILLS", 5));
  }
  unsigned LookEvery() const { return std::min(Kills(), kLookEvery); }

  // To its end, which tells how long the command takes.
  void Learn(const Arguments& arguments) {
    const auto began = std::chrono::steady_clock::now();
    Run(arguments);
    usual_ = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began);
  }

  // At a random moment of the time that it takes.
  void KillDuring(const Arguments& arguments) {
    auto process = Start(arguments);
    ++kills_;
    const auto moment = milliseconds(random_.Below(static_cast<std::uint64_t>(usual_.count()) + 1));
    if (const auto ended = process.Wait(moment)) {
      EXPECT_EQ(*ended, 0) << arguments[0];
      ++late_;
    }
    process.Kill();
  }

  void Run(const Arguments& arguments, int exit = 0) {
    EXPECT_EQ(Start(arguments).Wait(kRunPatience), exit) << arguments[0] << Printed();
  }
  Arguments BackUpTo(const fs::path& to) const {
    return {"backup", to, "--data", data(), "--passphrase-file", passphrase_};
  }
  Arguments RestoreTo(const fs::path& to) const {
    return {"restore", backup_, "--data", to, "--passphrase-file", passphrase_};
  }
  static Arguments Verify(const fs::path& data) { return {"verify", "--data", data}; }

  // What the backup holds is a whole ledger.
  void LookIntoBackup() {
    const fs::path to = directory() / "looked";
    Run(RestoreTo(to));
    Run(Verify(to));
    fs::remove_all(to);
  }

  // Everything that was issued before goes on as it was.
  void ExpectInUse() {
    tools::LoadOptions options = server().Gateways(1);
    options.identities = {installed_.identity};
    const auto seen = tools::Fetch(
        options, tools::ComposeRequest("POST", "/v1/check-in", "", "{\"version\":\"1.0\"}"));
    EXPECT_TRUE(seen && seen->status == 200) << (seen ? seen->body : seen.error().detail);
    const auto shown = server().Send("POST", "/v1/gateways/" + waiting_.id + "/key/reveal");
    ASSERT_TRUE(shown);
    EXPECT_EQ(Member(shown->body, "key"), waiting_.key) << shown->body;
  }

  void RotateUnderKills(const std::string& what) {
    StopServer();
    const fs::path kept = directory() / "kept";
    fs::copy(data(), kept, fs::copy_options::recursive);
    const Arguments rotate = {"rotate", what, "--data", data()};
    Learn(rotate);
    for (unsigned i = 0; i < Kills() && !HasFailure(); ++i) {
      SCOPED_TRACE("kill " + std::to_string(i));
      if (i % kBeginAgainEvery == 0) {
        fs::remove_all(data());
        fs::copy(kept, data(), fs::copy_options::recursive);
      }
      KillDuring(rotate);
      if (i % 2 == 0) Run(rotate);  // else the next start finishes it
      StartServer();
      ExpectInUse();
      if (i % LookEvery() == 0) Install(AddGateway("acme", what + std::to_string(i)));
      StopServer();
      if (i % LookEvery() == 0) CheckLedger();
    }
  }

  SeededRandom random_;
  const fs::path passphrase_ = directory() / "passphrase";
  const fs::path backup_ = directory() / "backup";
  InstalledGateway installed_;
  AddedGateway waiting_;

 private:
  tools::ChildProcess Start(const Arguments& arguments) {
    Arguments all = {Program()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    fs::remove(printed_);
    auto process = tools::ChildProcess::Start(
        {.arguments = all, .output_log = printed_, .error_log = printed_});
    EXPECT_TRUE(process);
    return *std::move(process);
  }
  std::string Printed() const {
    return " says: " + crypto::ReadSmallFile(printed_).value_or(std::string());
  }

  const fs::path printed_ = directory() / "printed";
  milliseconds usual_{0};
  unsigned kills_ = 0;
  unsigned late_ = 0;
};

TEST_F(KilledAnywhereTest, ABackupBesideAServerThatNeverNotices) {
  const Bystander bystander(server(), waiting_.id, waiting_.key);
  Learn(BackUpTo(backup_));
  for (unsigned i = 0; i < Kills() && !HasFailure(); ++i) {
    SCOPED_TRACE("kill " + std::to_string(i));
    AddGateway("acme", "added " + std::to_string(i));
    KillDuring(BackUpTo(backup_));
    if (i % LookEvery() == 0) LookIntoBackup();  // the one before
    Run(BackUpTo(backup_));
    if (i % LookEvery() == 0) LookIntoBackup();
  }
}

TEST_F(KilledAnywhereTest, ARestoreIsThereAsAWholeOrNotAtAll) {
  Run(BackUpTo(backup_));
  const fs::path to = directory() / "restored";
  Learn(RestoreTo(to));
  for (unsigned i = 0; i < Kills() && !HasFailure(); ++i) {
    SCOPED_TRACE("kill " + std::to_string(i));
    fs::remove_all(to);
    KillDuring(RestoreTo(to));
    Run(RestoreTo(to), fs::exists(to) ? 5 : 0);
    Run(Verify(to));
    EXPECT_FALSE(fs::exists(directory() / ".restored.restoring"));
  }
}

// The torn end is dropped, or as it was; nothing else goes.
TEST_F(KilledAnywhereTest, ARecoveryDropsNothingThatWasAnswered) {
  const auto size = Get("/v1/ledger").at("size").to_number<std::uint64_t>();
  server().process().Kill();
  Forget();
  const fs::path torn = directory() / "torn";
  fs::copy(data(), torn, fs::copy_options::recursive);
  for (const auto& file : fs::directory_iterator(torn / "ledger")) {
    if (file.path().extension() != ".log" || fs::file_size(file.path()) == 0) continue;
    std::ofstream(file.path(), std::ios::binary | std::ios::app)
        << std::string("\x01\x02\x03\x04\x32\x00\x01", 7) << std::string(60, 'x');
  }
  const fs::path work = directory() / "work";
  const Arguments recover = {"recover", "--apply", "--data", work};
  const auto begin_again = [&] {
    fs::remove_all(work);
    fs::copy(torn, work, fs::copy_options::recursive);
  };
  begin_again();
  Run(Verify(work), 5);
  Learn(recover);
  for (unsigned i = 0; i < Kills() && !HasFailure(); ++i) {
    SCOPED_TRACE("kill " + std::to_string(i));
    begin_again();
    KillDuring(recover);
    std::string printed;
    EXPECT_EQ(RunLatchkey(recover, &printed), 0) << printed;
    EXPECT_NE(printed.find(std::to_string(size) + " events"), std::string::npos) << printed;
    Run(Verify(work));
  }
}

TEST_F(KilledAnywhereTest, ARotationOfTheMasterKeyLosesNoKey) { RotateUnderKills("master-key"); }

TEST_F(KilledAnywhereTest, ARotationOfTheCaLosesNoCertificate) { RotateUnderKills("ca"); }

}  // namespace
}  // namespace latchkey::testing
