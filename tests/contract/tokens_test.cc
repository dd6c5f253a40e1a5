// Operator tokens over HTTP: their life, what they may see, and what ends with them. access_test.cc
// tests which role may make which request.
#include <functional>
#include <set>

#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>

#include "core/base/time_text.h"
#include "core/domain/operator_token.h"
#include "tests/contract/refusal_rows.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;
using L = ContractLedger;
using std::chrono::seconds;

std::string PathOf(const NewToken& token) { return "/v1/tokens/" + token.id; }
json::object Show(const NewToken& token) { return Ledger().Management().Get(PathOf(token)).Json(); }
int Asks(const std::string& secret) {
  return Ledger().Management(NewToken{"", secret}).Get("/v1/tokens/self").status;
}

TEST(TokenTest, IsMadeOnceAndShownOnce) {
  const json::object body{{"name", "Ada Lovelace"},
                          {"role", "helpdesk"},
                          {"accounts", {"acme"}},
                          {"expires_in_seconds", 3600}};
  const HttpAnswer created = Ledger().Management().Post("/v1/tokens", body);
  ASSERT_EQ(created.status, 201) << created.body;
  const json::object token = created.Json();
  const std::string secret(token.at("token").as_string());
  EXPECT_TRUE(domain::IsOperatorToken(secret));
  EXPECT_EQ(created.Header("Location"), "/v1/tokens/" + std::string(token.at("id").as_string()));
  EXPECT_EQ(created.Header("Cache-Control"), "no-store");
  EXPECT_EQ(token.at("name"), "Ada Lovelace");
  EXPECT_EQ(token.at("role"), "helpdesk");
  EXPECT_EQ(json::serialize(token.at("accounts")), R"(["acme"])");
  EXPECT_TRUE(token.at("last_used_at").is_null());

  const NewToken ada{std::string(token.at("id").as_string()), secret};
  const json::object self = Ledger().Management(ada).Get("/v1/tokens/self").Json();
  EXPECT_EQ(self.at("id"), token.at("id"));
  EXPECT_EQ(self.at("expires_at"), token.at("expires_at"));
  const HttpAnswer shown = Ledger().Management().Get(PathOf(ada));
  EXPECT_EQ(shown.body.find(secret), std::string::npos);
  EXPECT_FALSE(shown.Json().contains("token"));
}

TEST(TokenTest, IsForAllAccountsAndNinetyDaysByDefault) {
  const json::object token =
      Ledger().Management().Post("/v1/tokens", {{"name", "a"}, {"role", "auditor"}}).Json();
  EXPECT_TRUE(token.at("accounts").is_null());
  const auto at = [&](const char* member) {
    return *text::ParseTime(std::string(token.at(member).as_string()));
  };
  const std::chrono::microseconds lifetime(at("expires_at") - at("created_at"));
  // From the ledger's time, which may be a little ahead of the event's.
  EXPECT_GE(lifetime, std::chrono::hours(90 * 24) - seconds(1));
  EXPECT_LE(lifetime, std::chrono::hours(90 * 24) + seconds(1));
}

TEST(TokenTest, IsWithoutAnEndOnlyWhenThatIsSaid) {
  const json::object token = Show(Ledger().CreateToken("auditor"));
  EXPECT_TRUE(token.at("expires_at").is_null());
}

TEST(TokenTest, RotatesAtOnce) {
  const NewToken token = Ledger().CreateToken("operator", {}, seconds(3600));
  const json::value expires = Show(token).at("expires_at");
  EXPECT_TRUE(Show(token).at("rotated_at").is_null());
  const HttpAnswer rotated = Ledger().Management().Send("POST", PathOf(token) + "/rotate");
  ASSERT_EQ(rotated.status, 200) << rotated.body;
  EXPECT_EQ(rotated.Header("Cache-Control"), "no-store");
  const std::string secret(rotated.Json()["token"].as_string());
  EXPECT_EQ(rotated.Json()["id"].as_string(), token.id);
  EXPECT_EQ(rotated.Json()["expires_at"], expires) << "as it was";
  EXPECT_TRUE(rotated.Json()["rotated_at"].is_string());
  EXPECT_EQ(Asks(token.secret), 401);
  EXPECT_EQ(Asks(secret), 200);
  const HttpAnswer longer =
      Ledger().Management().Post(PathOf(token) + "/rotate", {{"expires_in_seconds", 7200}});
  EXPECT_NE(longer.Json()["expires_at"], expires);
  EXPECT_EQ(Asks(secret), 401);
}

