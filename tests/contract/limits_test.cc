// How much strangers may try, and that nobody else is affected (api/auth/throttle.h). Where many
// sources are needed, this machine acts as the trusted proxy that names them.
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <map>
#include <sstream>
#include <utility>

#include "api/http/limits.h"
#include "tests/contract/contract_ledger.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;
namespace limits = api::limits;
using namespace std::chrono_literals;

constexpr std::string_view kRedemption = "/v1/registrations";
constexpr int kOfAddress = limits::kKeysOfAddress.at_once;
constexpr int kOfGateway = limits::kKeysOfGateway.at_once;
constexpr int kOfSignIn = limits::kSignInsOfAddress.at_once;

api::ThrottleOptions TrustLoopback() { return {{*Network::Parse("127.0.0.1")}, false}; }

Headers From(const std::string& address) { return {{"X-Forwarded-For", address}}; }

// The key of the first gateway of another ledger: well-formed, for the first gateway of any ledger,
// but with the wrong secret.
const std::string& GuessedKey() {
  static const std::string key = ContractLedger().Add().key;
  return key;
}

std::string Body(std::string_view key, const Identity& identity) {
  return json::serialize(json::object{{"key", key}, {"csr", identity.pair.csr_pem}});
}

const std::string& Guess() {
  static const std::string body = Body(GuessedKey(), Identity());
  return body;
}

TEST(LimitsTest, AnAddressThatGuessesIsHeldUp) {
  ContractLedger ledger(LimitLoopback());
  HttpClient client = ledger.Gateways();
  for (int i = 0; i < kOfAddress; ++i) {
    ASSERT_EQ(client.Send("POST", kRedemption, Guess()).status, 404) << i;
  }
  ExpectLimited(client.Send("POST", kRedemption, Guess()));
  ExpectLimited(client.Send("POST", kPreflight, Guess()));
  ExpectLimited(client.Send("POST", kRedemption, "{"));  // the body was not read
  ledger.Advance(1s);
  EXPECT_EQ(client.Send("POST", kRedemption, "{").status, 400);
  EXPECT_EQ(client.Send("POST", kPreflight, Guess()).status, 404);
  ExpectLimited(client.Send("POST", kPreflight, Guess()));
  EXPECT_EQ(client.Get("/healthz").status, 200) << "nothing else is limited";
  const std::string metrics = ledger.Management().Get("/metrics").body;
  EXPECT_NE(metrics.find("latchkey_rate_limited_total{limit=\"address\"} 4"), std::string::npos);
}

TEST(LimitsTest, LoopbackIsExempt) {
  ContractLedger ledger;
  HttpClient client = ledger.Gateways();
  for (int i = 0; i < 2 * kOfAddress; ++i) {
    ASSERT_EQ(client.Send("POST", kPreflight, Guess()).status, 404) << i;
  }
  const std::string body = Body(ledger.Add().key, Identity());
  for (int i = 0; i < 2 * kOfGateway; ++i) {
    ASSERT_EQ(client.Send("POST", kPreflight, body).status, 200) << i;
  }
}

TEST(LimitsTest, StrangersDoNotLockAnInstallerOut) {
  ContractLedger ledger(TrustLoopback());
  const Added gateway = ledger.Add();
  HttpClient strangers = ledger.Gateways();
  for (int i = 0; i < 2 * kOfGateway; ++i) {
    ASSERT_EQ(strangers.Send("POST", kRedemption, Guess(), From(AddressOf(i))).status, 404);
    const std::string prefix = "2001:db8:0:" + std::to_string(i) + "::1";
    ASSERT_EQ(strangers.Send("POST", kPreflight, Guess(), From(prefix)).status, 404);
  }
  for (int i = 0; i < kOfAddress; ++i) {
    (void)strangers.Send("POST", kPreflight, Guess(), From("203.0.113.66"));
  }
  ExpectLimited(strangers.Send("POST", kPreflight, Guess(), From("203.0.113.66")));

  HttpClient installer = ledger.Gateways();
  const std::string body = Body(gateway.key, Identity());
  EXPECT_EQ(installer.Send("POST", kPreflight, body, From("203.0.113.7")).status, 200);
  EXPECT_EQ(installer.Send("POST", kRedemption, body, From("203.0.113.7")).status, 201);
}

