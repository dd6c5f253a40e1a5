// latchkey doctor beside a real server, and each of its checks where something is broken.
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "api/http/limits.h"
#include "core/crypto/files.h"
#include "tests/support/fakes.h"
#include "tests/support/fault_fs.h"
#include "tests/tools/served.h"
#include "tools/client/json.h"
#include "tools/doctor/doctor.h"
#include "tools/doctor/machine.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using latchkey::testing::FakeClock;
using testing::Cli;
using testing::Served;

constexpr std::chrono::hours kYear{365 * 24};

// The machine that runs the test may be a poor place for a ledger.
const std::set<std::string> kOfTheMachine = {"file system", "disk space", "open files"};

// The check that is not well, apart from those of the machine; all are shown when a test fails.
Findings NotWell(const Findings& findings) {
  Findings ill;
  for (const Finding& finding : findings) {
    if (finding.health != Health::kOk && !kOfTheMachine.contains(finding.check)) {
      ill.push_back(finding);
    }
  }
  return ill;
}

std::string Shown(const Findings& findings) {
  std::string text;
  for (const Finding& finding : findings) text += finding.check + ": " + finding.words + '\n';
  return text;
}

void Write(const fs::path& path, const std::string& content) {
  std::ofstream(path, std::ios::trunc) << content;
}

TEST(Doctor, FindsAServedAndAStoppedLedgerWell) {
  Served served;
  const Findings running = Examine({.data = served.data()});
  EXPECT_EQ(NotWell(running).size(), 0u) << Shown(NotWell(running));
  const std::string shown = Shown(running);
  EXPECT_NE(shown.find("management: Answers at https://127.0.0.1:"), std::string::npos) << shown;
  EXPECT_NE(shown.find("owner token: Accepted, with the role owner."), std::string::npos) << shown;
  EXPECT_EQ(served.Run({"account", "open", "other"}).exit, 0) << "the server was not disturbed";
  served.Stop();
  const Findings stopped = Examine({.data = served.data()});
  EXPECT_EQ(NotWell(stopped).size(), 0u) << Shown(NotWell(stopped));
  EXPECT_NE(Shown(stopped).find("server: Not running."), std::string::npos) << Shown(stopped);
}

TEST(Doctor, AsksOnThisMachineWhateverNameClientsUse) {
  Served served([](ServiceOptions& options) { options.names = {"gateways.invalid"}; });
  ASSERT_NE(served.service().gateways_url().find("gateways.invalid"), std::string::npos);
  const Findings findings = NotWell(Examine({.data = served.data()}));
  EXPECT_EQ(findings.size(), 0u) << Shown(findings);
}

// Reading a database for the first time must not leave anything behind either.
TEST(Doctor, ChangesNothing) {
  Served served;
  served.Stop();
  const auto all = [&] {
    std::set<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(served.data())) {
      std::string file = entry.path().string();
      if (entry.is_regular_file()) file += ' ' + std::to_string(entry.file_size());
      files.insert(file + ' ' + std::to_string(entry.last_write_time().time_since_epoch().count()));
    }
    return files;
  };
  const auto before = all();
  const Findings ignored = Examine({.data = served.data()});
  EXPECT_EQ(all(), before);
}

struct Broken {
  const char* name;
  const char* check;
  Health health;
  std::function<void(const fs::path& data)> act;
  bool stopped = false;               // broken while the ledger is not served
  std::chrono::seconds clock_off{0};  // of the clock that doctor sees
};