TEST(TokenTest, LivesUntilItExpiresAndMayBeRevived) {
  const NewToken token = Ledger().CreateToken("auditor", {}, seconds(60));
  Ledger().Advance(seconds(59));
  EXPECT_EQ(Asks(token.secret), 200);
  Ledger().Advance(seconds(1));
  EXPECT_EQ(Asks(token.secret), 401);
  EXPECT_TRUE(Show(token).at("revoked_at").is_null());
  const HttpAnswer vague = Ledger().Management().Send("POST", PathOf(token) + "/rotate");
  EXPECT_EQ(vague.status, 422) << vague.body;
  EXPECT_TRUE(Show(token).at("expired_at").is_string());
  const HttpAnswer revived =
      Ledger().Management().Post(PathOf(token) + "/rotate", {{"expires_in_seconds", 60}});
  EXPECT_EQ(revived.status, 200) << revived.body;
  EXPECT_TRUE(Show(token).at("expired_at").is_null());
  EXPECT_EQ(Asks(token.secret), 401);
  EXPECT_EQ(Asks(std::string(revived.Json()["token"].as_string())), 200);
}

TEST(TokenTest, IsRevokedForGoodAndKeepsItsName) {
  const NewToken token = Ledger().CreateToken("operator");
  EXPECT_EQ(Ledger().Management().Send("DELETE", PathOf(token)).status, 204);
  EXPECT_EQ(Asks(token.secret), 401);
  EXPECT_TRUE(Show(token).at("revoked_at").is_string());
  EXPECT_TRUE(Show(token).at("name").is_string());
  const std::string list = Ledger().Management().Get("/v1/tokens?limit=1000").body;
  EXPECT_EQ(list.find(token.id), std::string::npos);
}

TEST(TokenTest, TellsToTheMinuteWhenItWasUsed) {
  const NewToken token = Ledger().CreateToken("auditor");
  EXPECT_TRUE(Show(token).at("last_used_at").is_null());
  EXPECT_EQ(Asks(token.secret), 200);
  const json::value first = Show(token).at("last_used_at");
  EXPECT_TRUE(first.is_string());
  Ledger().Advance(seconds(59));
  EXPECT_EQ(Asks(token.secret), 200);
  EXPECT_EQ(Show(token).at("last_used_at"), first);
  Ledger().Advance(seconds(1));
  EXPECT_EQ(Asks(token.secret), 200);
  EXPECT_NE(Show(token).at("last_used_at"), first);
}

TEST(TokenTest, ARepeatedRequestNeverShowsTheSecretAgain) {
  const Headers create = {{"Idempotency-Key", "create " + Ledger().NewName()}};
  const json::object body{{"name", "CI"}, {"role", "operator"}};
  HttpClient client = Ledger().Management();
  const json::object first = client.Post("/v1/tokens", body, create).Json();
  const HttpAnswer again = client.Post("/v1/tokens", body, create);
  EXPECT_EQ(again.status, 201) << again.body;
  EXPECT_TRUE(again.Json()["token"].is_null()) << again.body;
  EXPECT_EQ(again.Json()["id"], first.at("id"));
  EXPECT_EQ(again.Header("Location"), "/v1/tokens/" + std::string(first.at("id").as_string()));
  EXPECT_EQ(Asks(std::string(first.at("token").as_string())), 200) << "the one that was shown";

  const Headers rotate = {{"Idempotency-Key", "rotate " + Ledger().NewName()}};
  const std::string path = "/v1/tokens/" + std::string(first.at("id").as_string()) + "/rotate";
  const json::object rotated = client.Post(path, {}, rotate).Json();
  const HttpAnswer rotated_again = client.Post(path, {}, rotate);
  EXPECT_EQ(rotated_again.status, 200) << rotated_again.body;
  EXPECT_TRUE(rotated_again.Json()["token"].is_null()) << rotated_again.body;
  EXPECT_EQ(Asks(std::string(rotated.at("token").as_string())), 200) << "not rotated twice";

  EXPECT_EQ(client.Post("/v1/tokens", {{"name", "Other"}, {"role", "owner"}}, create).Code(),
            "idempotency_key_reused");
  EXPECT_EQ(client.Post(path, {{"expires_in_seconds", 9}}, rotate).Code(),
            "idempotency_key_reused");
}

