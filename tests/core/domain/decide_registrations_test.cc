// Confirming, failing, abandoning and ending registrations, and connection: one row for each rule.
#include <gtest/gtest.h>

#include "tests/core/domain/rule_table.h"

namespace latchkey::testing {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class RegistrationRules : public ::testing::TestWithParam<Rule> {};
TEST_P(RegistrationRules, Hold) { CheckRule(GetParam()); }

// A registered gateway with a replacement on the way: a key, or a pending registration.
const std::vector<Step> kReplacing{Add("paris"), Register("paris"), Replace("paris")};
const std::vector<Step> kReplacementPending{Add("paris"), Register("paris"), Replace("paris"),
                                            Redeem("paris", 2)};

const Rule kCheckingIn[] = {
    Rule("the first check in confirms and connects")
        .Given({Add("paris"), Redeem("paris")})
        .When(CheckIn("paris"))
        .Then("ok", {"RegistrationConfirmed 1", "GatewayConnected"},
              "registered connected; 1 redeemed current"),
    Rule("a later check in is no fact")
        .Given({Add("paris"), Register("paris")})
        .When(CheckIn("paris"))
        .Then("ok", {}, "registered connected; 1 redeemed current"),
    Rule("a check in after a silence connects")
        .Given({Add("paris"), Register("paris"), Disconnect("paris")})
        .When(CheckIn("paris"))
        .Then("ok", {"GatewayConnected"}, "registered connected; 1 redeemed current"),
    Rule("a check in after confirm by confirms until it is abandoned")
        .Given({Add("paris"), Redeem("paris"), Wait(hours(2))})
        .When(CheckIn("paris"))
        .Then("ok", {"RegistrationConfirmed 1", "GatewayConnected"},
              "registered connected; 1 redeemed current"),
    Rule("confirming forgets the last failure")
        .Given(
            {Add("paris"), Redeem("paris"), Fail("paris"), Generate("paris"), Redeem("paris", 2)})
        .When(CheckIn("paris", 2))
        .Then("ok", {"RegistrationConfirmed 2", "GatewayConnected"},
              "registered connected; 1 redeemed abandoned; 2 redeemed current"),
    Rule("a machine works on while its replacement is pending")
        .Given(kReplacementPending)
        .When(CheckIn("paris", 1))
        .Then("ok", {}, "registered connected; 1 redeemed current; 2 redeemed pending"),
    Rule("a machine connects while its replacement is pending")
        .Given(After(kReplacementPending, {Disconnect("paris")}))
        .When(CheckIn("paris", 1))
        .Then("ok", {"GatewayConnected"},
              "registered connected; 1 redeemed current; 2 redeemed pending"),
    Rule("confirming a replacement ends the old identity")
        .Given(kReplacementPending)
        .When(CheckIn("paris", 2))
        .Then("ok", {"RegistrationConfirmed 2 replaces"},
              "registered connected; 1 redeemed revoked; 2 redeemed current"),
    Rule("confirming a replacement connects when the old was silent")
        .Given(After(kReplacementPending, {Disconnect("paris")}))
        .When(CheckIn("paris", 2))
        .Then("ok", {"RegistrationConfirmed 2 replaces", "GatewayConnected"},
              "registered connected; 1 redeemed revoked; 2 redeemed current"),
    Rule("a deregistered gateway is registered anew")
        .Given({Add("paris"), Register("paris"), Deregister("paris"), Generate("paris"),
                Redeem("paris", 2)})
        .When(CheckIn("paris", 2))
        .Then("ok", {"RegistrationConfirmed 2", "GatewayConnected"},
              "registered connected; 1 redeemed revoked; 2 redeemed current"),
};
INSTANTIATE_TEST_SUITE_P(CheckingIn, RegistrationRules, ::testing::ValuesIn(kCheckingIn), RuleName);

const Rule kFailing[] = {
    Rule("a failed installation ends the registration")
        .Given({Add("paris"), Redeem("paris")})
        .When(Fail("paris"))
        .Then("ok", {"InstallationFailed 1 disk_full"},
              "unregistered; 1 redeemed abandoned; failed disk_full"),
    Rule("a failure after confirm by is still the reason")
        .Given({Add("paris"), Redeem("paris"), Wait(hours(2))})
        .When(Fail("paris"))
        .Then("ok", {"InstallationFailed 1 disk_full"},
              "unregistered; 1 redeemed abandoned; failed disk_full"),
    Rule("a newer failure takes the place of the last")
        .Given({Add("paris"), Redeem("paris"), Generate("paris"), Redeem("paris", 2)})
        .When(Fail("paris", 2, "no_network"))
        .Then("ok", {"InstallationFailed 2 no_network"},
              "unregistered; 1 redeemed abandoned; 2 redeemed abandoned; failed no_network"),
    Rule("a failed replacement leaves the gateway as it was")
        .Given(kReplacementPending)
        .When(Fail("paris", 2))
        .Then("ok", {"InstallationFailed 2 disk_full"},
              "registered connected; 1 redeemed current; 2 redeemed abandoned; failed disk_full"),
    Rule("a confirmed installation cannot have failed")
        .Given({Add("paris"), Register("paris")})
        .When(Fail("paris"))
        .Then("already_registered", {}, "registered connected; 1 redeemed current"),
    Rule("a replaced machine cannot fail its replacement")
        .Given(kReplacementPending)
        .When(Fail("paris", 1))
        .Then("already_registered", {},
              "registered connected; 1 redeemed current; 2 redeemed pending"),
};
INSTANTIATE_TEST_SUITE_P(Failing, RegistrationRules, ::testing::ValuesIn(kFailing), RuleName);

const Rule kAbandoning[] = {
    Rule("made after the clock was set back, it ends at its confirm-by")
        .Given({Add("lyon"), Wait(kWeek), Add("nice"), Wait(-kWeek), Add("paris"), Redeem("paris"),
                Wait(ledger_limits::kDefaultConfirmWindow)})
        .When(AbandonTimer("paris"))
        .Then("ok", {"RegistrationAbandoned 1 CONFIRM_BY_PASSED"},
              "unregistered; 1 redeemed abandoned; failed not_confirmed"),
    Rule("and not before, though the last event is later than that")
        .Given({Add("lyon"), Wait(kWeek), Add("nice"), Wait(-kWeek), Add("paris"), Redeem("paris"),
                Wait(ledger_limits::kDefaultConfirmWindow - kTick)})
        .When(AbandonTimer("paris"))
        .Then("ok", {}, "registering; 1 redeemed pending"),
    Rule("confirm by passes")
        .Given({Add("paris"), Redeem("paris"), Wait(hours(1))})
        .When(AbandonTimer("paris"))
        .Then("ok", {"RegistrationAbandoned 1 CONFIRM_BY_PASSED"},
              "unregistered; 1 redeemed abandoned; failed not_confirmed"),
    Rule("the microsecond before confirm by nothing passes")
        .Given({Add("paris"), Redeem("paris"), Wait(hours(1) - kTick)})
        .When(AbandonTimer("paris"))
        .Then("ok", {}, "registering; 1 redeemed pending"),
    Rule("what passed while the server was down gets more time")
        .Given({Add("paris"), Redeem("paris"), Restart(hours(5))})
        .When(AbandonTimer("paris"))
        .Then("ok", {}, "registering; 1 redeemed pending"),
    Rule("what passed as the server started gets more time")
        .Given({Add("paris"), Redeem("paris"), Restart(hours(1))})
        .When(AbandonTimer("paris"))
        .Then("ok", {}, "registering; 1 redeemed pending"),
    Rule("fifteen minutes but a microsecond")
        .Given({Add("paris"), Redeem("paris"), Restart(hours(5)), Wait(minutes(15) - kTick)})
        .When(AbandonTimer("paris"))
        .Then("ok", {}, "registering; 1 redeemed pending"),
    Rule("fifteen minutes more")
        .Given({Add("paris"), Redeem("paris"), Restart(hours(5)), Wait(minutes(15))})
        .When(AbandonTimer("paris"))
        .Then("ok", {"RegistrationAbandoned 1 CONFIRM_BY_PASSED"},
              "unregistered; 1 redeemed abandoned; failed not_confirmed"),
    Rule("a check in within the grace confirms")
        .Given({Add("paris"), Redeem("paris"), Restart(hours(5)), Wait(minutes(14))})
        .When(CheckIn("paris"))
        .Then("ok", {"RegistrationConfirmed 1", "GatewayConnected"},
              "registered connected; 1 redeemed current"),
    Rule("what had not passed at the start gets no more")
        .Given({Add("paris"), Redeem("paris"), Restart(hours(1) - kTick), Wait(kTick)})
        .When(AbandonTimer("paris"))
        .Then("ok", {"RegistrationAbandoned 1 CONFIRM_BY_PASSED"},
              "unregistered; 1 redeemed abandoned; failed not_confirmed"),
    Rule("a check in ordered first wins")
        .Given({Add("paris"), Redeem("paris"), Wait(hours(1)), CheckIn("paris")})
        .When(AbandonTimer("paris"))
        .Then("ok", {}, "registered connected; 1 redeemed current"),
    Rule("the timer abandons once")
        .Given({Add("paris"), Redeem("paris"), Wait(hours(1)), Timers()})
        .When(AbandonTimer("paris"))
        .Then("ok", {}, "unregistered; 1 redeemed abandoned; failed not_confirmed"),
    Rule("the timer of an earlier registration leaves a later one")
        .Given(
            {Add("paris"), Redeem("paris"), Generate("paris"), Redeem("paris", 2), Wait(hours(1))})
        .When(AbandonTimer("paris", 1))
        .Then("ok", {}, "registering; 1 redeemed abandoned; 2 redeemed pending; failed superseded"),
    Rule("the timer may name a removed gateway")
        .Given({Add("paris"), Redeem("paris"), Remove("paris"), Wait(hours(1))})
        .When(AbandonTimer("paris"))
        .Then("ok", {}, "removed; 1 redeemed abandoned"),
    Rule("the timer may name no gateway").When(AbandonTimer("paris")).Then("ok", {}, "none"),
    Rule("an abandoned replacement leaves the gateway as it was")
        .Given(After(kReplacementPending, {Wait(hours(1))}))
        .When(AbandonTimer("paris", 2))
        .Then(
            "ok", {"RegistrationAbandoned 2 CONFIRM_BY_PASSED"},
            "registered connected; 1 redeemed current; 2 redeemed abandoned; failed not_confirmed"),
};
INSTANTIATE_TEST_SUITE_P(Abandoning, RegistrationRules, ::testing::ValuesIn(kAbandoning), RuleName);

const Rule kDeregistering[] = {
    Rule("a gateway without anything to end")
        .Given({Add("paris"), Revoke("paris")})
        .When(Deregister("paris"))
        .Then("ok", {}, "unregistered; 1 revoked"),
    Rule("an active key is revoked")
        .Given({Add("paris")})
        .When(Deregister("paris"))
        .Then("ok", {"KeyRevoked 1"}, "unregistered; 1 revoked"),
    Rule("a key that had expired is told of")
        .Given({Add("paris"), Wait(kWeek)})
        .When(Deregister("paris"))
        .Then("ok", {"KeyExpired 1"}, "unregistered; 1 expired"),
    Rule("a pending registration is abandoned and no failure")
        .Given({Add("paris"), Redeem("paris")})
        .When(Deregister("paris"))
        .Then("ok", {"RegistrationAbandoned 1 DEREGISTERED"}, "unregistered; 1 redeemed abandoned"),
    Rule("an earlier failure stays")
        .Given(
            {Add("paris"), Redeem("paris"), Fail("paris"), Generate("paris"), Redeem("paris", 2)})
        .When(Deregister("paris"))
        .Then("ok", {"RegistrationAbandoned 2 DEREGISTERED"},
              "unregistered; 1 redeemed abandoned; 2 redeemed abandoned; failed disk_full"),
    Rule("the identity ends")
        .Given({Add("paris"), Register("paris")})
        .When(Deregister("paris"))
        .Then("ok", {"GatewayDeregistered"}, "unregistered; 1 redeemed revoked"),
    Rule("the identity of a silent gateway ends")
        .Given({Add("paris"), Register("paris"), Disconnect("paris")})
        .When(Deregister("paris"))
        .Then("ok", {"GatewayDeregistered"}, "unregistered; 1 redeemed revoked"),
    Rule("the key to replace ends with it")
        .Given(kReplacing)
        .When(Deregister("paris"))
        .Then("ok", {"GatewayDeregistered", "KeyRevoked 2"},
              "unregistered; 1 redeemed revoked; 2 revoked"),
    Rule("the expired key to replace ends with it")
        .Given(After(kReplacing, {Wait(kWeek)}))
        .When(Deregister("paris"))
        .Then("ok", {"GatewayDeregistered", "KeyExpired 2"},
              "unregistered; 1 redeemed revoked; 2 expired"),
    Rule("the pending replacement ends with it")
        .Given(kReplacementPending)
        .When(Deregister("paris"))
        .Then("ok", {"GatewayDeregistered", "RegistrationAbandoned 2 DEREGISTERED"},
              "unregistered; 1 redeemed revoked; 2 redeemed abandoned"),
    Rule("a second time there is nothing to end")
        .Given({Add("paris"), Register("paris"), Deregister("paris")})
        .When(Deregister("paris"))
        .Then("ok", {}, "unregistered; 1 redeemed revoked"),
};
INSTANTIATE_TEST_SUITE_P(Deregistering, RegistrationRules, ::testing::ValuesIn(kDeregistering),
                         RuleName);

TEST(Deregistering, TheFirstThatEndedHasTheReason) {
  const struct {
    const char* name;
    std::vector<Step> given;
    std::size_t ended;
  } rows[] = {{"a key", {Add("paris")}, 1},
              {"a pending registration", {Add("paris"), Redeem("paris")}, 1},
              {"an identity", {Add("paris"), Register("paris")}, 1},
              {"an identity and a key", kReplacing, 2},
              {"an identity and what would replace it", kReplacementPending, 2}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    TestLedger ledger;
    ledger.Open("acme");
    for (const Step& step : row.given) step.run(ledger);
    const Outcome outcome = ledger.Deregister(1, "the site closes");
    ASSERT_EQ(outcome.events.size(), row.ended);
    EXPECT_EQ(Unsealed(outcome.events[0].sealed()).reason(), "the site closes");
    for (std::size_t i = 1; i < row.ended; ++i) EXPECT_FALSE(outcome.events[i].has_sealed());
  }
}

const Rule kConnection[] = {
    Rule("a gateway falls silent")
        .Given({Add("paris"), Register("paris")})
        .When(Disconnect("paris"))
        .Then("ok", {"GatewayDisconnected"}, "registered; 1 redeemed current"),
    Rule("a silent gateway stays silent")
        .Given({Add("paris"), Register("paris"), Disconnect("paris")})
        .When(Disconnect("paris"))
        .Then("ok", {}, "registered; 1 redeemed current"),
    Rule("a pending registration was never connected")
        .Given({Add("paris"), Redeem("paris")})
        .When(Disconnect("paris"))
        .Then("ok", {}, "registering; 1 redeemed pending"),
    Rule("a deregistered gateway is silent already")
        .Given({Add("paris"), Register("paris"), Deregister("paris")})
        .When(Disconnect("paris"))
        .Then("ok", {}, "unregistered; 1 redeemed revoked"),
    Rule("a removed gateway is silent already")
        .Given({Add("paris"), Register("paris"), Remove("paris")})
        .When(Disconnect("paris"))
        .Then("ok", {}, "removed; 1 redeemed revoked"),
    Rule("no gateway at all").When(Disconnect("paris")).Then("ok", {}, "none"),
};
INSTANTIATE_TEST_SUITE_P(Connection, RegistrationRules, ::testing::ValuesIn(kConnection), RuleName);

}  // namespace
}  // namespace latchkey::testing
