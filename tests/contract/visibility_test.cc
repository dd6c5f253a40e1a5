// What a token for named accounts sees: its own and nothing else, in lists, filters, bodies and
// streams; and streams end with their token.
#include <functional>
#include <set>

#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>

#include "core/base/hex.h"
#include "core/crypto/hash.h"
#include "core/crypto/pem.h"
#include "tests/contract/contract_ledger.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;
using std::chrono::seconds;

// Two accounts with a gateway each, installed, and a token for each account alone.
struct Sides {
  std::string own = Ledger().NewAccount();
  std::string other = Ledger().NewAccount();
  Added own_gateway = Ledger().Add(own);
  Added other_gateway = Ledger().Add(other);
  Identity own_identity = Ledger().Install(own_gateway);
  Identity other_identity = Ledger().Install(other_gateway);
  NewToken own_token = Ledger().CreateToken("auditor", {own});
  NewToken other_token = Ledger().CreateToken("auditor", {other});

  static const Sides& Both() {
    static const Sides sides;
    return sides;
  }
};

std::string Digest(const Identity& identity) {
  return text::ToHex(crypto::Sha256(crypto::ReadPem(identity.certificate_pem)->front().der));
}

// A filter for the other account's objects, and the same for its own.
struct Filter {
  std::string name;
  std::function<std::string(const Sides&, bool own)> target;
};

const Filter kFilters[] = {
    {"gateways_by_primary",
     [](const Sides& s, bool own) {
       return "/v1/accounts/" + s.own +
              "/gateways?primary=" + (own ? s.own_gateway.id : s.other_gateway.id);
     }},
    {"events_by_account",
     [](const Sides& s, bool own) { return "/v1/events?account=" + (own ? s.own : s.other); }},
    {"events_by_gateway",
     [](const Sides& s, bool own) {
       return "/v1/events?gateway=" + (own ? s.own_gateway.id : s.other_gateway.id);
     }},
    {"events_by_token",
     [](const Sides& s, bool own) {
       return "/v1/events?actor=token:" + (own ? s.own_token.id : s.other_token.id);
     }},
    {"events_by_certificate",
     [](const Sides& s, bool own) {
       return "/v1/events?actor=certificate:" + Digest(own ? s.own_identity : s.other_identity);
     }},
};

class FilterTest : public ::testing::TestWithParam<Filter> {};

TEST_P(FilterTest, FindsNothingOfOthers) {
  const Sides& sides = Sides::Both();
  HttpClient client = Ledger().Management(sides.own_token);
  const HttpAnswer own = client.Get(GetParam().target(sides, true));
  EXPECT_EQ(own.status, 200) << own.body;
  const std::string target = GetParam().target(sides, false);
  const HttpAnswer other = client.Get(target);
  EXPECT_EQ(other.status, 404) << other.body;
  EXPECT_EQ(other.Code(), "not_found");
  if (target.starts_with("/v1/events")) {
    const std::string streamed = "/v1/events/stream" + target.substr(target.find('?'));
    EXPECT_EQ(client.Get(streamed).status, 404) << streamed;
  }
}

INSTANTIATE_TEST_SUITE_P(Filters, FilterTest, ::testing::ValuesIn(kFilters),
                         [](const auto& row) { return row.param.name; });

// Every page of a list.
std::vector<json::value> All(HttpClient client, const std::string& target,
                             std::string_view member) {
  std::vector<json::value> all;
  std::string after;
  do {
    const json::object page = client.Get(target + after).Json();
    for (const json::value& item : page.at(member).as_array()) all.push_back(item);
    after.clear();
    if (!page.at("next").is_null()) {
      after = "&after=" + std::string(page.at("next").as_string());
    }
  } while (!after.empty());
  return all;
}

TEST(UnfilteredListTest, HoldsOnlyItsOwn) {
  const Sides& sides = Sides::Both();
  const auto list = [&](const std::string& target, std::string_view member) {
    return All(Ledger().Management(sides.own_token), target, member);
  };
  const auto accounts = list("/v1/accounts?limit=1", "accounts");
  ASSERT_EQ(accounts.size(), 1u);
  EXPECT_EQ(accounts[0].at("account").as_string(), sides.own);

  const auto tokens = list("/v1/tokens?limit=1", "tokens");
  ASSERT_EQ(tokens.size(), 1u);
  EXPECT_EQ(tokens[0].at("id").as_string(), sides.own_token.id);

  for (const std::string order : {"asc", "desc"}) {
    const auto events = list("/v1/events?limit=2&order=" + order, "events");
    EXPECT_GE(events.size(), 5u) << "opened, added, issued, redeemed, confirmed";
    for (const json::value& event : events) {
      EXPECT_EQ(event.at("account").as_string(), sides.own) << json::serialize(event);
    }
  }
  EXPECT_TRUE(list("/v1/events?type=OperatorTokenCreated", "events").empty());
}

