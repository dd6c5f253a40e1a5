// What receivers of webhooks get, and what becomes of it. The rules are rows of
// tests/core/domain/webhooks_test.cc, and which addresses are of the Internet one of
// tests/core/http.
#include <set>

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "api/http/limits.h"
#include "tests/contract/webhooks_fixture.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using How = Reply::How;

TEST_F(WebhooksTest, TellOfEventsInOrderAndSigned) {
  const Made webhook = Add({{"types", json::array{"GatewayAdded", "KeyRedeemed"}}});
  const Added gateway = ledger_.Add();
  ledger_.Install(gateway);
  const std::vector<Received> all = receiver_.Await(2);
  ASSERT_EQ(all.size(), 2u);
  std::set<std::string> ids;
  for (const Received& one : all) {
    EXPECT_EQ(one.target, "/in?x=1");
    EXPECT_EQ(one.type, "application/cloudevents+json");
    EXPECT_TRUE(IsSignedBy(one, webhook.secret));
    EXPECT_FALSE(IsSignedBy(one, "whsec_" + std::string(43, 'A') + "="));
    const json::object event = one.Event();
    EXPECT_EQ(event.at("specversion"), "1.0");
    EXPECT_EQ(event.at("id"), json::value(one.id));
    EXPECT_EQ(event.at("subject"), json::value(gateway.id));
    EXPECT_EQ(event.at("datacontenttype"), "application/json");
    EXPECT_EQ(event.at("type"), event.at("data").as_object().at("type"));
    EXPECT_EQ(event.at("time"), event.at("data").as_object().at("time"));
    EXPECT_TRUE(event.at("data").as_object().at("gateway_name").is_string());
    EXPECT_EQ(one.connection, all[0].connection) << "one connection carries all";
    ids.insert(one.id);
  }
  EXPECT_EQ(ids.size(), 2u);
  EXPECT_EQ(all[0].Event().at("type"), "GatewayAdded");
  EXPECT_EQ(all[1].Event().at("type"), "KeyRedeemed");
  AwaitAttempt(webhook, all[1].id);
  const json::object shown = Shown(webhook);
  EXPECT_EQ(shown.at("state"), "active");
  EXPECT_EQ(shown.at("last_attempt").as_object().at("status"), 200);
  EXPECT_TRUE(shown.at("last_attempt").as_object().at("detail").is_null());
  EXPECT_FALSE(shown.contains("secret"));
  EXPECT_EQ(shown.at("refused").as_array().size(), 0u);
}

TEST_F(WebhooksTest, TellOfTheUsualUnlessTheyAreToldOtherwise) {
  const Made webhook = Add({});
  EXPECT_EQ(json::serialize(Shown(webhook).at("types")),
            R"(["GatewayConnected","GatewayDisconnected","RedemptionRefused","InstallationFailed",)"
            R"("CertificateSharedSuspected"])");
  EXPECT_TRUE(Shown(webhook).at("accounts").is_null());
  ledger_.Install(ledger_.Add());
  EXPECT_EQ(receiver_.Await(1).at(0).Event().at("type"), "GatewayConnected");
}

TEST_F(WebhooksTest, TellOfTheirAccountsAlone) {
  const std::string other = ledger_.NewAccount();
  Add({{"types", json::array{"GatewayAdded", "OperatorTokenCreated"}},
       {"accounts", json::array{other}}});
  ledger_.Add();
  ledger_.CreateToken("auditor");
  ledger_.Add(other);
  const std::vector<Received> all = receiver_.Await(1);
  EXPECT_EQ(AccountsIn(all), std::vector{other});
}

