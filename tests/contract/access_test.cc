// Every route of the management listener, and every option in a body, with every role; with a token
// for another account, and with an expired, a revoked and a rotated token. The cases come from the
// route table and the answers from docs/access.md: a route without a row fails.
#include <set>

#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>

#include "api/router.h"
#include "tests/contract/access_table.h"
#include "tests/contract/contract_ledger.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;
using api::Who;

struct Case {
  const api::Route* route;
  bool switched = false;  // with its body's switch

  std::string Request() const {
    std::string text(api::MethodName(route->method));
    text.append(" ").append(route->pattern);
    if (switched) text.append(" with ").append(route->body_switch.member);
    return text;
  }
};

std::ostream& operator<<(std::ostream& out, const Case& row) { return out << row.Request(); }

std::vector<Case> Cases() {
  std::vector<Case> cases;
  for (const auto& [route, handler] : api::ManagementRoutes()) {
    cases.push_back({&route});
    if (!route.body_switch.member.empty()) cases.push_back({&route, true});
  }
  return cases;
}

std::string NameOf(const ::testing::TestParamInfo<Case>& row) {
  std::string name;
  for (const char c : row.param.Request()) {
    name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  }
  return name;
}

TEST(AccessTest, ThePageHasExactlyTheRowsOfTheRouteTable) {
  std::set<std::string> requests;
  for (const Case& row : Cases()) requests.insert(row.Request());
  std::set<std::string> rows;
  for (const auto& [request, roles] : ReadAccessTable()) {
    rows.insert(request);
    EXPECT_EQ(roles.size(), std::size(kRoles)) << request;
  }
  EXPECT_EQ(rows, requests);
}

class EveryAccessTest : public ::testing::TestWithParam<Case> {
 protected:
  static ContractLedger& ledger() { return ContractLedger::Instance(); }
  const api::Route& route() const { return *GetParam().route; }
  std::string Answer(std::string_view role) const {
    static const auto table = ReadAccessTable();
    const auto row = table.find(GetParam().Request());
    return row == table.end() ? "" : row->second.at(std::string(role));
  }

  // The objects of a request, created for it by the owner in one account.
  struct Subject {
    std::string account;
    std::string path;
    json::object body;
    std::set<std::string> names{};  // that must not be shown to others
  };
  Subject Make() const {
    Subject subject{ledger().NewAccount(), std::string(route().pattern), {}, {}};
    const Added gateway = ledger().Add(subject.account);
    const NewToken token = ledger().CreateToken("helpdesk", {subject.account});
    const std::string position = ledger().position();
    const auto fill = [&](const std::string& name, const std::string& value) {
      const std::size_t at = subject.path.find("{" + name + "}");
      if (at != std::string::npos) subject.path.replace(at, name.size() + 2, value);
    };
    fill("account", subject.account);
    fill("gateway", gateway.id);
    fill("token", token.id);
    fill("sequence", SequenceOf(gateway));
    EXPECT_EQ(subject.path.find('{'), std::string::npos) << "no subject for " << subject.path;
    if (GetParam().switched) subject.body[std::string(route().body_switch.member)] = true;
    if (route().body == api::BodyRule::kRequired) subject.body["name"] = ledger().NewName();
    if (GetParam().Request() == "POST /v1/tokens") {
      subject.body["role"] = "auditor";
      subject.body["accounts"] = json::array{json::string(subject.account)};
    }
    if (GetParam().Request() == "POST /v1/session") {
      subject.body = {{"token", ledger().CreateToken("owner").secret}};
    }
    subject.names = {subject.account, gateway.id, token.id};
    return subject;
  }
  static std::string SequenceOf(const Added& gateway) {
    const json::object page =
        ledger().Management().Get("/v1/events?limit=1&gateway=" + gateway.id).Json();
    return json::serialize(page.at("events").at(0).at("sequence"));
  }

