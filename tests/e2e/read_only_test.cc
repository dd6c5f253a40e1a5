// `serve --read-only` over a copy and over a stopped ledger: which token is valid, what is
// answered, and that nothing is written.
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "api/router.h"
#include "core/crypto/files.h"
#include "core/crypto/hash.h"
#include "tests/e2e/e2e_ledger.h"
#include "tests/support/temp_dir.h"

namespace latchkey::testing {
namespace {

namespace fs = std::filesystem;
using tools::Fetched;
using tools::ServedLedger;

// The files that a read-only server must not change: all but projections, diaries and run/.
std::map<std::string, std::string> History(const fs::path& data) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(data)) {
    const std::string name = fs::relative(entry.path(), data).string();
    if (!entry.is_regular_file() || name.starts_with("projections/") || name.starts_with("run/") ||
        entry.path().filename().string().starts_with("LOG")) {
      continue;
    }
    files[name] = crypto::Sha256(ReadFile(entry.path()));
  }
  return files;
}

// A ledger with a registered gateway, and a copy of it before another one was added.
class ReadOnlyTest : public E2eTest {
 protected:
  void SetUp() override {
    E2eTest::SetUp();
    OpenAccount("acme");
    paris_ = AddGateway("acme", "paris");
    Install(paris_);
    last_ = CountEvents("") - 1;
    AddGateway("acme", "lyon");
    owner_ = server().authorization();
    ASSERT_EQ(RunLatchkey(
                  {"replay", "--data", data(), "--until", std::to_string(last_), "--into", copy()}),
              0);
  }
  fs::path copy() const { return directory() / "copy"; }

  ServedLedger Read(const fs::path& directory) {
    auto started = ServedLedger::Start(
        {.program = Program(), .data = directory, .log = log(), .arguments = {"--read-only"}});
    if (!started) {
      ADD_FAILURE() << started.error().detail << ReadFile(log());
      std::abort();
    }
    return *std::move(started);
  }

  // Every route that writes, with the names of things that exist.
  static std::vector<std::pair<std::string, std::string>> Writes(const std::string& gateway) {
    const std::map<std::string, std::string> names = {
        {"{account}", "acme"},
        {"{gateway}", gateway},
        {"{token}", "tok_00000001"},
        {"{message}", "msg_00000001"},
        {"{session}", "ses_00000000000000000000000000"},
        {"{webhook}", "whk_00000001"}};
    std::vector<std::pair<std::string, std::string>> writes;
    for (const api::RouteRow& row : api::ManagementRoutes()) {
      if (!row.route.writes() || row.route.who == api::Who::kAnyone) continue;
      std::string target(row.route.pattern);
      for (const auto& [name, value] : names) {
        if (const auto at = target.find(name); at != std::string::npos) {
          target.replace(at, name.size(), value);
        }
      }
      EXPECT_EQ(target.find('{'), std::string::npos) << target;
      writes.emplace_back(api::MethodName(row.route.method), target);
    }
    return writes;
  }

  void ExpectEveryWriteRefused(const ServedLedger& reader) const {
    const auto writes = Writes(paris_.id);
    EXPECT_GE(writes.size(), 12u);
    for (const auto& [method, target] : writes) {
      const auto answer = reader.Send(method, target, "{}");
      ASSERT_TRUE(answer) << method << ' ' << target;
      EXPECT_EQ(answer->status, 503) << method << ' ' << target << ": " << answer->body;
      EXPECT_EQ(Code(answer->body), "read_only") << method << ' ' << target;
    }
  }

  std::uint64_t last_ = 0;
  AddedGateway paris_;
  std::string owner_;  // the owner's token of the ledger itself, as a header
};

TEST_F(ReadOnlyTest, ACopyShowsTheLedgerAsItWasAndTakesNothing) {
  const auto before = History(copy());
  ServedLedger reader = Read(copy());
  const auto list = reader.Get("/v1/accounts/acme/gateways");
  ASSERT_TRUE(list && list->status == 200) << list->body;
  EXPECT_NE(list->body.find("paris"), std::string::npos) << list->body;
  EXPECT_EQ(list->body.find("lyon"), std::string::npos) << list->body;
  const auto ledger = reader.Get("/v1/ledger");
  EXPECT_EQ(ParseJson(ledger->body).at("size").to_number<std::uint64_t>(), last_ + 1);
  EXPECT_EQ(Member(ledger->body, "ca_sha256"),
            Member(server().Get("/v1/ledger")->body, "ca_sha256"));
  ExpectEveryWriteRefused(reader);
  EXPECT_EQ(reader.Stop(), 0);
  EXPECT_NE(ReadFile(log()).find("serves a copy of the ledger "), std::string::npos);
  EXPECT_EQ(History(copy()), before);
  EXPECT_FALSE(fs::exists(copy() / "run"));
  EXPECT_FALSE(fs::exists(copy() / "secrets"));
  EXPECT_EQ(RunLatchkey({"verify", "--data", copy()}), 0);
}

