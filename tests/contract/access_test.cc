// Every route of the management listener, and every option in a body, with every role; with a token
// for another account, and with an expired, a revoked and a rotated token. The cases come from the
// route table and the answers from docs/access.md: a route without a row fails.
#include <set>

#include <gtest/gtest.h>

#include "tests/contract/access_table.h"
#include "tests/contract/management_requests.h"

namespace latchkey::testing {
namespace {

using api::Who;

std::string NameOf(const ::testing::TestParamInfo<ManagementRequest>& row) {
  std::string name;
  for (const char c : row.param.Name()) {
    name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  }
  return name;
}

TEST(AccessTest, ThePageHasExactlyTheRowsOfTheRouteTable) {
  std::set<std::string> requests;
  for (const ManagementRequest& row : ManagementRequests()) requests.insert(row.Name());
  std::set<std::string> rows;
  for (const auto& [request, roles] : ReadAccessTable()) {
    rows.insert(request);
    EXPECT_EQ(roles.size(), std::size(kRoles)) << request;
  }
  EXPECT_EQ(rows, requests);
}

class EveryAccessTest : public ::testing::TestWithParam<ManagementRequest> {
 protected:
  static ContractLedger& ledger() { return ContractLedger::Instance(); }
  const api::Route& route() const { return *GetParam().route; }
  std::string Answer(std::string_view role) const {
    static const auto table = ReadAccessTable();
    const auto row = table.find(GetParam().Name());
    return row == table.end() ? "" : row->second.at(std::string(role));
  }

  static Subject Make() { return MakeSubject(ledger(), GetParam()); }
  static HttpAnswer Ask(const std::string& token, const Subject& subject) {
    HttpClient client = ledger().Management();
    client.options().token = token;
    return testing::Ask(client, GetParam(), subject);
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
      Subject subject = Make();
      const std::vector<std::string> accounts =
          of_account ? std::vector{subject.account} : std::vector<std::string>();
      const NewToken token = ledger().CreateToken(role, accounts, std::chrono::hours(1));
      MakeOwn(ledger(), GetParam(), token, &subject);
      const std::string before = ledger().position();
      const HttpAnswer answer = Ask(token.secret, subject);
      if (Answer(role) == "no" || (of_account && IsForAllAccounts(GetParam()))) {
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
    const bool named = NamesSomething(GetParam(), subject) || subject.body.contains("account");
    if (Answer(role) == "no" || IsForAllAccounts(GetParam())) {
      ExpectRefused(answer, 403, "forbidden", before);
    } else if (named) {
      ExpectRefused(answer, 404, "not_found", before);
    } else {
      EXPECT_TRUE(Succeeded(answer)) << answer.status << answer.body;
      for (const std::string& name : subject.names()) {
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

INSTANTIATE_TEST_SUITE_P(Requests, EveryAccessTest, ::testing::ValuesIn(ManagementRequests()),
                         NameOf);

}  // namespace
}  // namespace latchkey::testing