TEST_F(WebhooksTest, GoOnAfterAChangeWithOtherEvents) {
  const Made webhook = AddFor("AccountOpened");
  Open(1);
  receiver_.Await(1);
  ledger_.Add();
  AwaitShown(webhook, "position", json::value(ledger_.position()));
  HttpClient owner = ledger_.Management();
  const HttpAnswer changed =
      owner.Send("PATCH", webhook.path(), R"({"types":["GatewayAdded"],"accounts":["acme"]})");
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(changed.Json().at("accounts"), json::value(json::array{"acme"}));
  EXPECT_EQ(changed.Json().at("url"), json::value(receiver_.url()));
  Open(1);
  const Added later = ledger_.Add();
  const std::vector<Received> all = receiver_.Await(2);
  EXPECT_EQ(all.at(1).Event().at("type"), "GatewayAdded");
  EXPECT_EQ(all.at(1).Event().at("subject"), json::value(later.id)) << "and not what was before";
  // Null is said on purpose.
  const HttpAnswer usual = owner.Send("PATCH", webhook.path(), R"({"types":null,"accounts":null})");
  EXPECT_EQ(usual.Json().at("types").as_array().size(), 5u);
  EXPECT_TRUE(usual.Json().at("accounts").is_null());
}

TEST_F(WebhooksTest, ListWhatIsRefusedForGoodAndGoOn) {
  const Made webhook = AddFor("AccountOpened");
  const int statuses[] = {400, 401, 404, 410, 413, 422, 451, 499};
  receiver_.AnswerBy([&](std::size_t request) {
    return Reply{.status = request < std::size(statuses) ? statuses[request] : 200};
  });
  const std::vector<std::string> accounts = Open(std::size(statuses) + 1);
  const std::vector<Received> all = receiver_.Await(accounts.size());
  EXPECT_EQ(AccountsIn(all), accounts) << "each once, in order";
  AwaitAttempt(webhook, all.back().id);
  const json::array refused = Shown(webhook).at("refused").as_array();
  ASSERT_EQ(refused.size(), std::size(statuses));
  for (std::size_t i = 0; i < refused.size(); ++i) {
    const json::object& one = refused[refused.size() - 1 - i].as_object();
    EXPECT_EQ(one.at("status"), statuses[i]);
    EXPECT_EQ(one.at("event"), json::value(all[i].id));
    EXPECT_EQ(one.at("type"), "AccountOpened");
  }
  // Replayed they come again, and are no longer refused.
  const HttpAnswer replayed = Replay(webhook, all[0].id);
  ASSERT_EQ(replayed.status, 200) << replayed.body;
  const std::vector<Received> again = receiver_.Await(2 * accounts.size() - 1);
  EXPECT_EQ(again.at(accounts.size()).id, all[1].id) << "after the position that was given";
  EXPECT_EQ(Shown(webhook).at("refused").as_array().size(), 1u);
}

TEST_F(WebhooksTest, KeepABoundedListOfWhatWasRefused) {
  const Made webhook = AddFor("AccountOpened");
  receiver_.Answer({.status = 400});
  const std::vector<std::string> accounts = Open(api::limits::kRefusedKept + 5);
  const std::vector<Received> all = receiver_.Await(accounts.size());
  AwaitAttempt(webhook, all.back().id);
  const json::array refused = Shown(webhook).at("refused").as_array();
  EXPECT_EQ(refused.size(), api::limits::kRefusedKept);
  EXPECT_EQ(refused[0].as_object().at("event"), json::value(all.back().id));
}

TEST_F(WebhooksTest, TryAgainWhatWasNotTaken) {
  AddFor("AccountOpened");
  const std::vector<Reply> bad = {{.status = 302, .headers = {{"Location", receiver_.url()}}},
                                  {.status = 408},
                                  {.status = 425},
                                  {.status = 429},
                                  {.status = 500},
                                  {.status = 503, .body_bytes = 1u << 20, .close = true},
                                  {.how = How::kCut},
                                  {.how = How::kHalf},
                                  {.how = How::kSilent}};
  receiver_.AnswerBy(
      [&](std::size_t request) { return request < bad.size() ? bad[request] : Reply(); });
  const std::vector<std::string> accounts = Open(2);
  const std::vector<Received> all = receiver_.Await(bad.size() + 2);
  ASSERT_EQ(all.size(), bad.size() + 2);
  for (std::size_t i = 1; i <= bad.size(); ++i) EXPECT_EQ(all[i].id, all[0].id) << i;
  EXPECT_EQ(AccountsIn(all).back(), accounts[1]) << "and only then the next";
}