TEST(UnfilteredListTest, HasSeveralAccountsInOrder) {
  const Sides& sides = Sides::Both();
  const NewToken both = Ledger().CreateToken("auditor", {sides.other, sides.own});
  const auto accounts = All(Ledger().Management(both), "/v1/accounts?limit=1", "accounts");
  ASSERT_EQ(accounts.size(), 2u);
  EXPECT_LT(accounts[0].at("account").as_string(), accounts[1].at("account").as_string());
  std::set<std::string> seen;
  for (const json::value& event :
       All(Ledger().Management(both), "/v1/events?limit=3&type=AccountOpened", "events")) {
    seen.insert(std::string(event.at("account").as_string()));
  }
  EXPECT_EQ(seen, (std::set<std::string>{sides.own, sides.other}));
}

TEST(OneEventTest, OfOthersOrOfTheLedgerIsNotThere) {
  const Sides& sides = Sides::Both();
  HttpClient client = Ledger().Management(sides.own_token);
  const json::object page =
      Ledger().Management().Get("/v1/events?limit=1&account=" + sides.other).Json();
  const std::string foreign = json::serialize(page.at("events").at(0).at("sequence"));
  for (const std::string& sequence : {std::string("0"), std::string("1"), foreign}) {
    for (const std::string suffix : {"", "/entry"}) {
      EXPECT_EQ(client.Get("/v1/events/" + sequence + suffix).Code(), "not_found") << sequence;
    }
  }
}

class StreamTest : public ::testing::Test {
 protected:
  static constexpr const char* kTarget = "/v1/events/stream";

  static HttpClient Open(const NewToken& token) {
    HttpClient client = Ledger().Management(token);
    client.SendRaw(std::string("GET ") + kTarget +
                   " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token.secret + "\r\n\r\n");
    EXPECT_EQ(client.ReceiveHead("GET", kTarget).status, 200);
    return client;
  }
  // Everything until the stream ends; fails the test when only keep-alives arrive.
  static std::string Rest(HttpClient& client) {
    std::string all;
    for (int received = 0; received < 10; ++received) {
      const std::string more = client.ReceiveSome();
      if (more.empty()) return all;
      all += more;
    }
    ADD_FAILURE() << "the stream goes on: " << all;
    return all;
  }
};

TEST_F(StreamTest, ShowsOnlyItsOwnAndEndsWhenItsTokenIsRevoked) {
  const Sides& sides = Sides::Both();
  const NewToken token = Ledger().CreateToken("auditor", {sides.own});
  HttpClient client = Open(token);
  const Added other = Ledger().Add(sides.other);
  const Added own = Ledger().Add(sides.own);
  std::string seen;
  while (seen.find("KeyIssued") == std::string::npos) {
    const std::string more = client.ReceiveSome();
    ASSERT_FALSE(more.empty()) << seen;
    seen += more;
  }
  EXPECT_EQ(Ledger().Management().Send("DELETE", "/v1/tokens/" + token.id).status, 204);
  seen += Rest(client);
  EXPECT_NE(seen.find(own.id), std::string::npos) << seen;
  EXPECT_EQ(seen.find(other.id), std::string::npos) << seen;
  EXPECT_EQ(seen.find("OperatorToken"), std::string::npos) << seen;
}

TEST_F(StreamTest, EndsWhenItsTokenIsRotated) {
  const NewToken token = Ledger().CreateToken("auditor");
  HttpClient client = Open(token);
  EXPECT_EQ(Ledger().Management().Send("POST", "/v1/tokens/" + token.id + "/rotate").status, 200);
  EXPECT_EQ(Rest(client).find("OperatorTokenRotated"), std::string::npos)
      << "what ends a stream is not shown by it";
}

TEST_F(StreamTest, EndsWhenItsTokenExpiresAndNothingElseHappens) {
  const NewToken token = Ledger().CreateToken("auditor", {Ledger().NewAccount()}, seconds(1));
  HttpClient client = Open(token);
  Ledger().Advance(seconds(1));
  Rest(client);
}

}  // namespace
}  // namespace latchkey::testing