const std::vector<Broken>& BrokenThings() {
  const auto nothing = [](const fs::path&) {};
  const auto remove = [](const char* name) {
    return [name](const fs::path& data) { fs::remove_all(data / name); };
  };
  const auto put = [](const char* name, const char* content) {
    return [name, content](const fs::path& data) { Write(data / name, content); };
  };
  const auto mode = [](const char* name, unsigned bits) {
    return [name, bits](const fs::path& data) { fs::permissions(data / name, fs::perms(bits)); };
  };
  static const std::vector<Broken> rows = {
      {"others may read", "directory", Health::kWarn, mode(".", 0755)},
      {"others may write", "directory", Health::kFail, mode(".", 0777)},
      {"no ledger", "directory", Health::kFail, remove("ledger"), true},
      {"lost", "master key", Health::kFail, remove("secrets/master-key"), true},
      {"damaged", "master key", Health::kFail, put("secrets/master-key", "0123"), true},
      {"open", "master key", Health::kFail, mode("secrets/master-key", 0644), true},
      {"lost", "checkpoint key", Health::kFail, remove("secrets/checkpoint.key"), true},
      {"damaged", "checkpoint key", Health::kFail, put("secrets/checkpoint.key", "x"), true},
      {"key lost", "CA", Health::kFail, remove("secrets/ca.key"), true},
      {"damaged", "CA", Health::kFail, put("secrets/ca.crt", "x"), true},
      {"ends soon", "CA", Health::kWarn, nothing, true, 10 * kYear - 24h},
      {"ended", "CA", Health::kFail, nothing, true, 11 * kYear},
      {"damaged", "head", Health::kFail, put("head", "x"), true},
      {"lost", "head", Health::kFail, remove("head"), true},
      {"damaged", "checkpoint", Health::kFail, put("checkpoint", "x"), true},
      {"lost", "checkpoint", Health::kFail, remove("checkpoint"), true},
      {"damaged", "ledger", Health::kFail, remove("ledger/CURRENT"), true},
      {"behind", "clock", Health::kWarn, nothing, true, -30s},
      {"far behind", "clock", Health::kFail, nothing, true, -1h},
      {"gone", "management", Health::kFail, put("run/management", "https://127.0.0.2:1\n")},
      {"gone", "gateways", Health::kFail, put("run/gateways", "https://127.0.0.1:1\n")},
      {"damaged", "gateways", Health::kFail, put("run/gateways", "\x1b[2J")},
      {"certificate damaged", "server", Health::kFail, put("run/server.crt", "x")},
      {"files missing", "server", Health::kFail, remove("run/gateways")},
      {"another server's", "management", Health::kFail,
       [](const fs::path& data) {
         fs::copy_file(data / "run/ca.crt", data / "run/server.crt",
                       fs::copy_options::overwrite_existing);
       }},
      {"ended", "certificate", Health::kFail, nothing, false, kYear},
      {"not accepted", "owner token", Health::kFail,
       put("secrets/owner-token", "lkop_0000000000000000000000000000000000000000000\n")},
  };
  return rows;
}

TEST(Doctor, FindsWhatIsBroken) {
  Served whole;
  whole.Stop();
  for (const Broken& row : BrokenThings()) {
    SCOPED_TRACE(std::string(row.check) + ", " + row.name);
    std::optional<Served> served;
    if (!row.stopped) served.emplace();
    const fs::path data = served ? served->data() : whole.Scratch("copy");
    if (row.stopped) fs::copy(whole.data(), data, fs::copy_options::recursive);
    const FakeClock clock(SystemClock().Now() + row.clock_off);
    row.act(data);
    const Findings findings = NotWell(Examine({.data = data, .clock = &clock}));
    bool found = false;
    for (const Finding& finding : findings) {
      found = found || (finding.check == row.check && finding.health == row.health);
      EXPECT_GT(finding.words.size(), 20u) << "it says what to do";
    }
    EXPECT_TRUE(found) << Shown(findings);
    fs::permissions(data, fs::perms::owner_all);
    if (row.stopped) fs::remove_all(data);
  }
}

