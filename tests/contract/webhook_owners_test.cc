// Webhooks as their owners see them: secrets, tests, roles, limits.
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/limits.h"
#include "tests/contract/webhooks_fixture.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

TEST_F(WebhooksTest, ShowASecretOnceAndNotToARepeat) {
  HttpClient owner = ledger_.Management();
  const std::string body = R"({"url":")" + receiver_.url() + "\"}";
  const auto add = [&](const std::string& sent) {
    return owner.Send("POST", "/v1/webhooks", sent, {{"Idempotency-Key", "once"}});
  };
  const json::object first = add(body).Json();
  EXPECT_TRUE(first.at("secret").is_string());
  const json::object again = add(body).Json();
  EXPECT_EQ(again.at("id"), first.at("id"));
  EXPECT_TRUE(again.at("secret").is_null());
  EXPECT_EQ(add(R"({"url":"https://a.example/"})").Code(), "idempotency_key_reused");
  const std::string path = "/v1/webhooks/" + std::string(first.at("id").as_string()) + "/rotate";
  const auto rotate = [&](const std::string& key) {
    return owner.Send("POST", path, std::nullopt, {{"Idempotency-Key", key}});
  };
  EXPECT_TRUE(rotate("turn").Json().at("secret").is_string());
  EXPECT_TRUE(rotate("turn").Json().at("secret").is_null());
  EXPECT_EQ(rotate("once").Code(), "idempotency_key_reused");
}

TEST_F(WebhooksTest, AreChangedOnceUnderOneKey) {
  const Made webhook = AddFor("AccountOpened");
  HttpClient owner = ledger_.Management();
  const auto change = [&](const std::string& type) {
    return owner.Send("PATCH", webhook.path(), R"({"types":[")" + type + "\"]}",
                      {{"Idempotency-Key", "once"}});
  };
  const HttpAnswer first = change("KeyRevoked");
  const HttpAnswer again = change("KeyRevoked");
  ASSERT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(again.Json().at("types"), first.Json().at("types"));
  EXPECT_EQ(again.Header("Latchkey-Position"), first.Header("Latchkey-Position"));
  EXPECT_EQ(change("KeyIssued").Code(), "idempotency_key_reused");
}

TEST_F(WebhooksTest, AreTestedOutOfOrder) {
  const Made webhook = AddFor("AccountOpened");
  const auto test = [&] {
    const HttpAnswer answer =
        ledger_.Management().Send("POST", webhook.path() + "/test", std::nullopt);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.Json();
  };
  const json::object good = test();
  EXPECT_EQ(good.at("delivered"), true);
  EXPECT_EQ(good.at("status"), 200);
  const Received sent = receiver_.Await(1).at(0);
  EXPECT_TRUE(IsSignedBy(sent, webhook.secret));
  EXPECT_EQ(sent.Event().at("type"), "WebhookTest");
  EXPECT_EQ(sent.Event().at("data").as_object().at("webhook"), json::value(webhook.id));
  receiver_.Answer({.status = 503});
  const json::object bad = test();
  EXPECT_EQ(bad.at("delivered"), false);
  EXPECT_EQ(bad.at("status"), 503);
  EXPECT_EQ(bad.at("detail"), "The receiver answered 503.");
  receiver_.Answer({.how = Reply::How::kCut});
  EXPECT_TRUE(test().at("status").is_null());
  EXPECT_EQ(Shown(webhook).at("state"), "active") << "a test is no event";
}

TEST_F(WebhooksTest, AreTestedOnlySoOften) {
  const Made webhook = AddFor("AccountOpened");
  HttpClient owner = ledger_.Management();
  const auto test = [&] { return owner.Send("POST", webhook.path() + "/test", std::nullopt); };
  const auto began = std::chrono::steady_clock::now();
  std::size_t sent = 0;
  while (test().status == 200) ++sent;
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_GE(sent, 10u);
  EXPECT_LE(sent, 11 + took / 1s) << "ten at once, and one more each second";
  EXPECT_EQ(test().Code(), "rate_limited");
  EXPECT_EQ(receiver_.received().size(), sent);
}