TEST(LimitsTest, InstallersBehindOneAddressAllSucceed) {
  ContractLedger ledger(LimitLoopback());
  HttpClient client = ledger.Gateways();
  std::string body;
  for (int i = 0; i < kOfAddress + 20; ++i) {
    body = Body(ledger.Add().key, Identity());
    ASSERT_EQ(client.Send("POST", kPreflight, body).status, 200) << i;
    ASSERT_EQ(client.Send("POST", kRedemption, body).status, 201) << i;
    ASSERT_EQ(client.Send("POST", kRedemption, body).status, 200) << i;
  }
  for (int i = 0; i < 2 * kOfGateway; ++i) {  // nor do the repeats of one
    ASSERT_EQ(client.Send("POST", kRedemption, body).status, 200) << i;
  }
  for (int i = 0; i < kOfAddress; ++i) {
    ASSERT_EQ(client.Send("POST", kPreflight, Guess()).status, 404)
        << "something was counted: " << i;
  }
  ExpectLimited(client.Send("POST", kPreflight, Guess()));
}

// A correct key can be tried so often, from any address; requests that succeed pass.
TEST(LimitsTest, AKeyIsTriedSoOften) {
  ContractLedger ledger(TrustLoopback());
  const Added gateway = ledger.Add();
  const Identity identity;
  const std::string body = Body(gateway.key, identity);
  HttpClient client = ledger.Gateways();
  for (int i = 0; i < kOfGateway; ++i) {
    ASSERT_EQ(client.Send("POST", kPreflight, body, From(AddressOf(i))).status, 200) << i;
  }
  ExpectLimited(client.Send("POST", kPreflight, body, From("203.0.113.1")));
  EXPECT_EQ(client.Send("POST", kRedemption, body, From("203.0.113.2")).status, 201);
  EXPECT_EQ(client.Send("POST", kRedemption, body, From("203.0.113.3")).status, 200);
  const std::string other = Body(gateway.key, Identity());
  ExpectLimited(client.Send("POST", kRedemption, other, From("203.0.113.4")));
  ledger.Advance(1s);
  EXPECT_EQ(client.Send("POST", kRedemption, other, From("203.0.113.4")).status, 409);

  // The holder of the old key does not use up tries of the new one.
  const std::string next = Body(ledger.Generate(gateway), Identity());
  EXPECT_EQ(client.Send("POST", kPreflight, next, From("203.0.113.5")).status, 200);
  ExpectLimited(client.Send("POST", kPreflight, body, From("203.0.113.6")));
}

TEST(LimitsTest, AnInvalidSigningRequestIsTriedSoOften) {
  ContractLedger ledger(TrustLoopback());
  const Added gateway = ledger.Add();
  HttpClient client = ledger.Gateways();
  const std::string bad = json::serialize(json::object{{"key", gateway.key}, {"csr", "none"}});
  for (int i = 0; i < kOfGateway; ++i) {
    ASSERT_EQ(client.Send("POST", kRedemption, bad, From(AddressOf(i))).status, 422) << i;
  }
  ExpectLimited(client.Send("POST", kRedemption, bad, From("203.0.113.1")));
  EXPECT_EQ(
      client.Send("POST", kRedemption, Body(gateway.key, Identity()), From("203.0.113.2")).status,
      201);
}

