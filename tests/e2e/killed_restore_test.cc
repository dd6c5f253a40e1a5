// `backup`, `restore` and a copy killed by SIGKILL at each of their steps, and run again.
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <string>

#include "core/crypto/files.h"
#include "core/crypto/random.h"
#include "tests/e2e/e2e_ledger.h"
#include "tools/backup/backup.h"
#include "tools/backup/copy.h"
#include "tools/backup/restore.h"

namespace latchkey::testing {
namespace {

namespace fs = std::filesystem;

// This process opens no database itself: the threads of RocksDB would be missing in its children.
class KilledRestoreTest : public E2eTest {
 protected:
  fs::path Backup() const { return directory() / "backup"; }
  fs::path Passphrase() const { return directory() / "passphrase"; }

  // In a process of its own, which nobody can stop from dying behind the step `last`.
  void DieAfter(const std::string& last, const std::function<void(tools::StepHook)>& work) {
    const pid_t pid = ::fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      work([&](std::string_view step) {
        if (step == last) ::kill(::getpid(), SIGKILL);
      });
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "it lived on: " << status;
  }

  void BackUpAndDieAfter(const std::string& last) {
    DieAfter(last, [&](tools::StepHook step) {
      crypto::SystemRandom random;
      (void)tools::BackUp({.data = data(),
                           .destination = Backup(),
                           .passphrase = crypto::Secret(std::string("correct horse")),
                           .step = std::move(step)},
                          rocks::Resources::Create(), random);
    });
  }

  void RestoreAndDieAfter(const std::string& last, const fs::path& to) {
    DieAfter(last, [&](tools::StepHook step) {
      crypto::SystemRandom random;
      (void)tools::Restore({.source = Backup(),
                            .data = to,
                            .passphrase = crypto::Secret(std::string("correct horse")),
                            .scratch = directory().path(),
                            .step = std::move(step)},
                           rocks::Resources::Create(), random);
    });
  }

  void CopyAndDieAfter(const std::string& last, const fs::path& to) {
    DieAfter(last, [&](tools::StepHook step) {
      (void)tools::CopyLedger({.data = data(),
                               .into = to,
                               .until = 1,
                               .scratch = directory().path(),
                               .step = std::move(step)},
                              rocks::Resources::Create());
    });
  }

  int BackUp() {
    return RunLatchkey({"backup", Backup(), "--data", data(), "--passphrase-file", Passphrase()});
  }
  int Restore(const fs::path& to) {
    return RunLatchkey({"restore", Backup(), "--data", to, "--passphrase-file", Passphrase()});
  }
};

TEST_F(KilledRestoreTest, ABackupThatIsKilledLeavesTheOneBefore) {
  ASSERT_TRUE(crypto::WriteFileDurably(Passphrase(), "correct horse\n", true));
  OpenAccount("acme");
  ASSERT_EQ(BackUp(), 0);
  for (const std::string last : {"entries", "confidential"}) {
    SCOPED_TRACE("killed after " + last);
    AddGateway("acme", last);
    BackUpAndDieAfter(last);
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
  ASSERT_TRUE(crypto::WriteFileDurably(Passphrase(), "correct horse\n", true));
  OpenAccount("acme");
  Install(AddGateway("acme", "paris"));
  ASSERT_EQ(BackUp(), 0);
  for (const std::string last :
       {"directory", "entries", "confidential", "epoch", "opened", "verified", "renamed"}) {
    SCOPED_TRACE("killed after " + last);
    const fs::path to = directory() / last;
    RestoreAndDieAfter(last, to);
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
    CopyAndDieAfter(last, to);
    EXPECT_EQ(fs::exists(to), last == "renamed");
    const int again = RunLatchkey({"replay", "--data", data(), "--until", "1", "--into", to});
    EXPECT_EQ(again, last == "renamed" ? 5 : 0);
    EXPECT_EQ(RunLatchkey({"verify", "--data", to}), 0);
    EXPECT_FALSE(fs::exists(directory() / ("." + last + ".copying")));
  }
}

}  // namespace
}  // namespace latchkey::testing
