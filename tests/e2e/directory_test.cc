// Who owns a ledger's files, and who can access them: umask, closed standard files, other users,
// and root in another user's directory.
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "tests/e2e/e2e_ledger.h"

namespace latchkey::testing {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kOther = 65534;

bool IsRoot() { return ::geteuid() == 0; }

struct stat StatOf(const fs::path& path) {
  struct stat found {};
  EXPECT_EQ(::lstat(path.c_str(), &found), 0) << path;
  return found;
}
mode_t ModeOf(const fs::path& path) { return StatOf(path).st_mode & 07777; }

class DirectoryTest : public E2eTest {
 protected:
  // A directory as `mkdir` makes it on a disk of its own.
  void SetUp() override {
    fs::create_directories(data() / "lost+found");
    ASSERT_EQ(::chmod(data().c_str(), 0755), 0);
    StartServer();
  }

  // The server in a shell that runs `before` first, and then as `redirected`.
  void StartThrough(const std::string& before, const std::string& redirected) {
    const fs::path script = directory() / "start";
    std::ofstream(script) << "#!/bin/sh\n"
                          << before << "\nexec " << Program().string() << " \"$@\" " << redirected
                          << "\n";
    ASSERT_EQ(::chmod(script.c_str(), 0700), 0);
    auto started = tools::ServedLedger::Start(
        {.program = script, .data = data(), .log = log(), .arguments = {}});
    ASSERT_TRUE(started) << started.error().detail << ReadFile(log());
    through_.emplace(*std::move(started));
  }
  std::string ProcessFile(const std::string& name) const {
    return "/proc/" + std::to_string(through_->process().pid()) + "/" + name;
  }

  // A command on the directory; what it says on both streams is added to `said_`.
  int Run(std::vector<std::string> arguments, const std::vector<std::string>& environment = {}) {
    arguments.insert(arguments.begin(), Program());
    arguments.insert(arguments.end(), {"--data", data()});
    const fs::path said = directory() / "said";
    fs::remove(said);
    auto process = tools::ChildProcess::Start({.arguments = arguments,
                                               .environment = environment,
                                               .output_log = said,
                                               .error_log = said});
    EXPECT_TRUE(process);
    const int exit = process->Wait(kCommandPatience).value_or(-1);
    said_ = ReadFile(said);
    return exit;
  }

  // Gives all files of the ledger to this user.
  void GiveTo(uid_t user) {
    ASSERT_EQ(::chown(data().c_str(), user, user), 0);
    for (const auto& entry : fs::recursive_directory_iterator(data())) {
      ASSERT_EQ(::chown(entry.path().c_str(), user, user), 0);
    }
  }
  void ExpectAllBelongTo(uid_t user) {
    for (const auto& entry : fs::recursive_directory_iterator(data())) {
      EXPECT_EQ(StatOf(entry.path()).st_uid, user) << entry.path();
    }
  }

