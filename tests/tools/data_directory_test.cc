// Directories that must not be trusted, with the commands that would open them.
#include "tools/ledger/data_directory.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/tools/served.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using latchkey::testing::TempDir;
using testing::Cli;
using testing::Ran;

constexpr uid_t kStranger = 65533;  // has no files and no name
constexpr uid_t kOtherUser = 65534;

bool IsRoot() { return ::geteuid() == 0; }

void Write(const fs::path& path) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << "x";
  ::chmod(path.c_str(), 0600);
}

mode_t ModeOf(const fs::path& path) {
  struct stat found {};
  EXPECT_EQ(::lstat(path.c_str(), &found), 0) << path;
  return found.st_mode & 07777;
}

void SetMode(const fs::path& path, mode_t mode) { ASSERT_EQ(::chmod(path.c_str(), mode), 0); }
void Give(const fs::path& path, uid_t user) {
  ASSERT_EQ(::lchown(path.c_str(), user, user), 0) << path;
}
// The file goes elsewhere, and a link to it stands in its place.
void MakeLink(const fs::path& path) {
  const fs::path elsewhere = path.parent_path().parent_path() / "elsewhere";
  fs::rename(path, elsewhere);
  fs::create_symlink(elsewhere, path);
}

// The command line in a process of another user. Nothing has been started in it, so only what is
// refused at once can be tried.
Ran CliAs(uid_t user, const std::vector<std::string>& arguments) {
  int ends[2] = {};
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const bool taken = ::setresgid(user, user, user) == 0 && ::setresuid(user, user, user) == 0;
    const Ran ran = taken ? Cli(arguments) : Ran{};
    (void)!::write(ends[1], ran.err.data(), ran.err.size());
    ::_exit(ran.exit);
  }
  ::close(ends[1]);
  Ran ran;
  char buffer[1024];
  for (ssize_t got; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
    ran.err.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  ran.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

// What a ledger's directory looks like to those who do not look into its files.
void MakeLookOfLedger(const fs::path& data) {
  for (const char* name : {"ledger/CURRENT", "ledger/LOCK", "secrets/master-key",
                           "secrets/owner-token", "subjects/CURRENT", "run/management"}) {
    Write(data / name);
  }
  Write(data / "ledger-id");
  for (const auto& entry : fs::directory_iterator(data)) {
    if (entry.is_directory()) SetMode(entry.path(), 0700);
  }
  SetMode(data, 0700);
}

struct Wrong {
  const char* name;
  std::function<void(const fs::path&)> spoil;
  const char* said;  // what is wrong, or what to do
};

std::function<void(const fs::path&)> Mode(const char* name, mode_t mode) {
  return [=](const fs::path& path) { SetMode(path / name, mode); };
}
std::function<void(const fs::path&)> Link(const char* name) {
  return [=](const fs::path& path) { MakeLink(path / name); };
}
std::function<void(const fs::path&)> Owner(const char* name) {
  return [=](const fs::path& path) { Give(path / name, kOtherUser); };
}

const std::vector<std::vector<std::string>>& CommandsOnData() {
  static const std::vector<std::vector<std::string>> commands = {
      {"serve"},
      {"verify"},
      {"replay"},
      {"replay", "--check"},
      {"replay", "--beside"},
      {"whoami"},
      {"rotate", "master-key"},
      {"token", "create", "owner", "--role", "owner"},
  };
  return commands;
}

std::vector<std::string> On(const fs::path& data, std::vector<std::string> command) {
  command.insert(command.end(), {"--data", data.string()});
  return command;
}

TEST(WrongDataDirectory, IsRefusedByEveryCommandWithWhatToDo) {
  std::vector<Wrong> rows = {
      {"for its group to write", Mode("", 0770), "chmod 700"},
      {"for all to write", Mode("", 0777), "chmod 700"},
      {"for all to write, sticky", Mode("", 01777), "chmod 700"},
      {"ledger/ is a link", Link("ledger"), "ledger in "},
      {"a file of the ledger is a link", Link("ledger/CURRENT"), "ledger/CURRENT in "},
      {"a secret is a link", Link("secrets/owner-token"), "symbolic link"},
      {"a file beside them is a link", Link("ledger-id"), "symbolic link"},
      {"a file for all to write", Mode("ledger/LOCK", 0666), "chmod -R go-w"},
      {"a file for its group to write", Mode("secrets/master-key", 0660), "chmod -R go-w"},
      {"a folder for all to write", Mode("secrets", 0777), "chmod -R go-w"},
      {"a pipe",
       [](const fs::path& data) { ASSERT_EQ(::mkfifo((data / "run/pid").c_str(), 0600), 0); },
       "run/pid in "},
      {"no directory",
       [](const fs::path& data) {
         fs::remove_all(data);
         Write(data);
       },
       "is not a directory"},
  };
  if (IsRoot()) {
    rows.push_back({"a folder of another user", Owner("subjects"), "chown -R"});
    rows.push_back({"a file of another user", Owner("ledger/CURRENT"), "chown -R"});
  }
  for (const Wrong& row : rows) {
    for (const auto& command : CommandsOnData()) {
      SCOPED_TRACE(row.name + std::string(", ") + command.front());
      TempDir directory;
      const fs::path data = directory / "data";
      MakeLookOfLedger(data);
      row.spoil(data);
      const mode_t before = ModeOf(data);
      const Ran ran = Cli(On(data, command));
      EXPECT_EQ(ran.exit, 5) << ran.err;
      EXPECT_NE(ran.err.find(row.said), std::string::npos) << ran.err;
      EXPECT_EQ(ModeOf(data), before);
    }
  }
}

TEST(WrongDataDirectory, OfAnotherUserIsRefusedToAllButRoot) {
  for (const auto& command : CommandsOnData()) {
    SCOPED_TRACE(command.front());
    TempDir directory;
    fs::path data = "/usr";
    if (IsRoot()) {
      SetMode(directory.path(), 0755);
      data = directory / "data";
      MakeLookOfLedger(data);
      Give(data, kOtherUser);
    }
    const Ran ran = IsRoot() ? CliAs(kStranger, On(data, command)) : Cli(On(data, command));
    EXPECT_EQ(ran.exit, 5) << ran.err;
    EXPECT_NE(ran.err.find(data.string() + " belongs to "), std::string::npos) << ran.err;
    EXPECT_NE(ran.err.find("as root"), std::string::npos) << ran.err;
  }
}

// Names that a ledger's directory has too, but among other things.
TEST(WrongDataDirectory, MayHaveFoldersOfOurNames) {
  for (const std::vector<const char*>& names : std::vector<std::vector<const char*>>{
           {"run", "letter"}, {"secrets", "run", "letter"}, {"ledger", "letter"}}) {
    TempDir directory;
    const fs::path home = directory / "home";
    for (const char* name : names) Write(home / name / "x");
    const Ran served = Cli({"serve", "--data", home.string(), "--management", "192.0.2.1:1"});
    EXPECT_EQ(served.exit, 5) << names[0];
    EXPECT_NE(served.err.find("is not empty"), std::string::npos) << served.err;
  }
}

// Closing it would take it from those who use it.
TEST(WrongDataDirectory, IsOneOfOtherThings) {
  TempDir directory;
  const fs::path home = directory / "home";
  Write(home / "letter");
  for (const unsigned mode : {0700u, 0755u}) {
    SetMode(home, mode);
    // At an address of no machine: what is not refused ends, and does not serve.
    const Ran served = Cli({"serve", "--data", home.string(), "--management", "192.0.2.1:1"});
    EXPECT_EQ(served.exit, 5);
    EXPECT_NE(served.err.find("is not empty"), std::string::npos) << served.err;
    EXPECT_EQ(std::distance(fs::directory_iterator(home), fs::directory_iterator()), 1);
  }
  const Ran verified = Cli({"verify", "--data", home.string()});
  EXPECT_EQ(verified.exit, 5);
  EXPECT_NE(verified.err.find("There is no ledger"), std::string::npos) << verified.err;
  EXPECT_EQ(ModeOf(home), 0755u);
}

TEST(WrongDataDirectory, IsALinkToNothing) {
  TempDir directory;
  fs::create_symlink(directory / "none", directory / "link");
  const Ran ran = Cli({"serve", "--data", (directory / "link").string()});
  EXPECT_EQ(ran.exit, 5);
  EXPECT_NE(ran.err.find("link"), std::string::npos) << ran.err;
}

// Each row: a directory as it may lie there, and how it is after that.
TEST(MakeDataDirectory, ClosesWhatIsOurs) {
  const struct {
    const char* name;
    std::function<void(const fs::path&)> make;
    bool noted;
  } rows[] = {
      {"absent", [](const fs::path&) {}, false},
      {"empty", [](const fs::path& data) { fs::create_directory(data), SetMode(data, 0755); },
       true},
      {"the root of a disk",
       [](const fs::path& data) {
         fs::create_directories(data / "lost+found");
         SetMode(data, 0755);
       },
       true},
      {"of an earlier release",
       [](const fs::path& data) {
         MakeLookOfLedger(data);
         SetMode(data / "ledger", 0755);
         SetMode(data / "ledger/CURRENT", 0644);
       },
       false},
      {"of an earlier release under umask 002",
       [](const fs::path& data) {
         MakeLookOfLedger(data);
         SetMode(data / "ledger", 0775);
       },
       false},
      {"open to readers",
       [](const fs::path& data) {
         MakeLookOfLedger(data);
         SetMode(data, 0755);
         SetMode(data / "ledger", 0755);
       },
       true},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    TempDir directory;
    const fs::path data = directory / "data";
    row.make(data);
    std::ostringstream notes;
    const auto made = MakeDataDirectory(data, notes);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(*made, data);
    EXPECT_EQ(ModeOf(data), 0700u);
    if (fs::exists(data / "ledger")) {
      EXPECT_EQ(ModeOf(data / "ledger"), 0700u);
    }
    EXPECT_EQ(notes.str().find("closed now") != std::string::npos, row.noted) << notes.str();
  }
}

TEST(OpenDataDirectory, FollowsTheLinkThatIsGivenOnce) {
  TempDir directory;
  const fs::path data = directory / "data";
  MakeLookOfLedger(data);
  fs::create_directory_symlink(data, directory / "link");
  std::ostringstream notes;
  for (const auto& opened :
       {OpenDataDirectory(directory / "link", notes), MakeDataDirectory(directory / "link", notes),
        LookIntoDataDirectory(directory / "link")}) {
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(*opened, data);
  }
}

TEST(LookIntoDataDirectory, ChangesNothing) {
  TempDir directory;
  const fs::path data = directory / "data";
  MakeLookOfLedger(data);
  SetMode(data, 0755);
  SetMode(data / "run", 0755);
  EXPECT_TRUE(LookIntoDataDirectory(data));
  EXPECT_EQ(ModeOf(data), 0755u);
  EXPECT_EQ(ModeOf(data / "run"), 0755u);
}

// An --out as `register` leaves it.
void MakeOut(const fs::path& out) {
  const std::string id = "0123456789abcdef";
  Write(out / "lock");
  for (const char* name : {"gateway.key", "gateway.crt", "ca.crt", "registration.json"}) {
    Write(out / "attempts" / id / name);
    fs::create_symlink(fs::path("current") / name, out / name);
  }
  fs::create_symlink(fs::path("attempts") / id, out / "current");
  for (const fs::path& each : {out, out / "attempts", out / "attempts" / id}) SetMode(each, 0700);
}

std::vector<std::string> RegisterInto(const fs::path& out) {
  return {"register", "--url", "https://127.0.0.1:1", "--key-file", "/dev/null", "--patience",
          "0s",       "--out", out.string()};
}

std::function<void(const fs::path&)> Lead(const char* name, const char* target) {
  return [=](const fs::path& out) {
    fs::remove(out / name);
    fs::create_symlink(target, out / name);
  };
}

TEST(WrongOutDirectory, IsRefusedByRegisterWithWhatToDo) {
  const char* const key = "attempts/0123456789abcdef/gateway.key";
  std::vector<Wrong> rows = {
      {"for its group to write", Mode("", 0770), "chmod 700"},
      {"for all to write", Mode("", 0777), "chmod 700"},
      {"attempts/ is a link", Link("attempts"), "attempts in "},
      {"an attempt is a link", Link("attempts/0123456789abcdef"), "symbolic link"},
      {"a key is a link", Link(key), "symbolic link"},
      {"a key for all to write", Mode(key, 0666), "chmod -R go-w"},
      {"attempts/ for all to write", Mode("attempts", 0777), "chmod -R go-w"},
      {"the lock is a link", Lead("lock", "/tmp/other"), "lock"},
      {"the attempt in use lies elsewhere", Lead("current", "/tmp"), "current in "},
      {"it lies above", Lead("current", "attempts/.."), "current in "},
      {"a file in use lies elsewhere", Lead("gateway.key", "/etc/hosts"), "give another --out"},
      {"it is another file", Lead("gateway.key", "current/gateway.crt"), "give another --out"},
      {"no directory",
       [](const fs::path& out) {
         fs::remove_all(out);
         Write(out);
       },
       "is not a directory"},
  };
  if (IsRoot()) {
    rows.push_back({"another user's", Owner(""), "Run it as "});
    rows.push_back({"a key of another user", Owner(key), "chown -R"});
    rows.push_back({"a link of another user", Owner("current"), "chown -R"});
  }
  for (const Wrong& row : rows) {
    SCOPED_TRACE(row.name);
    TempDir directory;
    const fs::path out = directory / "out";
    MakeOut(out);
    row.spoil(out);
    const Ran ran = Cli(RegisterInto(out));
    EXPECT_EQ(ran.exit, 5) << ran.err;
    EXPECT_NE(ran.err.find(row.said), std::string::npos) << ran.err;
  }
  if (!IsRoot()) {
    const Ran ran = Cli(RegisterInto("/usr"));
    EXPECT_EQ(ran.exit, 5) << ran.err;
    EXPECT_NE(ran.err.find("/usr belongs to root"), std::string::npos) << ran.err;
  }
}

TEST(OutDirectoryModes, AreClosedToAllButTheGroupAndOtherThingsInIt) {
  const struct {
    const char* name;
    mode_t mode;
    bool other_things;
    mode_t then;
  } rows[] = {
      {"closed", 0700, false, 0700},
      {"open to all", 0755, false, 0700},
      {"open to its group", 0750, false, 0750},
      {"open to all, with a program in it", 0755, true, 0755},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    TempDir directory;
    const fs::path out = directory / "out";
    MakeOut(out);
    if (row.other_things) Write(out / "program");
    SetMode(out, row.mode);
    EXPECT_EQ(Cli(RegisterInto(out)).exit, 10) << "the key file is empty";
    EXPECT_EQ(ModeOf(out), row.then);
  }
}

}  // namespace
}  // namespace latchkey::tools