// The same Idempotency-Key of two tokens does not collide.
TEST(TokenTest, HasIdempotencyKeysOfItsOwn) {
  const Headers same = {{"Idempotency-Key", "one for all " + Ledger().NewName()}};
  const NewToken other = Ledger().CreateToken("operator");
  const std::string list = "/v1/accounts/acme/gateways";
  EXPECT_EQ(Ledger().Management().Post(list, {{"name", Ledger().NewName()}}, same).status, 201);
  const HttpAnswer answer =
      Ledger().Management(other).Post(list, {{"name", Ledger().NewName()}}, same);
  EXPECT_EQ(answer.status, 201) << answer.body;
}

TEST(TokenTest, IsListedPageByPage) {
  const NewToken one = Ledger().CreateToken("auditor");
  const NewToken two = Ledger().CreateToken("auditor");
  std::set<std::string> ids;
  std::string after;
  do {
    const json::object page = Ledger().Management().Get("/v1/tokens?limit=3" + after).Json();
    EXPECT_LE(page.at("tokens").as_array().size(), 3u);
    for (const json::value& token : page.at("tokens").as_array()) {
      EXPECT_TRUE(ids.insert(std::string(token.at("id").as_string())).second) << "twice";
    }
    after.clear();
    if (!page.at("next").is_null()) {
      after = "&after=" + std::string(page.at("next").as_string());
    }
  } while (!after.empty());
  for (const NewToken& token : {one, two}) EXPECT_TRUE(ids.contains(token.id));
}

// On a separate ledger: the shared one has several owners.
TEST(LastOwnerTest, CannotBeEndedNorCutShort) {
  ContractLedger alone;
  HttpClient owner = alone.Management();
  const std::string self = "/v1/tokens/tok_00000001";
  alone.CreateToken("owner", {alone.account()});
  alone.CreateToken("operator");
  for (const HttpAnswer& refused :
       {owner.Send("DELETE", self),
        owner.Post(self + "/rotate", {{"expires_in_seconds", 315'360'000}})}) {
    EXPECT_EQ(refused.status, 409) << refused.body;
    EXPECT_EQ(refused.Code(), "last_owner");
  }
  const NewToken other = alone.CreateToken("owner");
  EXPECT_EQ(owner.Send("DELETE", self).status, 204);
  EXPECT_EQ(owner.Get("/v1/tokens/self").status, 401);
  HttpClient remaining = alone.Management(other);
  EXPECT_EQ(remaining.Send("DELETE", PathOf(other)).Code(), "last_owner");
  EXPECT_EQ(remaining.Send("POST", PathOf(other) + "/rotate").status, 200);
}

