// Sessions as others see and end them, and what a restart, a restore and a rotation leave of them.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "api/http/limits.h"
#include "tests/contract/browser.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

json::array SessionsSeen(HttpClient& client, const std::string& query = "?limit=1000") {
  const HttpAnswer answer = client.Get("/v1/sessions" + query);
  EXPECT_EQ(answer.status, 200) << answer.body;
  return answer.status == 200 ? answer.Json().at("sessions").as_array() : json::array();
}

json::array SessionsSeen(HttpClient&& client, const std::string& query = "?limit=1000") {
  return SessionsSeen(client, query);
}

std::string Of(const json::value& session) {
  return std::string(session.at("operator").at("id").as_string());
}
std::string IdOf(const json::value& session) { return std::string(session.at("id").as_string()); }

std::set<std::string> Operators(const json::array& sessions) {
  std::set<std::string> all;
  for (const json::value& session : sessions) all.insert(Of(session));
  return all;
}

TEST(ListedSessionsTest, SayWhoWhenAndFromWhere) {
  const std::string account = Ledger().NewAccount();
  const NewToken token = Ledger().CreateToken("helpdesk", {account}, 1h);
  Browser browser;
  Headers headers = browser.Sent(false);
  headers.emplace_back("User-Agent", "Browser/1 \xC2\x9B" + std::string(300, 'x'));
  browser.Take(browser.client().Post("/v1/session", {{"token", token.secret}}, headers));
  Ledger().Advance(90s);
  EXPECT_EQ(browser.Get("/v1/accounts").status, 200);
  const json::object session = browser.Session().as_object();
  const json::array seen = browser.Get("/v1/sessions").Json().at("sessions").as_array();
  ASSERT_EQ(seen.size(), 1u);
  const json::object& one = seen[0].as_object();
  EXPECT_EQ(one.at("operator"), session.at("operator"));
  EXPECT_EQ(one.at("signed_in_at"), session.at("signed_in_at"));
  EXPECT_EQ(one.at("ends_at"), session.at("expires_at"));
  EXPECT_LT(one.at("signed_in_at").as_string(), one.at("last_used_at").as_string());
  EXPECT_EQ(one.at("from"), "127.0.0.1");
  EXPECT_EQ(one.at("current"), true);
  const std::string agent(one.at("agent").as_string());
  EXPECT_TRUE(agent.starts_with("Browser/1 ?x")) << agent;
  EXPECT_TRUE(agent.ends_with("x…")) << agent;
  EXPECT_LE(agent.size(), 200u);
  // From elsewhere it is the same, but not the current one.
  const json::array by_token = SessionsSeen(Ledger().Management(token));
  ASSERT_EQ(by_token.size(), 1u);
  EXPECT_EQ(by_token[0].at("current"), false);
  EXPECT_EQ(by_token[0].at("id"), one.at("id"));
}

// Who sees, and so may end, whose sessions.
struct SeesRow {
  const char* role;
  bool of_account;  // else of all accounts
  bool own, same_account, other_account, all_accounts;
};