  std::optional<tools::ServedLedger> through_;
  std::string said_;
};

// With 2 closed, the next file that is opened would be the standard error of everything after it.
TEST_F(DirectoryTest, ClosedStandardFilesAreOpenedOnDevNull) {
  StopServer();
  StartThrough("", "<&- >&- 2>&-");
  for (const char* standard : {"fd/0", "fd/1", "fd/2"}) {
    EXPECT_EQ(fs::read_symlink(ProcessFile(standard)), "/dev/null") << standard;
  }
  EXPECT_EQ(through_->Send("PUT", "/v1/accounts/acme")->status, 201) << "and a line of the log";
  EXPECT_EQ(through_->Stop(), 0);
}

TEST_F(DirectoryTest, NothingIsMadeForOthersWhateverTheUmask) {
  StopServer();
  fs::remove_all(data());
  StartThrough("umask 000", "");
  EXPECT_EQ(through_->Send("PUT", "/v1/accounts/acme")->status, 201);
  EXPECT_EQ(ModeOf(data()), 0700u);
  for (const auto& entry : fs::recursive_directory_iterator(data())) {
    const mode_t mode = ModeOf(entry.path());
    EXPECT_EQ(mode & 0022, 0u) << entry.path();
    if (entry.is_directory()) {
      EXPECT_EQ(mode, 0700u) << entry.path();
    }
  }
  EXPECT_EQ(ModeOf(data() / "ledger/LOCK"), 0600u);
  EXPECT_EQ(through_->Stop(), 0);
}

// What earlier releases have left: the folders of RocksDB are 0755, its files 0644.
TEST_F(DirectoryTest, WhatAnEarlierReleaseLeftIsServedAndClosed) {
  OpenAccount("acme");
  StopServer();
  for (const auto& entry : fs::recursive_directory_iterator(data())) {
    if (entry.path().parent_path().filename() == "secrets") continue;
    ASSERT_EQ(::chmod(entry.path().c_str(), entry.is_directory() ? 0755 : 0644), 0);
  }
  StartServer();
  Get("/v1/accounts/acme");
  for (const char* folder : {"ledger", "subjects", "projections", "presence", "secrets", "run"}) {
    EXPECT_EQ(ModeOf(data() / folder), 0700u) << folder;
  }
}

// Any user may lock what he can open for reading; then the server could not.
TEST_F(DirectoryTest, AnotherUserCannotLockTheServerOut) {
  StopServer();
  ASSERT_EQ(::chmod(directory().path().c_str(), 0755), 0);
  const fs::path lock = data() / "ledger/LOCK";
  ASSERT_EQ(::chmod(lock.c_str(), 0644), 0);
  if (IsRoot()) {
    const pid_t child = ::fork();
    if (child == 0) {
      const bool other = ::setgroups(0, nullptr) == 0 && ::setresgid(kOther, kOther, kOther) == 0 &&
                         ::setresuid(kOther, kOther, kOther) == 0;
      ::_exit(other && ::open(lock.c_str(), O_RDONLY) < 0 && errno == EACCES ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0) << "another user has opened the lock";
  }
  EXPECT_EQ(ModeOf(data()) & 077, 0u) << "the directory was 0755 before it was served";
  StartServer();
}

// Each parameter: what others may do with the directory above; 0700 is how systemd keeps those of
// its dynamic users.
class UpkeepTest : public DirectoryTest, public ::testing::WithParamInterface<mode_t> {};
INSTANTIATE_TEST_SUITE_P(BelowModes, UpkeepTest, ::testing::Values(0755, 0711, 0700));

TEST_P(UpkeepTest, ByRootLeavesNoFileOfRoot) {
  OpenAccount("acme");
  StopServer();
  ASSERT_EQ(::chmod(directory().path().c_str(), GetParam()), 0);
  // Only root can try; everyone else finds that their own files stay their own.
  const uid_t owner = IsRoot() ? kOther : ::geteuid();
  if (IsRoot()) GiveTo(owner);
  for (const std::vector<std::string>& upkeep :
       std::vector<std::vector<std::string>>{{"verify"},
                                             {"replay"},
                                             {"replay", "--beside"},
                                             {"rotate", "master-key"},
                                             {"rotate", "ca"},
                                             {"token", "create", "Ada", "--role", "auditor"}}) {
    EXPECT_EQ(Run(upkeep), 0) << upkeep[0] << ": " << said_;
    ExpectAllBelongTo(owner);
  }
  EXPECT_EQ(Run({"token", "create", "Bo", "--role", "owner", "--out", data() / "secrets/bo"}), 0)
      << said_;
  StartThrough("", "");
  ExpectAllBelongTo(owner);
  const std::string status = ReadFile(ProcessFile("status"));
  const std::string ids = std::to_string(owner);
  EXPECT_NE(status.find("Uid:\t" + ids + "\t" + ids + "\t" + ids + "\t" + ids + "\n"),
            std::string::npos)
      << status;
  EXPECT_EQ(Run({"whoami"}), 0) << said_;
  EXPECT_EQ(Run({"whoami", "--token-file", data() / "secrets/bo"}), 0) << said_;
  EXPECT_EQ(through_->Stop(), 0);
}

// Each row: a file that only root can read or write, in a command on another user's directory.
TEST_F(DirectoryTest, WhatOnlyRootCanReachIsNamed) {
  StopServer();
  const fs::path own = directory() / "own";
  ASSERT_TRUE(fs::create_directory(own));
  ASSERT_EQ(::chmod(own.c_str(), 0700), 0);
  for (const char* name : {"master-key", "tls.crt", "tls.key", "identity.json"}) {
    std::ofstream(own / name) << "x";
    ASSERT_EQ(::chmod((own / name).c_str(), 0600), 0);
  }
  const std::string words = "to whom the data directory belongs";
  const std::vector<std::string> listeners = {"--management", "127.0.0.1:0", "--gateways",
                                              "127.0.0.1:0"};
  const struct {
    std::vector<std::string> arguments;
    const char* credentials;
    const char* said;
  } rows[] = {
      {{"token", "create", "Ada", "--role", "owner", "--out", own / "ada.token"}, "", "own"},
      {{"rotate", "master-key"}, "own", "master-key cannot be read"},
      {{"rotate", "ca", "--ca-cert", own / "tls.crt", "--ca-key", own / "tls.key"}, "", "tls.crt"},
      {{"serve", "--identity", own / "identity.json"}, "", "identity.json"},
      {{"serve", "--tls-cert", own / "tls.crt", "--tls-key", own / "tls.key"}, "", "tls.crt"},
      {{"whoami", "--token-file", own / "master-key"}, "", "latchkey serve"},
  };
  ASSERT_EQ(::chmod(directory().path().c_str(), 0711), 0);
  if (IsRoot()) GiveTo(kOther);
  for (const auto& row : rows) {
    SCOPED_TRACE(row.arguments[0] + " " + row.said);
    if (!IsRoot()) continue;
    std::vector<std::string> arguments = row.arguments;
    if (arguments[0] == "serve") {
      arguments.insert(arguments.end(), listeners.begin(), listeners.end());
    }
    std::vector<std::string> environment;
    if (*row.credentials != '\0') environment = {"CREDENTIALS_DIRECTORY=" + own.string()};
    EXPECT_NE(Run(arguments, environment), 0);
    EXPECT_NE(said_.find(row.said), std::string::npos) << said_;
    if (row.arguments[0] == "whoami") continue;  // nobody serves, which is all that matters
    EXPECT_NE(said_.find(words), std::string::npos) << said_;
  }
}

// The gateway's files may be for others; what `register` keeps is not.
TEST_F(DirectoryTest, ACommandOfRegisterHasTheUmaskOfItsUser) {
  OpenAccount("acme");
  const AddedGateway gateway = AddGateway("acme", "hq");
  const fs::path key = directory() / "key";
  std::ofstream(key) << gateway.key;
  const fs::path out = directory() / "app/gateway";
  const mode_t before = ::umask(022);
  const int exit = RunLatchkey({"register", "--url", "https://" + server().Gateways(1).address,
                                "--ca", data() / "run/ca.crt", "--key-file", key, "--out", out,
                                "--run", "touch \"$LATCHKEY_DIR/../made\""});
  ::umask(before);
  EXPECT_EQ(exit, 0);
  EXPECT_EQ(ModeOf(directory() / "app/made"), 0644u);
  EXPECT_EQ(ModeOf(directory() / "app"), 0755u);
  EXPECT_EQ(ModeOf(out), 0700u);
  EXPECT_EQ(ModeOf(fs::canonical(out / "gateway.key")), 0600u);
}

}  // namespace
}  // namespace latchkey::testing