const Refusal kRefusals[] = {
    {"name_missing",
     [](L& l) {
       return l.Management().Post("/v1/tokens", {{"role", "owner"}});
     },
     422, "validation_failed", "/name"},
    {"name_with_a_control_character",
     [](L& l) {
       return l.Management().Post("/v1/tokens", {{"name", "a\nb"}, {"role", "owner"}});
     },
     422, "validation_failed", "/name"},
    {"role_missing",
     [](L& l) {
       return l.Management().Post("/v1/tokens", {{"name", "a"}});
     },
     422, "validation_failed", "/role"},
    {"role_unknown",
     [](L& l) {
       return l.Management().Post("/v1/tokens", {{"name", "a"}, {"role", "root"}});
     },
     422, "validation_failed", "/role"},
    {"no_accounts_named",
     [](L& l) {
       return l.Management().Post("/v1/tokens",
                                  {{"name", "a"}, {"role", "owner"}, {"accounts", json::array()}});
     },
     422, "validation_failed", "/accounts"},
    {"accounts_no_array",
     [](L& l) {
       return l.Management().Post("/v1/tokens",
                                  {{"name", "a"}, {"role", "owner"}, {"accounts", "acme"}});
     },
     422, "validation_failed", "/accounts"},
    {"accounts_of_numbers",
     [](L& l) {
       return l.Management().Post("/v1/tokens",
                                  {{"name", "a"}, {"role", "owner"}, {"accounts", {1}}});
     },
     422, "validation_failed", "/accounts"},
    {"an_account_twice",
     [](L& l) {
       return l.Management().Post(
           "/v1/tokens", {{"name", "a"}, {"role", "owner"}, {"accounts", {"acme", "acme"}}});
     },
     422, "validation_failed", "/accounts"},
    {"an_account_not_open",
     [](L& l) {
       return l.Management().Post("/v1/tokens",
                                  {{"name", "a"}, {"role", "owner"}, {"accounts", {"nobody"}}});
     },
     404, "not_found"},
    {"lifetime_zero",
     [](L& l) {
       return l.Management().Post("/v1/tokens",
                                  {{"name", "a"}, {"role", "owner"}, {"expires_in_seconds", 0}});
     },
     422, "validation_failed", "/expires_in_seconds"},
    {"without_a_role",
     [](L& l) {
       return l.Management().Post("/v1/tokens", {{"name", "a"}});
     },
     422, "validation_failed", "/role"},
    {"never_and_a_lifetime",
     [](L& l) {
       return l.Management().Post(
           "/v1/tokens",
           {{"name", "a"}, {"role", "owner"}, {"expires_in_seconds", 60}, {"never_expires", true}});
     },
     422, "validation_failed", "/never_expires"},
    {"rotation_beyond_ten_years",
     [](L& l) {
       return l.Management().Post(PathOf(l.CreateToken("auditor")) + "/rotate",
                                  {{"expires_in_seconds", 315'360'001}});
     },
     422, "validation_failed", "/expires_in_seconds"},
    {"list_after", [](L& l) { return l.Management().Get("/v1/tokens?after=1"); }, 422,
     "validation_failed", "?after"},
    {"revoked_twice",
     [](L& l) {
       const NewToken token = l.CreateToken("auditor");
       l.Management().Send("DELETE", PathOf(token));
       return l.Management().Send("DELETE", PathOf(token));
     },
     410, "token_revoked"},
    {"rotated_after_revocation",
     [](L& l) {
       const NewToken token = l.CreateToken("auditor");
       l.Management().Send("DELETE", PathOf(token));
       return l.Management().Send("POST", PathOf(token) + "/rotate");
     },
     410, "token_revoked"},
    {"an_owner_of_one_account_creates_none_for_all",
     [](L& l) {
       const NewToken owner = l.CreateToken("owner", {l.account()});
       return l.Management(owner).Post("/v1/tokens", {{"name", "a"}, {"role", "auditor"}});
     },
     403, "forbidden", "accounts"},
    {"nor_for_another",
     [](L& l) {
       const NewToken owner = l.CreateToken("owner", {l.account()});
       return l.Management(owner).Post(
           "/v1/tokens",
           {{"name", "a"}, {"role", "auditor"}, {"accounts", {l.account(), l.NewAccount()}}});
     },
     404, "not_found"},
    {"nor_ends_one_for_more_accounts",
     [](L& l) {
       const NewToken owner = l.CreateToken("owner", {l.account()});
       const NewToken wider = l.CreateToken("auditor", {l.account(), l.NewAccount()});
       return l.Management(owner).Send("DELETE", PathOf(wider));
     },
     404, "not_found"},
    {"nor_opens_another_account",
     [](L& l) {
       const NewToken owner = l.CreateToken("owner", {l.account()});
       return l.Management(owner).Send("PUT", "/v1/accounts/of-its-own");
     },
     404, "not_found"},
};

class TokenRefusalTest : public RefusalTest {};
TEST_P(TokenRefusalTest, IsAnsweredByItsCode) { Run(); }
INSTANTIATE_TEST_SUITE_P(Tokens, TokenRefusalTest, ::testing::ValuesIn(kRefusals), RowName);

}  // namespace
}  // namespace latchkey::testing