TEST(Doctor, FindsThatTheServerIsNotReady) {
  latchkey::testing::FaultyResources disk;
  Served served([&](ServiceOptions& options) { options.ledger.resources = &disk.resources; });
  ASSERT_NE(served.AddGateway("hq"), "");
  disk.fs->FailSync("/subjects/");
  // The reason is sealed under a key of the account, which it does not have yet.
  EXPECT_EQ(served.Run({"key", "generate", "acme/hq", "--reason", "lost", "--yes"}).exit, 4);
  const Findings findings = NotWell(Examine({.data = served.data()}));
  ASSERT_EQ(findings.size(), 1u) << Shown(findings);
  EXPECT_EQ(findings[0].check, "ready");
  EXPECT_NE(findings[0].words.find("sealing keys"), std::string::npos) << findings[0].words;
  disk.fs->Heal();
}

TEST(Doctor, ChecksTheTokenThatIsThere) {
  Served served;
  const fs::path file = served.data() / "secrets" / "owner-token";
  ASSERT_EQ(served
                .Run({"token", "create", "a", "--role", "auditor", "--token", served.Token(),
                      "--out", file.string()})
                .exit,
            0);
  Findings findings = NotWell(Examine({.data = served.data()}));
  ASSERT_EQ(findings.size(), 1u) << Shown(findings);
  EXPECT_EQ(findings[0].health, Health::kWarn);
  EXPECT_NE(findings[0].words.find("auditor"), std::string::npos) << findings[0].words;
  fs::remove(file);  // kept elsewhere
  findings = NotWell(Examine({.data = served.data()}));
  EXPECT_EQ(findings.size(), 0u) << Shown(findings);
}

TEST(Doctor, KnowsPoorMachines) {
  constexpr std::uint64_t kEnough = 4 * api::limits::kPromisedConnections;
  const Time now = SystemClock().Now();
  const struct {
    Finding finding;
    Health health;
  } rows[] = {
      {CheckFileSystem(0xEF53), Health::kOk},        // ext4
      {CheckFileSystem(0x6969), Health::kWarn},      // NFS
      {CheckFileSystem(0xFF534D42), Health::kWarn},  // SMB
      {CheckFileSystem(0x01021994), Health::kWarn},  // tmpfs
      {CheckFreeSpace(std::uint64_t{10} << 30), Health::kOk},
      {CheckFreeSpace(std::uint64_t{500} << 20), Health::kWarn},
      {CheckFreeSpace(std::uint64_t{5} << 20), Health::kFail},
      {CheckOpenFiles(kEnough), Health::kOk},
      {CheckOpenFiles(kEnough - 1), Health::kWarn},
      {CheckEnd("CA", now + 25h, now, 24h, "Do it."), Health::kOk},
      {CheckEnd("CA", now + 24h, now, 24h, "Do it."), Health::kWarn},
      {CheckEnd("CA", now, now, 24h, "Do it."), Health::kFail},
  };
  for (const auto& row : rows) EXPECT_EQ(row.finding.health, row.health) << row.finding.words;
}

TEST(Doctor, PrintsALineForEachCheckAndEndsAccordingly) {
  Served served;
  served.Stop();
  fs::remove(served.data() / "secrets" / "master-key");
  const auto ran = served.Run({"doctor"});
  EXPECT_EQ(ran.exit, 1);
  EXPECT_NE(ran.out.find("\nfail  master key      The secret master-key is missing. Restore it"),
            std::string::npos)
      << ran.out;
  EXPECT_NE(ran.out.find("ok    directory "), std::string::npos) << ran.out;
  EXPECT_NE(ran.err.find("checks say what to do"), std::string::npos) << ran.err;
  const auto json = served.Run({"doctor", "-o", "json"});
  EXPECT_EQ(json.exit, 1);
  const auto value = ParseJson(json.out);
  EXPECT_EQ(At(value, "/well"), false);
  EXPECT_EQ(TextAt(value, "/checks/0/check"), "directory");
  EXPECT_EQ(TextAt(value, "/checks/0/result"), "ok");
  const auto nowhere = Cli({"doctor", "--data", (served.data() / "none").string()});
  EXPECT_EQ(nowhere.exit, 1);
  EXPECT_EQ(nowhere.out.find("fail  directory "), 0u) << nowhere.out;
}

}  // namespace
}  // namespace latchkey::tools
