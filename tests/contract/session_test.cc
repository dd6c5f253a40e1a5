// Sessions on the management listener: how they begin, what their cookie allows, what ends them;
// and that the cookie alone is not enough on any route that changes something.
#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>

#include "api/http/limits.h"
#include "api/router.h"
#include "tests/contract/browser.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

void ExpectRefused(const HttpAnswer& answer, int status, const std::string& code) {
  EXPECT_EQ(answer.status, status) << answer.body;
  EXPECT_EQ(answer.Code(), code);
}

TEST(SessionTest, IsNullUntilSomeoneSignsIn) {
  Browser browser;
  const json::object answer = browser.Get("/v1/session").Json();
  EXPECT_TRUE(answer.at("session").is_null());
  EXPECT_TRUE(answer.at("provider").is_null());
}

TEST(SessionTest, SaysWhoIsSignedInAndUntilWhen) {
  const std::string account = Ledger().NewAccount();
  const NewToken token = Ledger().CreateToken("helpdesk", {account}, 1h);
  Browser browser;
  const HttpAnswer signed_in = browser.SignIn(token);
  const json::object session = browser.Session().as_object();
  EXPECT_EQ(signed_in.Json().at("session"), session);
  const json::object& who = session.at("operator").as_object();
  EXPECT_EQ(who.at("kind"), "token");
  EXPECT_EQ(who.at("id").as_string(), token.id);
  EXPECT_EQ(who.at("role"), "helpdesk");
  EXPECT_EQ(who.at("accounts"), json::array{json::string(account)});
  EXPECT_EQ(who.at("expires_at"), session.at("expires_at")) << "the token ends before 12 hours do";
  EXPECT_LT(session.at("idle_expires_at").as_string(), session.at("expires_at").as_string());
  EXPECT_EQ(browser.Get("/v1/tokens/self").Json().at("id").as_string(), token.id);
}

TEST(SessionTest, ActsAsItsTokenDoes) {
  const NewToken token = Ledger().CreateToken("operator");
  Browser browser(token);
  const std::string name = Ledger().NewName();
  const HttpAnswer added = browser.Send("POST", "/v1/accounts/acme/gateways",
                                        json::serialize(json::object{{"name", name}}));
  EXPECT_EQ(added.status, 201) << added.body;
  const json::object page = Ledger().Management().Get("/v1/events?order=desc&limit=1").Json();
  EXPECT_EQ(page.at("events").at(0).at("actor").as_string(), "token:" + token.id);
  ExpectRefused(browser.Send("POST", "/v1/tokens", R"({"name":"Ada","role":"owner"})"), 403,
                "forbidden");
}

TEST(SessionTest, AndItsTokenShareTheirIdempotencyKeys) {
  const NewToken token = Ledger().CreateToken("operator");
  const std::string body = json::serialize(json::object{{"name", Ledger().NewName()}});
  const std::string path = "/v1/accounts/acme/gateways";
  Browser browser(token);
  Headers headers = browser.Sent(true);
  headers.emplace_back("Idempotency-Key", "once");
  const HttpAnswer first = browser.client().Send("POST", path, body, headers);
  const HttpAnswer again =
      Ledger().Management(token).Send("POST", path, body, {{"Idempotency-Key", "once"}});
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(again.body, first.body);
  Browser other(Ledger().CreateToken("operator"));
  Headers of_other = other.Sent(true);
  of_other.emplace_back("Idempotency-Key", "once");
  EXPECT_EQ(other.client().Send("POST", path, body, of_other).Code(), "name_taken");
}

TEST(SessionTest, ATokenTakesPrecedenceOverTheCookie) {
  Browser browser(Ledger().CreateToken("auditor"));
  const NewToken other = Ledger().CreateToken("operator");
  Headers headers = browser.Sent(false);
  headers.emplace_back("Authorization", "Bearer " + other.secret);
  EXPECT_EQ(browser.client().Get("/v1/tokens/self", headers).Json().at("id").as_string(), other.id);
  headers.back().second = "Bearer wrong";
  ExpectRefused(browser.client().Get("/v1/tokens/self", headers), 401, "unauthenticated");
  EXPECT_TRUE(browser.client().Get("/v1/session", headers).Json().at("session").is_null());
}

TEST(SessionTest, IsNotBegunByAWrongTokenOrCode) {
  Browser browser;
  const auto sign_in = [&](const std::string& body) {
    return browser.client().Send("POST", "/v1/session", body);
  };
  for (const std::string body :
       {R"({"token":""})", R"({"token":"lkop_"})", R"({"code":""})",
        R"({"code":"0000000000000000000000000000000000000000000000000000"})"}) {
    const HttpAnswer answer = sign_in(body);
    ExpectRefused(answer, 401, "unauthenticated");
    EXPECT_FALSE(answer.Header("Set-Cookie"));
  }
  for (const std::string body : {"{}", R"({"token":"a","code":"b"})", R"({"token":1})",
                                 R"({"token":"a","remember":true})"}) {
    ExpectRefused(sign_in(body), 422, "validation_failed");
  }
}