TEST_F(WebhooksTest, TakeALongAnswerByItsStatus) {
  const Made webhook = AddFor("AccountOpened");
  receiver_.Answer({.body_bytes = 8u << 20});
  const std::vector<std::string> accounts = Open(2);
  EXPECT_EQ(AccountsIn(receiver_.Await(2)), accounts);
  AwaitShown(webhook, "state", "active");
}

TEST_F(WebhooksTest, WaitAsLongAsTheReceiverAsks) {
  AddFor("AccountOpened");
  receiver_.AnswerBy([](std::size_t request) {
    return request == 0 ? Reply{.status = 429, .headers = {{"Retry-After", "3600"}}} : Reply();
  });
  const auto began = std::chrono::steady_clock::now();
  Open(1);
  receiver_.Await(2);
  // At most Quick().retry_most, less a fifth.
  EXPECT_GE(std::chrono::steady_clock::now() - began, 160ms);
}

TEST_F(WebhooksTest, PauseAfterThreeDaysAndGoOnWhenReplayed) {
  const Made webhook = AddFor("AccountOpened");
  receiver_.Answer({.status = 500});
  const std::vector<std::string> accounts = Open(1);
  AwaitShown(webhook, "state", "failing");
  EXPECT_TRUE(Shown(webhook).at("failing_since").is_string());
  EXPECT_EQ(Shown(webhook).at("last_attempt").as_object().at("detail"),
            "The receiver answered 500.");
  ledger_.AdvanceClock(72h);
  AwaitShown(webhook, "state", "paused");
  EXPECT_TRUE(Shown(webhook).at("next_attempt_at").is_null());
  const std::string metrics = ledger_.Management().Get("/metrics").body;
  EXPECT_NE(metrics.find("latchkey_webhooks{state=\"paused\"} 1\n"), std::string::npos);
  receiver_.Answer({});
  const std::size_t so_far = receiver_.received().size();
  ASSERT_EQ(Replay(webhook, std::string(Shown(webhook).at("position").as_string())).status, 200);
  EXPECT_EQ(AccountsIn(receiver_.Await(so_far + 1)).back(), accounts[0]);
  AwaitShown(webhook, "state", "active");
}

TEST_F(WebhooksTest, SignWithBothSecretsForADayAfterARotation) {
  const Made webhook = AddFor("AccountOpened");
  const HttpAnswer rotated =
      ledger_.Management().Send("POST", webhook.path() + "/rotate", std::nullopt);
  ASSERT_EQ(rotated.status, 200) << rotated.body;
  EXPECT_EQ(rotated.Header("Cache-Control"), "no-store");
  const std::string secret(rotated.Json().at("secret").as_string());
  EXPECT_NE(secret, webhook.secret);
  EXPECT_TRUE(Shown(webhook).at("previous_secret_until").is_string());
  Open(1);
  const Received both = receiver_.Await(1).at(0);
  EXPECT_TRUE(IsSignedBy(both, secret));
  EXPECT_TRUE(IsSignedBy(both, webhook.secret));
  ledger_.Advance(24h);
  EXPECT_TRUE(Shown(webhook).at("previous_secret_until").is_null());
  Open(1);
  const Received one = receiver_.Await(2).at(1);
  EXPECT_TRUE(IsSignedBy(one, secret));
  EXPECT_FALSE(IsSignedBy(one, webhook.secret));
}