TEST_F(ReadOnlyTest, OnlyTheTokenOfThisProcessOpensIt) {
  std::string first;
  {
    ServedLedger reader = Read(copy());
    first = reader.authorization();
    EXPECT_EQ(reader.Get("/v1/tokens/self")->status, 200);
    EXPECT_EQ(fs::status(copy() / "run" / "owner-token").permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
    const auto old = tools::Fetch(reader.Management(1),
                                  tools::ComposeRequest("GET", "/v1/accounts", owner_, ""));
    ASSERT_TRUE(old);
    EXPECT_EQ(old->status, 401) << old->body;
    // Without a token a command takes that of the directory.
    EXPECT_EQ(RunLatchkey({"gateway", "list", "--data", copy()}), 0);
    EXPECT_EQ(RunLatchkey({"account", "open", "globex", "--data", copy()}), 4);
    EXPECT_EQ(reader.Stop(), 0);
  }
  ServedLedger again = Read(copy());
  const auto answer =
      tools::Fetch(again.Management(1), tools::ComposeRequest("GET", "/v1/accounts", first, ""));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 401) << answer->body;
  const auto of_ledger = server().Send("GET", "/v1/accounts");
  EXPECT_EQ(of_ledger->status, 200);
  const auto elsewhere =
      tools::Fetch(server().Management(1), tools::ComposeRequest("GET", "/v1/accounts", first, ""));
  EXPECT_EQ(elsewhere->status, 401);
}

TEST_F(ReadOnlyTest, TheConsoleIsToldThatItOnlyReads) {
  ServedLedger reader = Read(copy());
  const auto signed_in =
      reader.Send("POST", "/v1/session", R"({"token":")" + reader.token() + "\"}");
  ASSERT_TRUE(signed_in && signed_in->status == 201) << signed_in->body;
  const auto session = ParseJson(signed_in->body).at("session");
  EXPECT_EQ(session.at("read_only"), true);
  EXPECT_TRUE(session.at("gateways_url").is_null());
  const auto ordinary =
      server().Send("POST", "/v1/session", R"({"token":")" + server().token() + "\"}");
  EXPECT_EQ(ParseJson(ordinary->body).at("session").at("read_only"), false);
}

TEST_F(ReadOnlyTest, AStoppedLedgerCanBeLookedAtToo) {
  StopServer();
  const auto before = History(data());
  {
    ServedLedger reader = Read(data());
    EXPECT_NE(reader.Get("/v1/accounts/acme/gateways")->body.find("lyon"), std::string::npos);
    ExpectEveryWriteRefused(reader);
    const auto old = tools::Fetch(reader.Management(1),
                                  tools::ComposeRequest("GET", "/v1/accounts", owner_, ""));
    EXPECT_EQ(old->status, 401);
    // It keeps writers out.
    EXPECT_EQ(RunLatchkey({"serve", "--data", data(), "--management", "127.0.0.1:0", "--gateways",
                           "127.0.0.1:0"}),
              5);
    EXPECT_EQ(reader.Stop(), 0);
  }
  EXPECT_EQ(History(data()), before);
  StartServer();
  EXPECT_EQ(server().authorization(), owner_);
  EXPECT_EQ(server().Get("/v1/accounts")->status, 200);
}

TEST_F(ReadOnlyTest, AServedLedgerIsNotOpenedASecondTime) {
  EXPECT_EQ(RunLatchkey({"serve", "--read-only", "--data", data(), "--management", "127.0.0.1:0"}),
            5);
  EXPECT_EQ(RunLatchkey({"serve", "--read-only", "--data", directory() / "none"}), 5);
  EXPECT_FALSE(fs::exists(directory() / "none"));
}

}  // namespace
}  // namespace latchkey::testing