TEST_F(WebhooksTest, AreSeenByOwnersOfAllTheirAccounts) {
  const Made all = AddFor("AccountOpened");
  const Made acme = Add({{"accounts", json::array{"acme"}}});
  HttpClient owner = ledger_.Management(ledger_.CreateToken("owner", {"acme"}));
  EXPECT_EQ(owner.Get(all.path()).Code(), "not_found");
  EXPECT_EQ(owner.Get(acme.path()).status, 200);
  const json::object listed = owner.Get("/v1/webhooks").Json();
  ASSERT_EQ(listed.at("webhooks").as_array().size(), 1u);
  EXPECT_EQ(ledger_.Management().Get("/v1/webhooks").Json().at("webhooks").as_array().size(), 2u);
  const json::object everything{{"url", receiver_.url()}};
  EXPECT_EQ(owner.Post("/v1/webhooks", everything).Code(), "forbidden");
  EXPECT_EQ(owner.Send("PATCH", acme.path(), R"({"accounts":null})").Code(), "forbidden");
  const std::string other = ledger_.NewAccount();
  EXPECT_EQ(owner.Send("PATCH", acme.path(), R"({"accounts":[")" + other + "\"]}").Code(),
            "not_found");
  EXPECT_EQ(ledger_.Management(ledger_.CreateToken("operator")).Get("/v1/webhooks").Code(),
            "forbidden");
}

TEST_F(WebhooksTest, AreBoundedInNumber) {
  for (std::uint64_t i = 0; i < ledger_limits::kMaxWebhooks; ++i) AddFor("KeyRevoked");
  HttpClient owner = ledger_.Management();
  const json::object one{{"url", receiver_.url()}};
  EXPECT_EQ(owner.Post("/v1/webhooks", one).Code(), "too_many_webhooks");
  ASSERT_EQ(owner.Send("DELETE", "/v1/webhooks/whk_00000001").status, 204);
  EXPECT_EQ(owner.Get("/v1/webhooks/whk_00000001").status, 404);
  EXPECT_EQ(owner.Post("/v1/webhooks", one).status, 201);
}

TEST_F(WebhooksTest, ThatWereRemovedSendNothing) {
  const Made webhook = AddFor("AccountOpened");
  ASSERT_EQ(ledger_.Management().Send("DELETE", webhook.path()).status, 204);
  const Made next = AddFor("AccountOpened");
  Open(1);
  receiver_.Await(1);
  AwaitShown(next, "state", "active");
  EXPECT_EQ(receiver_.received().size(), 1u);
  EXPECT_TRUE(IsSignedBy(receiver_.received().at(0), next.secret));
}

TEST_F(WebhooksTest, RefuseWhatIsNotValidAtItsPlace) {
  HttpClient owner = ledger_.Management();
  struct Row {
    json::object body;
    const char* pointer;
  };
  const Row rows[] = {
      {{}, "/url"},
      {{{"url", 5}}, "/url"},
      {{{"url", "https://a.example/"}, {"types", json::array{"Nothing"}}}, "/types"},
      {{{"url", "https://a.example/"}, {"types", json::array{}}}, "/types"},
      {{{"url", "https://a.example/"}, {"accounts", json::array{}}}, "/accounts"},
      {{{"url", "https://a.example/"}, {"secret", "mine"}}, "/secret"}};
  for (const Row& row : rows) {
    const HttpAnswer answer = owner.Post("/v1/webhooks", row.body);
    EXPECT_EQ(answer.status, 422) << json::serialize(row.body);
    EXPECT_NE(answer.body.find('"' + std::string(row.pointer) + '"'), std::string::npos)
        << answer.body;
  }
  const Made webhook = AddFor("AccountOpened");
  const json::object unknown{{"url", "https://a.example/"}, {"accounts", json::array{"nobody"}}};
  EXPECT_EQ(owner.Post("/v1/webhooks", unknown).Code(), "not_found");
  EXPECT_EQ(Replay(webhook, "nothing").status, 422);
  EXPECT_EQ(Replay(webhook, "0000000000000000-1").Code(), "position_unknown");
  EXPECT_EQ(Replay(webhook, ledger_.epoch() + "-999999").Code(), "position_unknown");
}

}  // namespace
}  // namespace latchkey::testing