TEST(SessionTest, IsNotBegunByAPageFromElsewhere) {
  const std::string body =
      json::serialize(json::object{{"token", Ledger().CreateToken("auditor").secret}});
  Browser browser;
  for (const Headers& headers :
       {Headers{{"Sec-Fetch-Site", "cross-site"}}, Headers{{"Sec-Fetch-Site", "same-site"}},
        Headers{{"Origin", "https://evil.example"}}, Headers{{"Origin", "null"}}}) {
    const HttpAnswer answer = browser.client().Send("POST", "/v1/session", body, headers);
    ExpectRefused(answer, 403, "csrf_rejected");
    EXPECT_FALSE(answer.Header("Set-Cookie"));
  }
}

TEST(SessionTest, EndsTheOneThatTheBrowserHadBefore) {
  Browser browser(Ledger().CreateToken("auditor"));
  Browser before = Browser();
  before.cookie = browser.cookie;
  browser.SignIn(Ledger().CreateToken("auditor"));
  EXPECT_NE(browser.cookie, before.cookie);
  EXPECT_FALSE(browser.Session().is_null());
  EXPECT_TRUE(before.Session().is_null());
}

TEST(SessionTest, EndsWhenItIsIdleOrAfterTwelveHours) {
  Browser idle(Ledger().CreateToken("auditor"));
  Browser used(Ledger().CreateToken("auditor"));
  const auto half = api::limits::kSessionIdleTime / 2;
  Ledger().Advance(half);
  EXPECT_FALSE(idle.Session().is_null());
  EXPECT_EQ(used.Get("/v1/tokens/self").status, 200);
  Ledger().Advance(half);
  EXPECT_TRUE(idle.Session().is_null());
  ExpectRefused(idle.Get("/v1/tokens/self"), 401, "unauthenticated");
  for (std::chrono::seconds lived = 2 * half; lived < api::limits::kSessionLife; lived += half) {
    ASSERT_EQ(used.Get("/v1/tokens/self").status, 200);
    Ledger().Advance(half);
  }
  ExpectRefused(used.Get("/v1/tokens/self"), 401, "unauthenticated");
}

// On open connections too, with the next request.
TEST(SessionTest, EndsWithItsToken) {
  const auto path = [](const NewToken& token) { return "/v1/tokens/" + token.id; };
  const NewToken revoked = Ledger().CreateToken("owner");
  const NewToken rotated = Ledger().CreateToken("owner");
  const NewToken expired = Ledger().CreateToken("owner", {}, 10s);
  Browser browsers[] = {Browser(revoked), Browser(rotated), Browser(expired)};
  for (Browser& browser : browsers) EXPECT_EQ(browser.Get("/v1/tokens").status, 200);
  EXPECT_EQ(Ledger().Management().Send("DELETE", path(revoked)).status, 204);
  EXPECT_EQ(Ledger().Management().Send("POST", path(rotated) + "/rotate").status, 200);
  Ledger().Advance(10s);
  for (Browser& browser : browsers) {
    EXPECT_TRUE(browser.client().connected());
    ExpectRefused(browser.Get("/v1/tokens"), 401, "unauthenticated");
    EXPECT_TRUE(browser.Session().is_null());
  }
  // Also when the token gets a later expiry.
  EXPECT_EQ(
      Ledger().Management().Post(path(expired) + "/rotate", {{"expires_in_seconds", 60}}).status,
      200);
  EXPECT_TRUE(browsers[2].Session().is_null());
}

TEST(SessionTest, IsEndedBySigningOut) {
  const NewToken token = Ledger().CreateToken("auditor");
  Browser here(token);
  Browser there(token);
  Browser other(Ledger().CreateToken("auditor"));
  EXPECT_EQ(here.Send("DELETE", "/v1/session").status, 204);
  EXPECT_TRUE(here.Session().is_null());
  EXPECT_FALSE(there.Session().is_null());
  EXPECT_EQ(here.Send("DELETE", "/v1/session").status, 204) << "signed out already";
  ExpectRefused(here.Send("DELETE", "/v1/session?everywhere=true"), 401, "unauthenticated");
  ExpectRefused(there.Send("DELETE", "/v1/session?everywhere=yes"), 422, "validation_failed");
  EXPECT_FALSE(there.Session().is_null());
  here.SignIn(token);
  EXPECT_EQ(here.Send("DELETE", "/v1/session?everywhere=true").status, 204);
  EXPECT_TRUE(here.Session().is_null());
  EXPECT_TRUE(there.Session().is_null());
  EXPECT_FALSE(other.Session().is_null());
  // With the token itself too, which needs no session.
  there.SignIn(token);
  EXPECT_EQ(Ledger().Management(token).Send("DELETE", "/v1/session?everywhere=true").status, 204);
  EXPECT_TRUE(there.Session().is_null());
}