TEST(ListedSessionsTest, AreSeenAndEndedAsTheTableSays) {
  constexpr SeesRow kRows[] = {
      {"owner", false, true, true, true, true},       {"owner", true, true, true, false, false},
      {"operator", false, true, false, false, false}, {"operator", true, true, false, false, false},
      {"helpdesk", false, true, false, false, false}, {"helpdesk", true, true, false, false, false},
      {"auditor", false, true, false, false, false},  {"auditor", true, true, false, false, false},
  };
  const std::string account = Ledger().NewAccount();
  for (const SeesRow& row : kRows) {
    SCOPED_TRACE(std::string(row.role) + (row.of_account ? " of the account" : ""));
    const NewToken self = Ledger().CreateToken(
        row.role, row.of_account ? std::vector{account} : std::vector<std::string>());
    const std::pair<NewToken, bool> operators[] = {
        {self, row.own},
        {Ledger().CreateToken("operator", {account}), row.same_account},
        {Ledger().CreateToken("operator", {Ledger().NewAccount()}), row.other_account},
        {Ledger().CreateToken("auditor"), row.all_accounts}};
    const std::string position = Ledger().position();
    for (const auto& [token, seen] : operators) {
      Browser one(token);
      Browser another(token);
      HttpClient client = Ledger().Management(self);
      const json::array all = SessionsSeen(Ledger().Management(), "?operator=" + token.id);
      ASSERT_EQ(all.size(), 2u);
      EXPECT_EQ(Operators(SessionsSeen(client)).contains(token.id), seen);
      const HttpAnswer of = client.Get("/v1/sessions?operator=" + token.id);
      EXPECT_EQ(of.status, seen ? 200 : 404) << of.body;
      // One of them, and it alone.
      const json::array of_one = one.Get("/v1/sessions").Json().at("sessions").as_array();
      const auto current = std::find_if(of_one.begin(), of_one.end(), [](const json::value& each) {
        return each.at("current").as_bool();
      });
      ASSERT_NE(current, of_one.end());
      const std::string path = "/v1/sessions/" + IdOf(*current);
      EXPECT_EQ(client.Send("DELETE", path).status, seen ? 204 : 404);
      EXPECT_EQ(one.Session().is_null(), seen);
      EXPECT_FALSE(another.Session().is_null());
      EXPECT_EQ(client.Send("DELETE", path).status, 404) << "again, or never";
      // All of them.
      const std::string rest = "/v1/sessions?operator=" + token.id;
      EXPECT_EQ(client.Send("DELETE", rest).status, seen ? 204 : 404);
      EXPECT_EQ(another.Session().is_null(), seen);
      EXPECT_EQ(client.Send("DELETE", rest).status, seen ? 204 : 404);
    }
    EXPECT_EQ(Ledger().position(), position) << "it is no fact of the history";
  }
}

TEST(ListedSessionsTest, AreEndedByASessionTooItselfIncluded) {
  const NewToken token = Ledger().CreateToken("auditor");
  Browser here(token);
  Browser there(token);
  const json::array seen = here.Get("/v1/sessions").Json().at("sessions").as_array();
  ASSERT_EQ(seen.size(), 2u);
  for (const bool current : {false, true}) {
    for (const json::value& session : seen) {
      if (session.at("current") != current) continue;
      EXPECT_EQ(here.Send("DELETE", "/v1/sessions/" + IdOf(session)).status, 204);
    }
    EXPECT_TRUE(there.Session().is_null());
    EXPECT_EQ(here.Session().is_null(), current);
  }
}

TEST(ListedSessionsTest, EndWithTheirStreams) {
  const NewToken token = Ledger().CreateToken("auditor");
  Browser browser(token);
  browser.client().SendRaw("GET /v1/events/stream HTTP/1.1\r\nHost: localhost\r\nCookie: " +
                           browser.cookie + "\r\n\r\n");
  EXPECT_EQ(browser.client().ReceiveHead("GET", "/v1/events/stream").status, 200);
  EXPECT_EQ(Ledger().Management().Send("DELETE", "/v1/sessions?operator=" + token.id).status, 204);
  EXPECT_TRUE(browser.client().WaitForClose());
}

TEST(ListedSessionsTest, ComeInPagesOldestFirst) {
  const NewToken token = Ledger().CreateToken("auditor");
  for (int i = 0; i < 5; ++i) {
    Browser browser(token);
    Ledger().AdvanceClock(1s);
  }
  std::string after;
  std::vector<std::string> times;
  for (int pages = 0; pages < 3; ++pages) {
    const json::object page = Ledger().Management(token).Get("/v1/sessions?limit=2" + after).Json();
    for (const json::value& session : page.at("sessions").as_array()) {
      times.emplace_back(session.at("signed_in_at").as_string());
    }
    if (pages == 2) {
      EXPECT_TRUE(page.at("next").is_null());
    } else {
      after = "&after=" + std::string(page.at("next").as_string());
    }
  }
  EXPECT_EQ(times.size(), 5u);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
}

