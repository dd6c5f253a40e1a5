#include "tests/contract/contract_ledger.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>
#include <thread>

#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>

#include "core/base/base32.h"
#include "core/base/base64.h"
#include "core/base/ids.h"
#include "core/base/limits.h"
#include "core/base/position.h"
#include "core/crypto/pem.h"
#include "core/crypto/random.h"
#include "core/rocks/rocks.h"
#include "tools/backup/backup.h"
#include "tools/backup/restore.h"
#include "tools/ledger/rotation.h"

namespace latchkey::testing {

namespace json = boost::json;

namespace {

constexpr std::size_t kKeptWebhooks = 8;

std::uint16_t PortOf(const std::string& url) {
  return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
}

std::string Text(const json::object& object, std::string_view name) {
  const auto* member = object.if_contains(name);
  if (member != nullptr && member->is_string()) return std::string(member->get_string());
  ADD_FAILURE() << "no text in member " << name << " of " << json::serialize(object);
  return "";
}

std::unique_ptr<ContractLedger> shared;

// A ledger signs its last checkpoint when it ends, which needs the thread's hash context: too late
// during static destruction.
class EndShared final : public ::testing::Environment {
  void TearDown() override { shared.reset(); }
};
const ::testing::Environment* const ending = ::testing::AddGlobalTestEnvironment(new EndShared);

}  // namespace

std::string Pkcs10(const std::string& csr_pem) {
  const auto blocks = crypto::ReadPem(csr_pem);
  return blocks && !blocks->empty() ? text::ToBase64(blocks->front().der) : csr_pem;
}

Headers EstHeaders(std::string_view key) {
  Headers headers{{"Content-Type", "application/pkcs10"}};
  if (!key.empty()) {
    const std::string both = "gateway:" + std::string(key);
    headers.emplace_back("Authorization", "Basic " + text::ToBase64(both));
  }
  return headers;
}

ContractLedger& ContractLedger::Instance() {
  // Its tests send more messages than one operator may.
  const api::ThrottleOptions many{.messages_of_account = {10'000, std::chrono::microseconds(1)}};
  if (shared == nullptr) shared = std::make_unique<ContractLedger>(many);
  return *shared;
}

ContractLedger::ContractLedger(api::ThrottleOptions throttle, api::Logger logger,
                               api::SenderOptions webhooks) {
  options_.webhooks = std::move(webhooks);
  options_.ledger.clock = &clock_;
  options_.management = "127.0.0.1:0";
  options_.gateways = "127.0.0.1:0";
  options_.threads = 2;
  options_.webhooks.allowed = {*Network::Parse("127.0.0.0/8")};
  options_.throttle = std::move(throttle);
  options_.logger = std::move(logger);
  options_.housekeeping = std::chrono::milliseconds(0);
  Start();
  EXPECT_EQ(Management().Send("PUT", "/v1/accounts/" + account_).status, 201);
}

void ContractLedger::Start() {
  options_.ledger.data = data_;
  auto started = tools::Service::Start(options_);
  if (!started) {
    std::fprintf(stderr, "the ledger does not start: %s\n", started.error().detail.c_str());
    std::abort();
  }
  service_ = std::move(*started);
  management_port_ = PortOf(service_->management_url());
  gateways_port_ = PortOf(service_->gateways_url());
  std::ifstream file(data_ / "secrets" / "owner-token");
  file >> token_;
}

void ContractLedger::BackUp() {
  crypto::SystemRandom random;
  const auto done = tools::BackUp({.data = data_,
                                   .destination = directory_ / "backup",
                                   .passphrase = crypto::Secret(std::string("passphrase"))},
                                  rocks::Resources::Create(), random);
  ASSERT_TRUE(done) << done.error().detail;
}

void ContractLedger::Restore() {
  service_->Stop(std::chrono::seconds(5));
  service_.reset();
  data_ = data_.string() + "-restored";  // perhaps again
  crypto::SystemRandom random;
  const auto done = tools::Restore({.source = directory_ / "backup",
                                    .data = data_,
                                    .passphrase = crypto::Secret(std::string("passphrase")),
                                    .scratch = directory_.path(),
                                    .clock = &clock_},
                                   rocks::Resources::Create(), random);
  ASSERT_TRUE(done) << done.error().detail;
  Start();
}

void ContractLedger::Restart(std::vector<Network> allowed) {
  service_->Stop(std::chrono::seconds(5));
  service_.reset();
  options_.webhooks.allowed = std::move(allowed);
  Start();
}

ContractLedger::~ContractLedger() { service_->Stop(std::chrono::seconds(5)); }

HttpClient ContractLedger::Management() const {
  return HttpClient({.listener = Listener::kManagement, .port = management_port_, .token = token_});
}

HttpClient ContractLedger::Management(const NewToken& token) const {
  HttpClient client = Management();
  client.options().token = token.secret;
  return client;
}

HttpClient ContractLedger::Gateways() const {
  return HttpClient({.listener = Listener::kGateways, .port = gateways_port_});
}

HttpClient ContractLedger::Gateways(const Identity& identity) const {
  return HttpClient({.listener = Listener::kGateways,
                     .port = gateways_port_,
                     .certificate_pem = identity.certificate_pem,
                     .key_pem = identity.pair.key_pem});
}

void ContractLedger::RotateCa() { EXPECT_TRUE(tools::RotateCa(service_->ledger(), {})); }
void ContractLedger::RotateMasterKey() {
  EXPECT_TRUE(tools::RotateMasterKey(service_->ledger()));
  Restart(options_.webhooks.allowed);
}
void ContractLedger::AdoptCheckpoint() {
  const log::Head head = service_->ledger().log().head();
  EXPECT_TRUE(service_->ledger().Run(domain::AdoptCheckpoint{head.size, head.root}));
}

std::string ContractLedger::NewName() { return "Gateway " + std::to_string(++made_); }

std::string ContractLedger::NewAccount() {
  const std::string name = "account-" + std::to_string(++made_);
  EXPECT_EQ(Management().Send("PUT", "/v1/accounts/" + name).status, 201);
  return name;
}

Added ContractLedger::Add(const std::string& account) {
  const HttpAnswer answer =
      Management().Post("/v1/accounts/" + account + "/gateways", {{"name", NewName()}});
  EXPECT_EQ(answer.status, 201) << answer.body;
  const json::object gateway = answer.Json();
  return {Text(gateway, "id"), Text(gateway, "key")};
}

json::object ContractLedger::Redemption(std::string_view key, const Identity& identity) const {
  return {{"key", key},
          {"csr", identity.pair.csr_pem},
          {"host", {{"hostname", "gw.example.net"}, {"os", "Debian 12"}, {"version", "6.2"}}}};
}

HttpAnswer ContractLedger::TryRedeem(std::string_view key, const Identity& identity) const {
  return Gateways().Post("/v1/registrations", Redemption(key, identity));
}

Identity ContractLedger::Redeem(const Added& gateway) {
  Identity identity;
  const HttpAnswer answer = TryRedeem(gateway.key, identity);
  EXPECT_EQ(answer.status, 201) << answer.body;
  identity.certificate_pem = Text(answer.Json(), "certificate");
  return identity;
}

Identity ContractLedger::Install(const Added& gateway) {
  Identity identity = Redeem(gateway);
  const HttpAnswer answer = Gateways(identity).Post("/v1/check-in", {{"version", "6.2"}});
  EXPECT_EQ(answer.status, 200) << answer.body;
  return identity;
}

Identity ContractLedger::Renew(const Identity& holder) {
  Identity identity;
  const HttpAnswer answer =
      Gateways(holder).Post("/v1/certificate", {{"csr", identity.pair.csr_pem}});
  EXPECT_EQ(answer.status, 201) << answer.body;
  identity.certificate_pem = Text(answer.Json(), "certificate");
  return identity;
}

std::string ContractLedger::SendMessage(const Added& gateway) {
  const HttpAnswer answer =
      Management().Post(PathOf(gateway) + "/messages", {{"kind", "config"}, {"body", 1}});
  EXPECT_EQ(answer.status, 201) << answer.body;
  return answer.status == 201 ? std::string(answer.Json().at("id").as_string()) : "";
}

std::string ContractLedger::AddWebhook(std::string_view account) {
  HttpClient owner = Management();
  const json::object listed = owner.Get("/v1/webhooks").Json();
  const json::array& all = listed.at("webhooks").as_array();
  for (std::size_t i = kKeptWebhooks; i < all.size(); ++i) {
    const std::string oldest(all[i - kKeptWebhooks].at("id").as_string());
    EXPECT_EQ(owner.Send("DELETE", "/v1/webhooks/" + oldest).status, 204);
  }
  json::object body = WebhookBody("/v1/webhooks");
  if (!account.empty()) body["accounts"] = json::array{account};
  const HttpAnswer answer = owner.Post("/v1/webhooks", body);
  EXPECT_EQ(answer.status, 201) << answer.body;
  return answer.status == 201 ? std::string(answer.Json().at("id").as_string()) : "";
}

json::object ContractLedger::WebhookBody(std::string_view pattern) const {
  if (pattern.ends_with("/replay")) return {{"after", position()}};
  if (pattern.ends_with("/webhooks")) return {{"url", "https://127.0.0.1:1/"}};
  if (pattern.ends_with("{webhook}")) return {{"types", json::array{"KeyRevoked"}}};
  return {};
}

std::string ContractLedger::Generate(const Added& gateway, bool replace) {
  json::object body;
  if (replace) body["replace"] = true;
  const HttpAnswer answer = Management().Post("/v1/gateways/" + gateway.id + "/key", body);
  EXPECT_EQ(answer.status, 201) << answer.body;
  return Text(answer.Json(), "key");
}

void ContractLedger::GenerateAs(const std::string& person, const Added& gateway) {
  domain::Actor actor;
  actor.kind = domain::Actor::Kind::kPerson;
  actor.person = person;
  const auto run = [&](domain::Command command) {
    std::promise<bool> done;
    const Status queued = service_->ledger().sequencer().Submit(
        {std::move(command), actor},
        [&](const latchkey::Outcome& outcome) { done.set_value(outcome.answer.has_value()); });
    EXPECT_TRUE(queued && done.get_future().get());
  };
  run(domain::SignInPerson{person, domain::TokenRole::kOwner, {}, "Ada", "https://id", "ada"});
  run(domain::GenerateKey{*text::ParseGatewayId(gateway.id), false,
                          ledger_limits::kDefaultKeyLifetime, ""});
}

NewToken ContractLedger::CreateToken(std::string_view role,
                                     const std::vector<std::string>& accounts,
                                     std::optional<std::chrono::seconds> lifetime) {
  json::object body{{"name", NewName()}, {"role", role}};
  if (!accounts.empty()) body["accounts"] = json::array(accounts.begin(), accounts.end());
  if (lifetime) {
    body["expires_in_seconds"] = lifetime->count();
  } else {
    body["never_expires"] = true;
  }
  const HttpAnswer answer = Management().Post("/v1/tokens", body);
  EXPECT_EQ(answer.status, 201) << answer.body;
  return {Text(answer.Json(), "id"), Text(answer.Json(), "token")};
}

void ContractLedger::AwaitSequencer() {
  const auto& ticks = service_->ledger().sequencer().metrics().ticks;
  const std::uint64_t wanted = ticks.load() + 2;
  while (ticks.load() < wanted) std::this_thread::yield();
}

void ContractLedger::Advance(std::chrono::seconds by) {
  clock_.Advance(by);
  AwaitSequencer();
}

void ContractLedger::StepClock(std::chrono::seconds by) {
  clock_.Step(by);
  AwaitSequencer();
}

std::string ContractLedger::epoch() const {
  return text::ToBase32(service_->ledger().row().epoch(), text::kBase32Lower);
}

std::string ContractLedger::position() const {
  return Format({epoch(), service_->ledger().log().size() - 1});
}

std::string AddressOf(int stranger) {
  return "198.51." + std::to_string(stranger / 250) + "." + std::to_string(stranger % 250);
}

std::string RedeemedFrom(ContractLedger& ledger, const Headers& headers) {
  const Added gateway = ledger.Add();
  const boost::json::object body = ledger.Redemption(gateway.key, Identity());
  EXPECT_EQ(ledger.Gateways().Post("/v1/registrations", body, headers).status, 201);
  const boost::json::object shown = ledger.Management().Get(PathOf(gateway)).Json();
  return std::string(shown.at("pending").at("redeemed_from").as_string());
}

void ExpectLimited(const HttpAnswer& answer) {
  EXPECT_EQ(answer.status, 429) << answer.body;
  EXPECT_EQ(answer.Code(), "rate_limited");
  EXPECT_EQ(answer.Header("Retry-After").value_or(""), "1");
}

std::string Repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace latchkey::testing