TEST(SessionTest, EndsItsStreamsAtOnce) {
  for (const std::string everywhere : {"", "?everywhere=true"}) {
    const NewToken token = Ledger().CreateToken("auditor");
    Browser browser(token);
    Browser stream = Browser();
    stream.cookie = browser.cookie;
    std::string head = "GET /v1/events/stream HTTP/1.1\r\nHost: localhost\r\nCookie: ";
    stream.client().SendRaw(head + stream.cookie + "\r\n\r\n");
    EXPECT_EQ(stream.client().ReceiveHead("GET", "/v1/events/stream").status, 200);
    EXPECT_EQ(browser.Send("DELETE", "/v1/session" + everywhere).status, 204);
    EXPECT_TRUE(stream.client().WaitForClose());
  }
}

TEST(SessionTest, IsWorthNothingToAnotherSite) {
  Browser browser(Ledger().CreateToken("owner"));
  browser.site = "cross-site";
  ExpectRefused(browser.Get("/v1/tokens"), 401, "unauthenticated");
  EXPECT_TRUE(browser.Session().is_null());
  ExpectRefused(browser.Send("PUT", "/v1/accounts/acme", "{}"), 401, "unauthenticated");
  browser.site = "same-origin";
  EXPECT_EQ(browser.Get("/v1/tokens").status, 200) << "and nothing is lost";
}

class EveryWriteTest : public ::testing::TestWithParam<const api::Route*> {};

// Every route that changes something, with an owner's cookie: requests that a page from elsewhere
// can make a browser send are refused, whatever is missing or wrong.
TEST_P(EveryWriteTest, NeedsMoreThanTheCookie) {
  static const NewToken owner = Ledger().CreateToken("owner");
  static Browser browser(owner);
  const api::Route& route = *GetParam();
  std::string path(route.pattern);
  for (const auto& [name, value] :
       {std::pair("{account}", Ledger().account()), std::pair("{gateway}", Ledger().Add().id),
        std::pair("{token}", Ledger().CreateToken("auditor").id),
        std::pair("{session}", std::string("ses_00000000000000000000000000"))}) {
    const std::size_t at = path.find(name);
    if (at != std::string::npos) path.replace(at, std::string_view(name).size(), value);
  }
  const std::string good_origin =
      "https://localhost:" + std::to_string(browser.client().options().port);
  const Headers attempts[] = {
      {},
      {{"X-CSRF-Token", browser.csrf_token}},
      {{"Origin", good_origin}},
      {{"Sec-Fetch-Site", "same-origin"}},
      {{"Sec-Fetch-Site", "same-origin"}, {"X-CSRF-Token", "wrong"}},
      {{"Sec-Fetch-Site", "same-site"}, {"X-CSRF-Token", browser.csrf_token}},
      {{"Sec-Fetch-Site", "none"}, {"X-CSRF-Token", browser.csrf_token}},
      {{"Origin", "https://evil.example"}, {"X-CSRF-Token", browser.csrf_token}},
      {{"Origin", "null"}, {"X-CSRF-Token", browser.csrf_token}},
      {{"Sec-Fetch-Site", "same-origin"},
       {"Origin", "https://evil.example"},
       {"X-CSRF-Token", browser.csrf_token}},
  };
  const std::string before = Ledger().position();
  const std::string method(api::MethodName(route.method));
  for (Headers headers : attempts) {
    headers.emplace_back("Cookie", browser.cookie);
    ExpectRefused(browser.client().Send(method, path, "{}", headers), 403, "csrf_rejected");
  }
  EXPECT_EQ(Ledger().position(), before) << "something happened";
  // With an Origin instead of Sec-Fetch-Site, as older browsers send, it goes through.
  const Headers meant = {
      {"Cookie", browser.cookie}, {"Origin", good_origin}, {"X-CSRF-Token", browser.csrf_token}};
  if (route.pattern == "/v1/session") return;  // would end it
  EXPECT_NE(browser.client().Send(method, path, "{}", meant).Code(), "csrf_rejected");
}

std::vector<const api::Route*> Writes() {
  std::vector<const api::Route*> writes;
  for (const auto& [route, handler] : api::ManagementRoutes()) {
    if (route.writes() &&
        (route.who == api::Who::kOperator || route.method == api::Method::kDelete)) {
      writes.push_back(&route);
    }
  }
  return writes;
}

INSTANTIATE_TEST_SUITE_P(Routes, EveryWriteTest, ::testing::ValuesIn(Writes()),
                         [](const ::testing::TestParamInfo<const api::Route*>& row) {
                           std::string name(api::MethodName(row.param->method));
                           for (const char c : row.param->pattern) {
                             name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
                           }
                           return name;
                         });

}  // namespace
}  // namespace latchkey::testing
