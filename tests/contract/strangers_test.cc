// Refusals count against a stranger's address, on every route and on unknown paths, and lines about
// strangers do not fill the log (api/auth/throttle.h, api/log.h).
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <sstream>

#include "api/http/limits.h"
#include "tests/contract/contract_ledger.h"

namespace latchkey::testing {
namespace {

namespace limits = api::limits;
using namespace std::chrono_literals;

constexpr int kRefusalsAtOnce = limits::kRefusalsOfAddress.at_once;
constexpr std::string_view kBroken = "?%zz";  // refused before anything else is checked

HttpClient Stranger(const ContractLedger& ledger, Listener listener) {
  HttpClient client = listener == Listener::kManagement ? ledger.Management() : ledger.Gateways();
  client.options().token.clear();
  return client;
}

// Sends requests until the address has no refusal left.
void UseUp(HttpClient& stranger) {
  for (int i = 0; i < kRefusalsAtOnce; ++i) ASSERT_LT(stranger.Get("/nothing").status, 429) << i;
}

TEST(Strangers, AreHeldUpOnEveryRoute) {
  ContractLedger ledger(LimitLoopback());
  HttpClient management = Stranger(ledger, Listener::kManagement);
  HttpClient gateways = Stranger(ledger, Listener::kGateways);
  UseUp(management);
  for (const Operation& operation : OpenApi::Instance().Operations()) {
    SCOPED_TRACE(operation.method + " " + operation.path);
    std::string path = operation.path;
    while (path.find('{') != std::string::npos) {
      path.replace(path.find('{'), path.find('}') - path.find('{') + 1, "1");
    }
    HttpClient& client = operation.listener == Listener::kManagement ? management : gateways;
    const bool writes = operation.method != "GET";
    ExpectLimited(client.Send(operation.method, path + std::string(kBroken),
                              writes ? std::optional("{}") : std::nullopt));
  }
  ExpectLimited(management.Get("/v1/nothing"));
  ExpectLimited(management.Get("/v1/ledger"));
  ExpectLimited(gateways.Get("/nothing"));
  const HttpAnswer other_method = gateways.Send("PUT", "/v1/self");
  ExpectLimited(other_method);
  EXPECT_FALSE(other_method.Header("Allow"));
}

TEST(Strangers, AreHeldUpForMalformedHttp) {
  ContractLedger ledger(LimitLoopback());
  HttpClient stranger = Stranger(ledger, Listener::kGateways);
  UseUp(stranger);
  stranger.SendRaw("GET /healthz HTTP/1.1\r\n\r\n");
  ExpectLimited(stranger.ReceiveAnswer("", ""));
}

TEST(Strangers, DoNotLockOutKnownCallersOrKeyHolders) {
  ContractLedger ledger(LimitLoopback());
  const Added installed = ledger.Add();
  const Identity identity = ledger.Install(installed);
  const Added added = ledger.Add();
  HttpClient stranger = Stranger(ledger, Listener::kManagement);
  UseUp(stranger);
  ExpectLimited(stranger.Get("/nothing"));
  EXPECT_EQ(stranger.Get("/healthz").status, 200);
  EXPECT_EQ(ledger.Management().Get("/v1/ledger").status, 200);
  EXPECT_EQ(ledger.Management().Get("/v1/gateways/gw_00zzzzzz").status, 404) << "a known caller's";
  EXPECT_EQ(ledger.Gateways(identity).Post("/v1/check-in", {}).status, 200);
  EXPECT_EQ(ledger.TryRedeem(added.key, Identity()).status, 201);
  EXPECT_EQ(ledger.TryRedeem(added.key, Identity()).Code(), "key_already_redeemed")
      << "who holds a key is told what is the matter with it";
}

TEST(Strangers, AreHeardAgainInTime) {
  ContractLedger ledger(LimitLoopback());
  HttpClient stranger = Stranger(ledger, Listener::kManagement);
  UseUp(stranger);
  ExpectLimited(stranger.Get("/v1/ledger"));
  ledger.AdvanceClock(limits::kRefusalsOfAddress.each);
  EXPECT_EQ(stranger.Get("/v1/ledger").status, 401);
  ExpectLimited(stranger.Get("/v1/ledger"));
}

TEST(Strangers, OfThisMachineAreExempt) {
  ContractLedger ledger;
  HttpClient stranger = Stranger(ledger, Listener::kManagement);
  for (int i = 0; i < kRefusalsAtOnce + 10; ++i)
    ASSERT_EQ(stranger.Get("/v1/ledger").status, 401) << i;
}

// The clocks of this ledger stand still, so that no share of the log comes back. At debug every
// request makes a line.
TEST(Strangers, HaveAShareOfTheLog) {
  std::ostringstream text;
  {
    ContractLedger ledger(LimitLoopback(),
                          api::MakeLogger(std::make_shared<spdlog::sinks::ostream_sink_mt>(text),
                                          spdlog::level::debug));
    HttpClient stranger = Stranger(ledger, Listener::kManagement);
    for (int i = 0; i < 1'500; ++i) ASSERT_GE(stranger.Get("/v1/ledger").status, 401);
    const HttpAnswer metrics = ledger.Management().Get("/metrics");
    EXPECT_EQ(metrics.body.find("latchkey_log_lines_dropped{reason=\"beyond_share\"} 0"),
              std::string::npos);
    EXPECT_NE(metrics.body.find("latchkey_log_lines_dropped{reason=\"queue_full\"} 0"),
              std::string::npos);
    (void)ledger.Add();
  }
  std::size_t of_strangers = 0;
  bool written = false;
  bool told = false;
  std::istringstream in(text.str());
  for (std::string line; std::getline(in, line);) {
    if (line.find("\"/v1/ledger\"") != std::string::npos) of_strangers += line.size();
    written = written || line.find("\"POST\"") != std::string::npos;
    told = told || line.find("\"log_lines_dropped\"") != std::string::npos;
  }
  EXPECT_LT(of_strangers, limits::kLogBytesOfAddress.at_once + 1'000);
  EXPECT_GT(of_strangers, limits::kLogBytesOfAddress.at_once / 2);
  EXPECT_TRUE(written) << "what an operator changed is always written";
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace latchkey::testing