// How it fares goes on meanwhile, so the answers are alike in what was asked for.
TEST_F(WebhooksTest, OfADeadReceiverDelayNothingElse) {
  Receiver other(CaDirectory() / "other.pem");  // nobody trusts it
  AddFor("AccountOpened");
  const Made dead = Add({{"url", other.url()}, {"types", json::array{"AccountOpened"}}});
  const std::vector<std::string> accounts = Open(50);
  EXPECT_EQ(AccountsIn(receiver_.Await(50)), accounts);
  AwaitShown(dead, "state", "failing");
  const std::string detail(Shown(dead).at("last_attempt").as_object().at("detail").as_string());
  EXPECT_NE(detail.find("cannot be trusted"), std::string::npos) << detail;
  EXPECT_EQ(other.received().size(), 0u);
}

TEST_F(WebhooksTest, AreNotSentToOtherPlacesThanTheInternet) {
  const Made webhook = AddFor("AccountOpened");
  ledger_.Restart({});
  HttpClient owner = ledger_.Management();
  for (const char* url :
       {"https://127.0.0.1/", "https://localhost/", "https://10.0.0.1/", "https://[::1]/",
        "https://[::ffff:127.0.0.1]/", "https://169.254.169.254/latest", "https://2130706433/",
        "https://0x7f.1/", "https://0/", "http://example.com/", "https://u:p@example.com/"}) {
    const json::object body{{"url", url}};
    const HttpAnswer added = owner.Post("/v1/webhooks", body);
    EXPECT_EQ(added.status, 422) << url;
    EXPECT_NE(added.body.find("\"/url\""), std::string::npos) << added.body;
    EXPECT_EQ(owner.Send("PATCH", webhook.path(), json::serialize(body)).status, 422) << url;
  }
  // One that leads there all the same is found out at the connection.
  const std::size_t before = receiver_.connections();
  Open(1);
  AwaitShown(webhook, "state", "failing");
  const std::string detail(Shown(webhook).at("last_attempt").as_object().at("detail").as_string());
  EXPECT_NE(detail.find("its address is not one that this server may connect to"),
            std::string::npos)
      << detail;
  EXPECT_EQ(receiver_.connections(), before);
  // And goes out as soon as it may.
  ledger_.Restart({*Network::Parse("127.0.0.0/8")});
  receiver_.Await(1);
}

TEST_F(WebhooksTest, GoOnWhereTheyStoodAfterARestart) {
  const Made webhook = AddFor("AccountOpened");
  Open(3);
  const std::vector<Received> before = receiver_.Await(3);
  AwaitAttempt(webhook, before.back().id);
  ledger_.Restart({*Network::Parse("127.0.0.0/8")});
  const std::vector<std::string> accounts = Open(1);
  const std::vector<Received> all = receiver_.Await(4);
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(AccountsIn(all).back(), accounts[0]);
}

TEST_F(WebhooksTest, WaitForANewSecretAfterARestore) {
  const Made webhook = AddFor("AccountOpened");
  Open(1);
  receiver_.Await(1);
  ledger_.BackUp();
  Open(1);
  receiver_.Await(2);
  ledger_.Restore();
  EXPECT_EQ(Shown(webhook).at("state"), "needs_rotation");
  const std::vector<std::string> accounts = Open(1);
  const HttpAnswer test = ledger_.Management().Send("POST", webhook.path() + "/test", std::nullopt);
  EXPECT_EQ(test.Json().at("delivered"), false);
  EXPECT_EQ(test.Json().at("detail"), "The secret is void. Rotate it.");
  EXPECT_EQ(receiver_.received().size(), 2u);
  const HttpAnswer rotated =
      ledger_.Management().Send("POST", webhook.path() + "/rotate", std::nullopt);
  const std::string secret(rotated.Json().at("secret").as_string());
  EXPECT_TRUE(rotated.Json().at("previous_secret_until").is_null());
  const std::vector<Received> all = receiver_.Await(3);
  EXPECT_EQ(AccountsIn(all).back(), accounts[0]) << "all since the restore";
  EXPECT_TRUE(IsSignedBy(all.back(), secret));
  EXPECT_FALSE(IsSignedBy(all.back(), webhook.secret));
}

}  // namespace
}  // namespace latchkey::testing
