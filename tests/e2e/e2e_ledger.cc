#include "tests/e2e/e2e_ledger.h"

#include <boost/json/parse.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace latchkey::testing {
namespace {

std::string LastLines(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  const std::string all = text.str();
  constexpr std::size_t kShown = 4'000;
  return all.size() > kShown ? all.substr(all.size() - kShown) : all;
}

}  // namespace

std::uint64_t FromEnvironment(const char* name, std::uint64_t otherwise) {
  const char* given = std::getenv(name);
  return given == nullptr ? otherwise : std::strtoull(given, nullptr, 10);
}

std::filesystem::path Program() {
  const char* given = std::getenv("LATCHKEY_PROGRAM");
  return given == nullptr ? LATCHKEY_BINARY : given;
}

boost::json::value ParseJson(std::string_view text) {
  boost::system::error_code error;
  return boost::json::parse(text, error);
}

std::string Member(std::string_view json, std::string_view name) {
  const boost::json::value value = ParseJson(json);
  const auto* object = value.if_object();
  const auto* member = object == nullptr ? nullptr : object->if_contains(name);
  return member != nullptr && member->is_string() ? std::string(member->as_string()) : "";
}

std::string Code(std::string_view problem) { return Member(problem, "code"); }

void E2eTest::StartServer(const std::vector<std::string>& arguments, const std::string& gateways) {
  server_.reset();
  auto started = tools::ServedLedger::Start({.program = Program(),
                                             .data = data(),
                                             .log = log(),
                                             .arguments = arguments,
                                             .gateways = gateways});
  ASSERT_TRUE(started) << started.error().detail << "\n" << LastLines(log());
  server_ = std::move(*started);
}

void E2eTest::StopServer() {
  if (!server_) return;
  EXPECT_EQ(server_->Stop(), 0) << "serve did not end well:\n" << LastLines(log());
  server_.reset();
}

void E2eTest::TearDown() {
  StopServer();
  CheckLedger();
}

int E2eTest::RunLatchkey(const std::vector<std::string>& arguments, std::string* output) {
  std::vector<std::string> all = {Program()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  auto process = tools::ChildProcess::Start({.arguments = all});
  if (!process) return -1;
  process->CloseInput();
  const auto printed = process->ReadAll(kCommandPatience);
  if (output != nullptr) *output = printed.value_or("");
  return process->Wait(kCommandPatience).value_or(-1);
}

void E2eTest::CheckLedger() {
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"verify"}, {"replay", "--check"}}) {
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.end(), {"--data", data()});
    std::string output;
    EXPECT_EQ(RunLatchkey(arguments, &output), 0) << command[0] << " says: " << output;
  }
}

void E2eTest::OpenAccount(const std::string& account) {
  const auto answer = server_->Send("PUT", "/v1/accounts/" + account);
  ASSERT_TRUE(answer) << answer.error().detail;
  ASSERT_EQ(answer->status / 100, 2) << answer->body;
}

AddedGateway E2eTest::AddGateway(const std::string& account, const std::string& name) {
  const auto answer =
      server_->Send("POST", "/v1/accounts/" + account + "/gateways", "{\"name\":\"" + name + "\"}");
  EXPECT_TRUE(answer && answer->status == 201) << (answer ? answer->body : answer.error().detail);
  if (!answer) return {};
  return {Member(answer->body, "id"), name, Member(answer->body, "key")};
}

std::vector<AddedGateway> E2eTest::AddGateways(tools::LoadClient& client,
                                               const std::string& account,
                                               const std::string& prefix, std::uint64_t count) {
  std::vector<std::string> requests;
  for (std::uint64_t i = 0; i < count; ++i) {
    requests.push_back(tools::ComposeRequest("POST", "/v1/accounts/" + account + "/gateways",
                                             server_->authorization(),
                                             "{\"name\":\"" + prefix + std::to_string(i) + "\"}"));
  }
  std::vector<AddedGateway> added;
  std::size_t next = 0;
  client.Run(
      [&](unsigned) { return next < requests.size() ? requests[next++] : std::string_view(); },
      [&](unsigned, const tools::LoadAnswer& answer) {
        EXPECT_EQ(answer.status, 201) << answer.body;
        added.push_back(
            {Member(answer.body, "id"), Member(answer.body, "name"), Member(answer.body, "key")});
      },
      std::chrono::seconds(120));
  EXPECT_EQ(added.size(), count);
  return added;
}

InstalledGateway E2eTest::Install(const AddedGateway& gateway, bool check_in) {
  const tools::LoadKeyPair pair = tools::MakeKeyPair();
  const auto answer =
      tools::Fetch(server_->Gateways(1), RedemptionRequest(gateway.key, pair.csr_pem));
  EXPECT_TRUE(answer && answer->status == 201) << (answer ? answer->body : answer.error().detail);
  if (!answer) return {};
  InstalledGateway installed{gateway.id, {Member(answer->body, "certificate"), pair.key_pem}};
  if (check_in) {
    tools::LoadOptions options = server_->Gateways(1);
    options.identities = {installed.identity};
    const auto seen = tools::Fetch(
        options, tools::ComposeRequest("POST", "/v1/check-in", "", "{\"version\":\"1.0\"}"));
    EXPECT_TRUE(seen && seen->status == 200) << (seen ? seen->body : seen.error().detail);
  }
  return installed;
}

boost::json::value E2eTest::Get(const std::string& target, int status) {
  const auto answer = server_->Get(target);
  EXPECT_TRUE(answer && answer->status == status)
      << target << ": " << (answer ? answer->body : answer.error().detail);
  return answer ? ParseJson(answer->body) : boost::json::value();
}

std::uint64_t E2eTest::CountEvents(const std::string& filter) {
  const boost::json::value page = Get("/v1/events?limit=1000&" + filter);
  const auto* object = page.if_object();
  if (object == nullptr || !object->contains("events")) return 0;
  EXPECT_TRUE(object->at("next").is_null()) << "more events than one page";
  return object->at("events").as_array().size();
}

}  // namespace latchkey::testing
