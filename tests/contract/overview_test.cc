// How all accounts stand, and the gateways of all of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "api/http/limits.h"
#include "tests/contract/contract_ledger.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;
using Ids = std::vector<std::string>;

// A ledger of its own: its clock moves, and its accounts are known.
class OverviewTest : public ::testing::Test {
 protected:
  OverviewTest() {
    ledger_.Install(green_);
    ledger_.Install(red_);
    ledger_.Management().Send("DELETE", PathOf(revoked_) + "/key");
    ledger_.Management().Send("DELETE", PathOf(removed_));
    ledger_.AdvanceClock(std::chrono::minutes(10));
    ledger_.Tick();
    ledger_.Install(ledger_.Add(two_));
  }

  static json::object Standing(HttpClient client, const std::string& account) {
    const json::object page = client.Get("/v1/overview?limit=1000").Json();
    for (const json::value& item : page.at("accounts").as_array()) {
      if (item.at("account") == json::string(account)) return item.as_object();
    }
    return {};
  }

  static Ids All(HttpClient client, const std::string& query) {
    Ids ids;
    std::string after;
    do {
      const HttpAnswer answer = client.Get("/v1/gateways?limit=2" + query + after);
      EXPECT_EQ(answer.status, 200) << answer.body;
      const json::object page = answer.Json();
      for (const json::value& item : page.at("gateways").as_array()) {
        ids.emplace_back(item.at("id").as_string());
      }
      after.clear();
      if (!page.at("next").is_null()) {
        after = "&after=" + std::string(page.at("next").as_string());
      }
    } while (!after.empty());
    return ids;
  }

  ContractLedger ledger_;
  std::string one_ = ledger_.NewAccount();
  std::string two_ = ledger_.NewAccount();
  Added green_ = ledger_.Add(one_);
  Added red_ = ledger_.Add(two_);
  Added gray_ = ledger_.Add(one_);
  Added revoked_ = ledger_.Add(one_);
  Added removed_ = ledger_.Add(one_);
};

std::string Counts(const json::object& standing) {
  return json::serialize(standing.at("gateways"));
}

TEST_F(OverviewTest, CountsTheGatewaysOfEachAccount) {
  EXPECT_EQ(Counts(Standing(ledger_.Management(), one_)),
            R"({"green":0,"red":1,"gray":2,"attention":2})");
  EXPECT_EQ(Counts(Standing(ledger_.Management(), two_)),
            R"({"green":1,"red":1,"gray":0,"attention":1})");
  EXPECT_EQ(Counts(Standing(ledger_.Management(), ledger_.account())),
            R"({"green":0,"red":0,"gray":0,"attention":0})");
}

TEST_F(OverviewTest, IsAtMostSomeSecondsOld) {
  const json::object before = Standing(ledger_.Management(), one_);
  ledger_.AdvanceClock(api::limits::kAccountCountsAge + Micros(1));
  ledger_.Add(one_);
  const json::object after = Standing(ledger_.Management(), one_);
  EXPECT_EQ(Counts(after), R"({"green":0,"red":1,"gray":3,"attention":2})");
  EXPECT_LT(before.at("last_event_at").as_string(), after.at("last_event_at").as_string());
}

TEST_F(OverviewTest, IsOfTheAccountsThatOneMaySee) {
  HttpClient client = ledger_.Management(ledger_.CreateToken("auditor", {two_}));
  const json::object page = client.Get("/v1/overview").Json();
  ASSERT_EQ(page.at("accounts").as_array().size(), 1u);
  EXPECT_EQ(page.at("accounts").at(0).at("account"), json::string(two_));
  EXPECT_TRUE(page.at("next").is_null());
}

TEST_F(OverviewTest, ComesInPages) {
  HttpClient client = ledger_.Management();
  std::vector<std::string> names;
  std::string after;
  for (;;) {
    const HttpAnswer answer = client.Get("/v1/overview?limit=1" + after);
    ASSERT_EQ(answer.status, 200) << answer.body;
    const json::object page = answer.Json();
    ASSERT_EQ(page.at("accounts").as_array().size(), 1u);
    names.emplace_back(page.at("accounts").at(0).at("account").as_string());
    if (page.at("next").is_null()) break;
    after = "&after=" + std::string(page.at("next").as_string());
  }
  EXPECT_EQ(names.size(), 3u);
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
}

TEST_F(OverviewTest, ListsTheGatewaysOfAllAccounts) {
  const Ids all = All(ledger_.Management(), "");
  ASSERT_EQ(all.size(), 5u) << "without the one removed";
  EXPECT_EQ(Ids(all.begin(), all.begin() + 3), (Ids{green_.id, gray_.id, revoked_.id}));
  EXPECT_EQ(all[3], red_.id) << "the accounts by their names";
  EXPECT_EQ(All(ledger_.Management(ledger_.CreateToken("auditor", {one_})), ""),
            (Ids{green_.id, gray_.id, revoked_.id}));
  EXPECT_EQ(All(ledger_.Management(ledger_.CreateToken("auditor", {two_, one_})), ""), all);
}

TEST_F(OverviewTest, FiltersTheGatewaysOfAllAccounts) {
  EXPECT_EQ(All(ledger_.Management(), "&attention=true"), (Ids{green_.id, revoked_.id, red_.id}));
  EXPECT_EQ(All(ledger_.Management(), "&attention=true&status=red"), (Ids{green_.id, red_.id}));
  EXPECT_EQ(All(ledger_.Management(), "&attention=false&status=gray"), (Ids{gray_.id}));
  EXPECT_EQ(All(ledger_.Management(), "&registration=registered").size(), 3u);
}

TEST_F(OverviewTest, GoesOnBehindAGatewayThatWasRemovedMeanwhile) {
  HttpClient client = ledger_.Management();
  client.Send("DELETE", PathOf(revoked_));
  EXPECT_EQ(
      client.Get("/v1/gateways?limit=1&after=" + revoked_.id).Json().at("gateways").at(0).at("id"),
      json::string(red_.id));
}

TEST_F(OverviewTest, RefusesWhatItDoesNotKnow) {
  HttpClient client = ledger_.Management();
  HttpClient own = ledger_.Management(ledger_.CreateToken("auditor", {one_}));
  EXPECT_EQ(client.Get("/v1/gateways?primary=" + gray_.id).status, 422);
  EXPECT_EQ(client.Get("/v1/gateways?attention=maybe").status, 422);
  EXPECT_EQ(client.Get("/v1/gateways?after=" + one_).status, 422);
  EXPECT_EQ(client.Get("/v1/gateways?after=gw_zzzzzzzz").status, 404);
  EXPECT_EQ(own.Get("/v1/gateways?after=" + red_.id).status, 404);
  EXPECT_EQ(client.Get("/v1/overview?status=green").status, 422);
}

}  // namespace
}  // namespace latchkey::testing