  HttpAnswer Ask(const std::string& token, const Subject& subject) const {
    HttpClient client = ledger().Management();
    client.options().token = token;
    if (!route().writes()) {  // a stream would not end
      const bool streams = route().pattern == "/v1/events/stream";
      return client.Send(streams ? "HEAD" : "GET", subject.path);
    }
    return client.Send(api::MethodName(route().method), subject.path,
                       json::serialize(subject.body));
  }

  // A success, or a redirect of a browser.
  static bool Succeeded(const HttpAnswer& answer) {
    return answer.status / 100 == 2 || answer.status == 303;
  }

  void ExpectRefused(const HttpAnswer& answer, int status, const std::string& code,
                     const std::string& before) const {
    EXPECT_EQ(answer.status, status) << answer.body;
    if (!answer.body.empty()) {  // as after HEAD
      EXPECT_EQ(answer.Code(), code);
    }
    EXPECT_EQ(ledger().position(), before) << "something happened";
  }
};

TEST_P(EveryAccessTest, IsAsThePageSays) {
  for (const std::string_view role : kRoles) {
    for (const bool of_account : {false, true}) {
      SCOPED_TRACE(std::string(role) + (of_account ? " of the account" : " of all accounts"));
      const Subject subject = Make();
      const std::vector<std::string> accounts =
          of_account ? std::vector{subject.account} : std::vector<std::string>();
      const NewToken token = ledger().CreateToken(role, accounts, std::chrono::hours(1));
      const std::string before = ledger().position();
      const HttpAnswer answer = Ask(token.secret, subject);
      if (Answer(role) == "no") {
        ExpectRefused(answer, 403, "forbidden", before);
      } else {
        EXPECT_TRUE(Succeeded(answer)) << answer.status << answer.body;
      }
    }
  }
}

TEST_P(EveryAccessTest, ATokenForAnotherAccountLearnsNothing) {
  const std::string elsewhere = ledger().NewAccount();
  for (const std::string_view role : kRoles) {
    SCOPED_TRACE(role);
    const Subject subject = Make();
    const NewToken token = ledger().CreateToken(role, {elsewhere});
    const std::string before = ledger().position();
    const HttpAnswer answer = Ask(token.secret, subject);
    const bool named =
        route().pattern.find('{') != std::string_view::npos || subject.body.contains("accounts");
    if (Answer(role) == "no") {
      ExpectRefused(answer, 403, "forbidden", before);
    } else if (named) {
      ExpectRefused(answer, 404, "not_found", before);
    } else {
      EXPECT_TRUE(Succeeded(answer)) << answer.status << answer.body;
      for (const std::string& name : subject.names) {
        EXPECT_EQ(answer.body.find('"' + name + '"'), std::string::npos) << answer.body;
      }
    }
  }
}

TEST_P(EveryAccessTest, ATokenThatDoesNotHoldIsWorthNothing) {
  const NewToken expired = ledger().CreateToken("owner", {}, std::chrono::seconds(1));
  const NewToken revoked = ledger().CreateToken("owner");
  const NewToken rotated = ledger().CreateToken("owner");
  EXPECT_EQ(ledger().Management().Send("DELETE", "/v1/tokens/" + revoked.id).status, 204);
  const HttpAnswer rotation =
      ledger().Management().Send("POST", "/v1/tokens/" + rotated.id + "/rotate");
  EXPECT_EQ(rotation.status, 200) << rotation.body;
  ledger().Advance(std::chrono::seconds(1));
  const Subject subject = Make();
  const std::string before = ledger().position();
  for (const NewToken* token : {&expired, &revoked, &rotated}) {
    const HttpAnswer answer = Ask(token->secret, subject);
    if (route().who == Who::kAnyone) {
      EXPECT_TRUE(Succeeded(answer)) << answer.status << answer.body;
    } else {
      ExpectRefused(answer, 401, "unauthenticated", before);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Requests, EveryAccessTest, ::testing::ValuesIn(Cases()), NameOf);

}  // namespace
}  // namespace latchkey::testing
