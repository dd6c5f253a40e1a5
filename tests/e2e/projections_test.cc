// projections/ may be deleted at any time: a server that starts without it answers every read as
// before, byte for byte.
#include <boost/json/serialize.hpp>
#include <deque>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "tests/e2e/e2e_ledger.h"

namespace latchkey::testing {
namespace {

class ProjectionsTest : public E2eTest {
 protected:
  void MakeHistory();
  // Every answer that reads can give, found by following lists and ids from the roots.
  std::map<std::string, std::string> ReadEverything();
};

// At least one gateway in every state that api/openapi.yaml names.
void ProjectionsTest::MakeHistory() {
  OpenAccount("north");
  OpenAccount("south");
  const AddedGateway primary = AddGateway("north", "Primary");
  const auto secondary =
      server().Send("POST", "/v1/accounts/north/gateways",
                    "{\"name\":\"secondary\",\"primary\":\"" + primary.id + "\"}");
  ASSERT_TRUE(secondary && secondary->status == 201);
  Install(primary);
  Install(AddGateway("north", "pending"), /*check_in=*/false);
  const InstalledGateway replaced = Install(AddGateway("north", "replaced"));
  const auto key = server().Send("POST", "/v1/gateways/" + replaced.id + "/key",
                                 "{\"replace\":true,\"reason\":\"new machine\"}");
  Install({replaced.id, "replaced", Member(key->body, "key")}, /*check_in=*/false);
  const InstalledGateway gone = Install(AddGateway("south", "deregistered"));
  const AddedGateway removed = AddGateway("south", "removed");
  const AddedGateway revoked = AddGateway("south", "revoked");
  const AddedGateway renamed = AddGateway("south", "old name");
  const std::vector<std::tuple<std::string, std::string, std::string>> writes = {
      {"POST", "/v1/gateways/" + gone.id + "/deregister", "{\"reason\":\"moved\"}"},
      {"DELETE", "/v1/gateways/" + removed.id, ""},
      {"DELETE", "/v1/gateways/" + revoked.id + "/key", ""},
      {"PATCH", "/v1/gateways/" + renamed.id, "{\"name\":\"Größe 東京\"}"},
      {"POST", "/v1/gateways/" + renamed.id + "/key", ""},
      {"POST", "/v1/gateways/" + renamed.id + "/key/reveal", ""}};
  for (const auto& [method, target, body] : writes) {
    const auto answer = server().Send(method, target, body);
    ASSERT_TRUE(answer) << target;
    EXPECT_EQ(answer->status / 100, 2) << target << answer->body;
  }
  // A refused redemption by someone else, and a failed installation.
  const AddedGateway contested = AddGateway("north", "contested");
  Install(contested);
  const auto refused = tools::Fetch(server().Gateways(1),
                                    RedemptionRequest(contested.key, tools::MakeKeyPair().csr_pem));
  EXPECT_EQ(refused->status, 409);
  const InstalledGateway failing = Install(AddGateway("north", "failing"), false);
  tools::LoadOptions options = server().Gateways(1);
  options.identities = {failing.identity};
  const auto failed = tools::Fetch(
      options, tools::ComposeRequest("POST", "/v1/registration/failure", "",
                                     "{\"reason\":\"no_route\",\"detail\":\"firewall\"}"));
  EXPECT_EQ(failed->status, 204) << failed->body;
  // Enough events for the history indexes to have complete segments and an open one.
  const auto client = tools::LoadClient::Connect(server().Management(16));
  AddGateways(**client, "south", "many-", 2'500);
}

// Follows what answers name, each target once.
class Crawl {
 public:
  explicit Crawl(const tools::ServedLedger& server) : server_(server) {}

  std::map<std::string, std::string> Run(std::vector<std::string> roots) {
    targets_.assign(roots.begin(), roots.end());
    while (!targets_.empty()) {
      const std::string target = targets_.front();
      targets_.pop_front();
      if (!answers_.contains(target)) Visit(target);
    }
    return answers_;
  }

 private:
  void Visit(const std::string& target) {
    const auto answer = server_.Get(target);
    EXPECT_TRUE(answer) << target;
    if (!answer) return;
    answers_[target] = std::to_string(answer->status) + " " +
                       std::string(tools::HeaderValue(answer->head, "ETag")) + "\n" + answer->body;
    const auto json = ParseJson(answer->body);
    const auto* object = json.if_object();
    if (object == nullptr) return;
    FollowNext(target, *object);
    for (const auto& account : List(*object, "accounts")) {
      if (account.is_object()) FollowAccount(std::string(account.at("account").as_string()));
    }
    for (const auto& gateway : List(*object, "gateways")) FollowGateway(gateway);
    for (const auto& event : List(*object, "events")) {
      FollowEvent(event.at("sequence").to_number<std::uint64_t>());
    }
  }

  static boost::json::array List(const boost::json::object& object, std::string_view name) {
    const auto* member = object.if_contains(name);
    return member != nullptr && member->is_array() ? member->as_array() : boost::json::array();
  }

  void FollowNext(const std::string& target, const boost::json::object& object) {
    const auto* next = object.if_contains("next");
    if (next == nullptr || next->is_null()) return;
    const std::string base = target.substr(0, target.find("&after="));
    targets_.push_back(
        base + (base.find('?') == std::string::npos ? "?after=" : "&after=") +
        (next->is_string() ? std::string(next->as_string()) : boost::json::serialize(*next)));
  }

  void FollowAccount(const std::string& name) {
    for (const char* query :
         {"?limit=1000", "?limit=1000&status=green", "?status=gray&limit=700",
          "?limit=1000&registration=registering", "?limit=1000&name=OLD", "?limit=9&name=e"}) {
      targets_.push_back("/v1/accounts/" + name + "/gateways" + query);
    }
    targets_.push_back("/v1/accounts/" + name);
    targets_.push_back("/v1/events?limit=1000&account=" + name);
  }

  void FollowGateway(const boost::json::value& gateway) {
    const std::string id(gateway.at("id").as_string());
    // Of the many, some; of the others, all.
    if (gateway.at("name").as_string().starts_with("many-") && gateways_.size() > kMany) return;
    if (!gateways_.insert(id).second) return;
    targets_.push_back("/v1/gateways/" + id);
    targets_.push_back("/v1/events?gateway=" + id);
  }

  void FollowEvent(std::uint64_t sequence) {
    if (sequence > kMany) return;
    targets_.push_back("/v1/events/" + std::to_string(sequence));
    targets_.push_back("/v1/events/" + std::to_string(sequence) + "/entry");
  }

  static constexpr std::size_t kMany = 60;
  const tools::ServedLedger& server_;
  std::deque<std::string> targets_;
  std::map<std::string, std::string> answers_;
  std::set<std::string> gateways_;
};

std::map<std::string, std::string> ProjectionsTest::ReadEverything() {
  std::vector<std::string> roots = {"/v1/accounts",
                                    "/v1/accounts?limit=1",
                                    "/v1/ledger",
                                    "/v1/tokens/self",
                                    "/v1/events?order=desc&limit=1000",
                                    "/v1/events?limit=1000"};
  for (const std::string type :
       {"KeyRedeemed", "RedemptionRefused", "GatewayAdded", "InstallationFailed",
        "RegistrationAbandoned", "KeyRevealed", "GatewayRemoved"}) {
    roots.push_back("/v1/events?limit=1000&type=" + type);
    roots.push_back("/v1/events?limit=700&order=desc&account=south&type=" + type);
  }
  auto answers = Crawl(server()).Run(std::move(roots));
  // When a token was last used changes by the reading itself; a checkpoint follows the writes in
  // its own time.
  static const std::regex kPassing(R"("last_used_at":"[^"]*"|"checkpoint":\{[^}]*\})");
  for (auto& [target, answer] : answers) answer = std::regex_replace(answer, kPassing, "");
  return answers;
}

// But for its beginning and its last third, which a start reads.
void DamageMiddleOfLargestTable(const std::filesystem::path& directory) {
  std::filesystem::path largest;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != ".sst") continue;
    if (largest.empty() || entry.file_size() > file_size(largest)) largest = entry.path();
  }
  constexpr std::uintmax_t kEvery = 4'096;
  const std::uintmax_t size = file_size(largest);
  std::fstream file(largest, std::ios::in | std::ios::out | std::ios::binary);
  for (std::uintmax_t at = size / 10; at < size * 6 / 10; at += kEvery) {
    file.seekp(static_cast<std::streamoff>(at));
    file.write("\xde\xad\xbe\xef", 4);
  }
}

TEST_F(ProjectionsTest, DeletingThemChangesNoAnswer) {
  MakeHistory();
  const auto before = ReadEverything();
  EXPECT_GT(before.size(), 300u);
  StopServer();
  std::filesystem::remove_all(data() / "projections");
  StartServer();
  ASSERT_TRUE(served());
  const auto after = ReadEverything();
  EXPECT_EQ(before.size(), after.size());
  for (const auto& [target, answer] : before) {
    const auto found = after.find(target);
    ASSERT_NE(found, after.end()) << target;
    EXPECT_EQ(answer, found->second) << target;
  }
}

TEST_F(ProjectionsTest, DeletingThemUnderAKilledServerChangesNoAnswer) {
  MakeHistory();
  const auto before = ReadEverything();
  server().process().Kill();
  std::filesystem::remove_all(data() / "projections");
  StartServer();
  ASSERT_TRUE(served());
  EXPECT_EQ(before, ReadEverything());
}

// A block goes bad under the projections: the server ends when it reads it, and a restart rebuilds
// them.
TEST_F(ProjectionsTest, DamageEndsTheServerOnceAndTheNextStartMendsIt) {
  MakeHistory();
  const auto before = ReadEverything();
  StopServer();
  DamageTables(data() / "projections");
  const auto started = tools::ServedLedger::Start(
      {.program = Program(), .data = data(), .log = log(), .arguments = {}});
  if (started) {
    for (const char* target :
         {"/v1/accounts/south/gateways?limit=1000", "/v1/events?account=north"}) {
      (void)started->Get(target);
    }
  }
  EXPECT_TRUE(std::filesystem::exists(data() / "projections" / "damaged"));
  StartServer();
  ASSERT_TRUE(served());
  EXPECT_FALSE(std::filesystem::exists(data() / "projections" / "damaged"));
  EXPECT_EQ(before, ReadEverything());
}

// A block goes bad under the ledger: requests for its entries get an error, and all else goes on.
TEST_F(ProjectionsTest, DamageOfTheLedgerIsAnAnswerAndALogLine) {
  MakeHistory();
  const auto middle = server().Get("/v1/events/2000");
  ASSERT_TRUE(middle);
  const std::string since = "/v1/events?limit=1&since=" + Member(middle->body, "time");
  EXPECT_EQ(server().Get(since)->status, 200);
  StopServer();
  StartServer();  // writes the entries to a table
  StopServer();
  const std::filesystem::path sound = directory() / "sound";
  std::filesystem::copy(data() / "ledger", sound);
  DamageMiddleOfLargestTable(data() / "ledger");
  StartServer();
  ASSERT_TRUE(served());
  for (int i = 0; i < 3; ++i) {
    const auto refused = server().Get(since);
    ASSERT_TRUE(refused) << "the server has ended";
    EXPECT_EQ(refused->status, 503) << refused->body;
    EXPECT_EQ(Code(refused->body), "overloaded");
    EXPECT_EQ(refused->body.find(".sst"), std::string::npos) << refused->body;
    EXPECT_EQ(server().Get("/v1/accounts/north/gateways")->status, 200);
  }
  StopServer();
  std::ostringstream lines;
  lines << std::ifstream(log()).rdbuf();
  EXPECT_NE(lines.str().find(R"("trouble":"unusable","detail":"the ledger is damaged)"),
            std::string::npos);
  std::string said;
  EXPECT_EQ(RunLatchkey({"verify", "--data", data()}, &said), 5) << said;
  std::filesystem::remove_all(data() / "ledger");
  std::filesystem::copy(sound, data() / "ledger");
}

}  // namespace
}  // namespace latchkey::testing