TEST(LimitsTest, WhatTheServerCouldNotDoIsNotCounted) {
  ContractLedger ledger(LimitLoopback());
  const std::string body = Body(ledger.Add().key, Identity());
  HttpClient client = ledger.Gateways();
  ledger.StepClock(5min);
  for (int i = 0; i < kOfAddress + 1; ++i) {
    ASSERT_EQ(client.Send("POST", kRedemption, body).status, 503) << i;
  }
  ledger.StepClock(-5min);
  EXPECT_EQ(client.Send("POST", kRedemption, body).status, 201);
}

// Any mixture, compared with a simple count.
TEST(LimitsTest, OnlyRefusalsAndPreflightsAreCounted) {
  ContractLedger ledger(LimitLoopback());
  SeededRandom random;
  HttpClient client = ledger.Gateways();
  const std::string spent = Body(ledger.Add().key, Identity());
  ASSERT_EQ(client.Send("POST", kRedemption, spent).status, 201);
  constexpr Micros kEach = limits::kKeysOfAddress.each;
  Micros left = kOfAddress * kEach;
  for (int step = 0; step < 500; ++step) {
    SCOPED_TRACE("step " + std::to_string(step) + ", seed " + std::to_string(Seed()));
    const bool allowed = left >= kEach;
    int status = 0;
    bool counted = false;
    switch (random.Below(8)) {
      case 0:
        status = client.Send("POST", kRedemption, Body(ledger.Add().key, Identity())).status;
        ASSERT_EQ(status, allowed ? 201 : 429);
        if (allowed) left = std::min<Micros>(left + kEach, kOfAddress * kEach);  // of its preflight
        break;
      case 1:
        status = client.Send("POST", kRedemption, spent).status;
        ASSERT_EQ(status, allowed ? 200 : 429);
        break;
      case 2: {
        const Micros passed(random.Below(3'000'000));
        ledger.AdvanceClock(passed);
        left = std::min<Micros>(left + passed, kOfAddress * kEach);
        continue;
      }
      default:
        status =
            client.Send("POST", random.Below(2) == 0 ? kPreflight : kRedemption, Guess()).status;
        ASSERT_EQ(status, allowed ? 404 : 429);
        counted = allowed;
    }
    if (counted) left -= kEach;
  }
}

// ---- operators' credentials

TEST(LimitsTest, ABadTokenIsHeldUpAndAGoodOneIsNot) {
  ContractLedger ledger(LimitLoopback());
  HttpClient nobody = ledger.Management();
  nobody.options().token.clear();
  for (int i = 0; i < 2 * kOfSignIn; ++i) {  // a request without credentials does not count
    ASSERT_EQ(nobody.Get("/v1/ledger").status, 401) << i;
  }
  HttpClient guesser = ledger.Management();
  guesser.options().token = "lkop_guessed";
  for (int i = 0; i < kOfSignIn; ++i) ASSERT_EQ(guesser.Get("/v1/ledger").status, 401) << i;
  ExpectLimited(guesser.Get("/v1/ledger"));
  EXPECT_EQ(ledger.Management().Get("/v1/ledger").status, 200);
  EXPECT_EQ(guesser.Get("/healthz").status, 200);
  ledger.Advance(1s);
  EXPECT_EQ(guesser.Get("/v1/ledger").status, 401);
  ExpectLimited(guesser.Get("/v1/nothing"));

  // Keys are another matter.
  EXPECT_EQ(ledger.Gateways().Send("POST", kPreflight, Guess()).status, 404);
}

TEST(LimitsTest, ASignInThatIsWrongIsHeldUpAndARightOneIsNot) {
  ContractLedger ledger(LimitLoopback());
  HttpClient client = ledger.Management();
  const std::string right = std::exchange(client.options().token, "");
  for (int i = 0; i < kOfSignIn; ++i) {
    ASSERT_EQ(client.Post("/v1/session", {{"token", "lkop_guessed"}}).status, 401) << i;
  }
  ExpectLimited(client.Post("/v1/session", {{"token", "lkop_guessed"}}));
  ExpectLimited(client.Post("/v1/session", {{"code", "guessed"}}));
  EXPECT_EQ(client.Post("/v1/session", {{"token", right}}).status, 201);
  client.options().token = "lkop_guessed";
  ExpectLimited(client.Send("DELETE", "/v1/session?everywhere=true"));
}

