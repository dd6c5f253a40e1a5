// `backup`, `restore` and a copy killed by SIGKILL at each of their steps, and run again.
#include <csignal>
#include <filesystem>
#include <string>

#include "core/crypto/files.h"
#include "tests/e2e/e2e_ledger.h"
#include "tools/bench/load_process.h"

namespace latchkey::testing {
namespace {

namespace fs = std::filesystem;

class KilledRestoreTest : public E2eTest {
 protected:
  void SetUp() override {
    E2eTest::SetUp();
    ASSERT_TRUE(crypto::WriteFileDurably(Passphrase(), "correct horse\n", true));
  }
  fs::path Backup() const { return directory() / "backup"; }
  fs::path Passphrase() const { return directory() / "passphrase"; }

  void DieAfter(const std::string& last, const std::string& command, const fs::path& from,
                const fs::path& to) {
    auto process = tools::ChildProcess::Start(
        {.arguments = {LATCHKEY_DIE_AFTER, last, command, from, to, Passphrase()}});
    ASSERT_TRUE(process) << process.error().detail;
    EXPECT_EQ(process->Wait(kCommandPatience), 128 + SIGKILL);
  }

  int BackUp() {
    return RunLatchkey({"backup", Backup(), "--data", data(), "--passphrase-file", Passphrase()});
  }
  int Restore(const fs::path& to) {
    return RunLatchkey({"restore", Backup(), "--data", to, "--passphrase-file", Passphrase()});
  }
};

TEST_F(KilledRestoreTest, ABackupThatIsKilledLeavesTheOneBefore) {
  OpenAccount("acme");
  ASSERT_EQ(BackUp(), 0);
  for (const std::string last : {"entries", "confidential"}) {
    SCOPED_TRACE("killed after " + last);
    AddGateway("acme", last);
    DieAfter(last, "backup", data(), Backup());
    const fs::path before = directory() / ("before-" + last);
    EXPECT_EQ(Restore(before), 0);
    EXPECT_EQ(RunLatchkey({"verify", "--data", before}), 0);
    EXPECT_EQ(BackUp(), 0);
    const fs::path after = directory() / ("after-" + last);
    EXPECT_EQ(Restore(after), 0);
    EXPECT_EQ(RunLatchkey({"verify", "--data", after}), 0);
  }
}

TEST_F(KilledRestoreTest, ARestoreIsThereAsAWholeOrNotAtAll) {
  OpenAccount("acme");
  Install(AddGateway("acme", "paris"));
  ASSERT_EQ(BackUp(), 0);
  for (const std::string last :
       {"directory", "entries", "confidential", "epoch", "opened", "verified", "renamed"}) {
    SCOPED_TRACE("killed after " + last);
    const fs::path to = directory() / last;
    DieAfter(last, "restore", Backup(), to);
    EXPECT_EQ(fs::exists(to), last == "renamed");
    EXPECT_EQ(Restore(to), last == "renamed" ? 5 : 0);
    EXPECT_EQ(RunLatchkey({"verify", "--data", to}), 0);
    EXPECT_FALSE(fs::exists(directory() / ("." + last + ".restoring")));
  }
}

TEST_F(KilledRestoreTest, ACopyIsThereAsAWholeOrNotAtAll) {
  OpenAccount("acme");
  for (const std::string last :
       {"directory", "entries", "subjects", "projections", "files", "verified", "renamed"}) {
    SCOPED_TRACE("killed after " + last);
    const fs::path to = directory() / last;
    DieAfter(last, "copy", data(), to);
    EXPECT_EQ(fs::exists(to), last == "renamed");
    const int again = RunLatchkey({"replay", "--data", data(), "--until", "1", "--into", to});
    EXPECT_EQ(again, last == "renamed" ? 5 : 0);
    EXPECT_EQ(RunLatchkey({"verify", "--data", to}), 0);
    EXPECT_FALSE(fs::exists(directory() / ("." + last + ".copying")));
  }
}

}  // namespace
}  // namespace latchkey::testing