TEST(ListedSessionsTest, AreAskedForInTheRightForm) {
  HttpClient owner = Ledger().Management();
  for (const char* query : {"?after=x", "?after=tok_00000001", "?after=ses_0", "?limit=0",
                            "?operator=x&operator=y", "?of=x"}) {
    EXPECT_EQ(owner.Get(std::string("/v1/sessions") + query).Code(), "validation_failed") << query;
  }
  for (const char* of : {"x", "", "tok_zzzzzzzz", "per_00112233445566778899aabbccddeeff"}) {
    EXPECT_EQ(owner.Get(std::string("/v1/sessions?operator=") + of).Code(), "not_found") << of;
  }
  EXPECT_EQ(owner.Send("DELETE", "/v1/sessions").Code(), "validation_failed");
  EXPECT_EQ(owner.Send("DELETE", "/v1/sessions?operator=").Code(), "validation_failed");
  EXPECT_EQ(owner.Send("DELETE", "/v1/sessions?operator=x").Code(), "not_found");
}

TEST(ListedSessionsTest, OfATokenThatIsNoLongerValidAreNotShown) {
  const NewToken token = Ledger().CreateToken("auditor");
  Browser browser(token);
  const json::array before = SessionsSeen(Ledger().Management(), "?operator=" + token.id);
  ASSERT_EQ(before.size(), 1u);
  EXPECT_EQ(Ledger().Management().Send("DELETE", "/v1/tokens/" + token.id).status, 204);
  EXPECT_TRUE(SessionsSeen(Ledger().Management(), "?operator=" + token.id).empty());
}

TEST(ListedSessionsTest, OutliveARestartAndEndAfterItAsBefore) {
  ContractLedger ledger;
  const NewToken token = ledger.CreateToken("operator");
  const NewToken revoked = ledger.CreateToken("operator");
  const NewToken rotated = ledger.CreateToken("operator");
  const NewToken expired = ledger.CreateToken("operator", {}, 1h);
  Browser stays(token, ledger);
  Browser out(token, ledger);
  Browser of_revoked(revoked, ledger);
  Browser of_rotated(rotated, ledger);
  Browser of_expired(expired, ledger);
  EXPECT_EQ(out.Send("DELETE", "/v1/session").status, 204);
  EXPECT_EQ(ledger.Management().Send("DELETE", "/v1/tokens/" + revoked.id).status, 204);
  EXPECT_EQ(ledger.Management().Send("POST", "/v1/tokens/" + rotated.id + "/rotate").status, 200);
  const json::value before = stays.Session();
  ledger.Restart({});
  const auto is_in = [&](const Browser& who) {
    Browser again(ledger);
    again.cookie = who.cookie;
    return !again.Session().is_null();
  };
  EXPECT_TRUE(is_in(stays));
  EXPECT_TRUE(is_in(of_expired));
  EXPECT_FALSE(is_in(out));
  EXPECT_FALSE(is_in(of_revoked));
  EXPECT_FALSE(is_in(of_rotated));
  Browser again(ledger);
  again.cookie = stays.cookie;
  json::object after = again.Session().as_object();
  after["gateways_url"] = before.at("gateways_url");  // another port
  EXPECT_EQ(json::value(after), before) << "the same token against forgery, too";
  again.csrf_token = stays.csrf_token;
  EXPECT_EQ(again.Send("PUT", "/v1/accounts/globex", "{}").status, 201);
  for (Micros lived{0}; lived < 1h; lived += 20min) {
    EXPECT_EQ(again.Get("/v1/accounts").status, 200);
    ledger.Advance(20min);
  }
  EXPECT_FALSE(is_in(of_expired));
  ledger.Advance(30min);
  EXPECT_FALSE(is_in(stays));
}

TEST(ListedSessionsTest, EndWithARestoreAndWithARotation) {
  ContractLedger ledger;
  const NewToken token = ledger.CreateToken("operator");
  Browser browser(token, ledger);
  const std::string cookie = browser.cookie;
  const auto is_in = [&] {
    Browser again(ledger);
    again.cookie = cookie;
    return !again.Session().is_null();
  };
  ledger.Restart({});
  EXPECT_TRUE(is_in());
  ledger.RotateMasterKey();
  EXPECT_FALSE(is_in());
  Browser after(token, ledger);
  const std::string second = after.cookie;
  ledger.BackUp();
  ledger.Restore();
  Browser restored(ledger);
  restored.cookie = second;
  EXPECT_TRUE(restored.Session().is_null());
  EXPECT_EQ(SessionsSeen(ledger.Management()).size(), 0u);
}

}  // namespace
}  // namespace latchkey::testing