TEST(LimitsTest, EveryRouteThatTakesATokenHoldsUpBadOnes) {
  ContractLedger ledger(LimitLoopback());
  HttpClient guesser = ledger.Management();
  guesser.options().token = "lkop_guessed";
  for (int i = 0; i < kOfSignIn; ++i) (void)guesser.Get("/v1/ledger");
  for (const Operation& operation : OpenApi::Instance().Operations()) {
    if (operation.listener != Listener::kManagement || !operation.path.starts_with("/v1/"))
      continue;
    if (operation.path.starts_with("/v1/session")) continue;  // for anyone
    SCOPED_TRACE(operation.method + " " + operation.path);
    std::string path = operation.path;
    if (const auto at = path.find('{'); at != std::string::npos) {
      path.replace(at, path.find('}') - at + 1, "1");
    }
    const bool writes = operation.method != "GET";
    ExpectLimited(
        guesser.Send(operation.method, path, writes ? std::optional("{}") : std::nullopt));
  }
}

// ---- behind a proxy

TEST(TrustedProxyTest, NamesWhoAsks) {
  ContractLedger ledger(TrustLoopback());
  EXPECT_EQ(RedeemedFrom(ledger, From("203.0.113.7")), "203.0.113.7");
  EXPECT_EQ(RedeemedFrom(ledger, From("192.0.2.1, 203.0.113.7")), "203.0.113.7");
  EXPECT_EQ(
      RedeemedFrom(ledger, {{"X-Forwarded-For", "192.0.2.1"}, {"x-forwarded-for", "203.0.113.7"}}),
      "203.0.113.7");
  EXPECT_EQ(RedeemedFrom(ledger, {}), "127.0.0.1");
  EXPECT_EQ(RedeemedFrom(ledger, {{"Forwarded", "for=192.0.2.1"}}), "127.0.0.1");
  EXPECT_EQ(RedeemedFrom(ledger, {{"X-Real-IP", "192.0.2.1"}}), "127.0.0.1");
}

TEST(TrustedProxyTest, OneThatIsSetUpWrongIsRefused) {
  ContractLedger ledger(TrustLoopback());
  HttpClient client = ledger.Management();
  EXPECT_EQ(client.Get("/v1/accounts", From("unknown")).Code(), "request_malformed");
  EXPECT_EQ(client.Get("/v1/accounts", From("203.0.113.7")).status, 200);
  EXPECT_EQ(client.Get("/v1/accounts").status, 200) << "one request says nothing of the next";
}

// ---- what is written of it

TEST(LimitsTest, ALimitThatIsMetIsOneLineOfTheLog) {
  std::ostringstream text;
  {
    ContractLedger ledger(LimitLoopback(),
                          api::MakeLogger(std::make_shared<spdlog::sinks::ostream_sink_mt>(text),
                                          spdlog::level::info));
    HttpClient client = ledger.Gateways();
    for (int i = 0; i < kOfAddress + 50; ++i) (void)client.Send("POST", kPreflight, Guess());
  }
  std::map<std::string, int> lines;
  std::istringstream in(text.str());
  for (std::string line; std::getline(in, line);) {
    const json::object object = json::parse(line).as_object();
    ++lines[std::string(object.at("event").as_string())];
    if (object.at("event") != "rate_limited") continue;
    EXPECT_EQ(object.at("limit"), "address");
    EXPECT_EQ(object.at("peer"), "127.0.0.1");
    EXPECT_EQ(object.at("level"), "warning");
  }
  EXPECT_EQ(lines["rate_limited"], 1);
  EXPECT_LE(lines["request"], kOfAddress + 10) << "refusals beyond the limit fill the log";
}

}  // namespace
}  // namespace latchkey::testing
