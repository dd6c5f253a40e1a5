// How often connecting and disconnecting is recorded, and the suspicion that a certificate is
// shared: one row for each rule.
#include <chrono>

#include <gtest/gtest.h>

#include "tests/core/domain/rule_table.h"

namespace latchkey::testing {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class ConnectionRules : public ::testing::TestWithParam<Rule> {};
TEST_P(ConnectionRules, Hold) { CheckRule(GetParam()); }

// Registered long ago, and six times gone and back within an hour: twelve facts.
std::vector<Step> TwelveConnected() {
  std::vector<Step> steps{Add("paris"), Register("paris"), Wait(hours(2))};
  for (int i = 0; i < 6; ++i) {
    steps.push_back(Disconnect("paris"));
    steps.push_back(CheckIn("paris"));
  }
  return steps;
}

// Registered and connected just now: twelve facts too, the last of which disconnected it.
std::vector<Step> Twelve() {
  std::vector<Step> steps{Add("paris"), Register("paris"), Disconnect("paris")};
  for (int i = 0; i < 5; ++i) {
    steps.push_back(CheckIn("paris"));
    steps.push_back(Disconnect("paris"));
  }
  return steps;
}

const std::string kGone = "registered; 1 redeemed current";
const std::string kThere = "registered connected; 1 redeemed current";

const Rule kFlapping[] = {
    Rule("the twelfth connection fact of an hour is recorded")
        .Given({Add("paris"), Register("paris"), Disconnect("paris"), CheckIn("paris"),
                Disconnect("paris"), CheckIn("paris"), Disconnect("paris"), CheckIn("paris"),
                Disconnect("paris"), CheckIn("paris"), Disconnect("paris"), CheckIn("paris")})
        .When(Disconnect("paris"))
        .Then("ok", {"GatewayDisconnected"}, kGone),
    Rule("the thirteenth is told as flapping")
        .Given(Twelve())
        .When(CheckIn("paris"))
        .Then("ok", {"GatewayFlapping"}, kGone),
    Rule("and nothing more after it")
        .Given(After(Twelve(), {CheckIn("paris")}))
        .When(CheckIn("paris"))
        .Then("ok", {}, kGone),
    Rule("a gateway that flaps counts as disconnected")
        .Given(TwelveConnected())
        .When(Disconnect("paris"))
        .Then("ok", {"GatewayFlapping"}, kGone),
    Rule("it connects again when the hour is over")
        .Given(After(Twelve(), {CheckIn("paris"), Wait(hours(1))}))
        .When(CheckIn("paris"))
        .Then("ok", {"GatewayConnected"}, kThere),
    Rule("and not a microsecond before")
        .Given(After(Twelve(), {CheckIn("paris"), Wait(hours(1) - kTick)}))
        .When(CheckIn("paris"))
        .Then("ok", {}, kGone),
    Rule("twelve in more than an hour are not flapping")
        .Given({Add("paris"), Register("paris"), Wait(minutes(11)), Disconnect("paris"),
                CheckIn("paris"), Wait(minutes(11)), Disconnect("paris"), CheckIn("paris"),
                Wait(minutes(11)), Disconnect("paris"), CheckIn("paris"), Wait(minutes(11)),
                Disconnect("paris"), CheckIn("paris"), Wait(minutes(11)), Disconnect("paris"),
                CheckIn("paris"), Wait(minutes(11)), Disconnect("paris")})
        .When(CheckIn("paris"))
        .Then("ok", {"GatewayConnected"}, kThere),
    Rule("a gateway that flaps is confirmed all the same")
        .Given(After(Twelve(), {CheckIn("paris"), Replace("paris"), Redeem("paris", 2)}))
        .When(CheckIn("paris", 2))
        .Then("ok", {"RegistrationConfirmed 2 replaces"},
              "registered; 1 redeemed revoked; 2 redeemed current"),
};
INSTANTIATE_TEST_SUITE_P(Flapping, ConnectionRules, ::testing::ValuesIn(kFlapping), RuleName);

const Rule kSharing[] = {
    Rule("a suspicion is recorded")
        .Given(kRegistered)
        .When(SuspectSharing("paris"))
        .Then("ok", {"CertificateSharedSuspected"}, kThere),
    Rule("and once for a certificate")
        .Given(After(kRegistered, {SuspectSharing("paris")}))
        .When(SuspectSharing("paris"))
        .Then("ok", {}, kThere),
    Rule("the next certificate may be suspected again")
        .Given(After(kRegistered,
                     {SuspectSharing("paris"), Renew("paris", "bob"), CheckInAs("paris", "bob")}))
        .When(SuspectSharing("paris", "bob"))
        .Then("ok", {"CertificateSharedSuspected"},
              "registered connected; 1 redeemed renewed; renewal current"),
    Rule("one that is pending is not")
        .Given({Add("paris"), Redeem("paris")})
        .When(SuspectSharing("paris"))
        .Then("ok", {}, "registering; 1 redeemed pending"),
    Rule("nor is one that is not used yet")
        .Given(After(kRegistered, {Renew("paris", "bob")}))
        .When(SuspectSharing("paris", "bob"))
        .Then("ok", {}, "registered connected; 1 redeemed current; renewal unused"),
    Rule("nor one that has ended")
        .Given(After(kRegistered, {Deregister("paris")}))
        .When(SuspectSharing("paris"))
        .Then("certificate_revoked", {}, "unregistered; 1 redeemed revoked"),
};
INSTANTIATE_TEST_SUITE_P(Sharing, ConnectionRules, ::testing::ValuesIn(kSharing), RuleName);

TEST(Sharing, NamesBothAddresses) {
  TestLedger ledger;
  ledger.Open("acme");
  for (const Step& step : kRegistered) ASSERT_TRUE(step.run(ledger).answer);
  const Outcome suspected = SuspectSharing("paris").run(ledger);
  ASSERT_EQ(suspected.events.size(), 1u);
  const events::Personal personal = Unsealed(suspected.events[0].sealed());
  EXPECT_EQ(personal.address(), "192.0.2.8");
  EXPECT_EQ(personal.other_address(), "203.0.113.9");
}

}  // namespace
}  // namespace latchkey::testing
