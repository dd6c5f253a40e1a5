// Redeeming a key: one row for each rule, and for each possible fault of a key.
#include <gtest/gtest.h>

#include "tests/core/domain/rule_table.h"

namespace latchkey::testing {
namespace {

using std::chrono::hours;

class RedemptionRules : public ::testing::TestWithParam<Rule> {};
TEST_P(RedemptionRules, Hold) { CheckRule(GetParam()); }

const Rule kRedeeming[] = {
    Rule("an active key is redeemed")
        .Given({Add("paris")})
        .When(Redeem("paris"))
        .Then("created", {"KeyRedeemed 1"}, "registering; 1 redeemed pending"),
    Rule("a key is redeemed in its last microsecond")
        .Given({Add("paris"), Wait(kWeek - kTick)})
        .When(Redeem("paris"))
        .Then("created", {"KeyRedeemed 1"}, "registering; 1 redeemed pending"),
    Rule("the newest key is redeemed")
        .Given({Add("paris"), Generate("paris")})
        .When(Redeem("paris", 2))
        .Then("created", {"KeyRedeemed 2"}, "registering; 1 superseded; 2 redeemed pending"),
    Rule("a key is redeemed after the one before failed")
        .Given({Add("paris"), Redeem("paris"), Fail("paris"), Generate("paris")})
        .When(Redeem("paris", 2))
        .Then("created", {"KeyRedeemed 2"},
              "registering; 1 redeemed abandoned; 2 redeemed pending; failed disk_full"),
    Rule("a key is redeemed after many refusals")
        .Given({Add("paris"), Try(RedeemWithBadCsr("paris")), Try(RedeemWithWrongSecret("paris"))})
        .When(Redeem("paris"))
        .Then("created", {"KeyRedeemed 1"}, "registering; 1 redeemed pending"),
    Rule("a replacement leaves the gateway registered")
        .Given({Add("paris"), Register("paris"), Replace("paris")})
        .When(Redeem("paris", 2, "bob"))
        .Then("created", {"KeyRedeemed 2 to replace"},
              "registered connected; 1 redeemed current; 2 redeemed pending"),
    Rule("a replacement may come from the same key pair")
        .Given({Add("paris"), Register("paris"), Replace("paris")})
        .When(Redeem("paris", 2, "ann"))
        .Then("created", {"KeyRedeemed 2 to replace"},
              "registered connected; 1 redeemed current; 2 redeemed pending"),
    Rule("one key pair may stand behind two gateways")
        .Given({Add("lyon"), Register("lyon"), Add("paris")})
        .When(Redeem("paris"))
        .Then("created", {"KeyRedeemed 1"}, "registering; 1 redeemed pending"),
};
INSTANTIATE_TEST_SUITE_P(Redeeming, RedemptionRules, ::testing::ValuesIn(kRedeeming), RuleName);

const Rule kRepeating[] = {
    Rule("the same key pair gets its pending certificate again")
        .Given({Add("paris"), Redeem("paris")})
        .When(Redeem("paris"))
        .Then("repeated", {}, "registering; 1 redeemed pending"),
    Rule("the same key pair gets its current certificate again")
        .Given({Add("paris"), Register("paris")})
        .When(Redeem("paris"))
        .Then("repeated", {}, "registered connected; 1 redeemed current"),
    Rule("a repeat is good after the key would have expired")
        .Given({Add("paris"), Register("paris"), Wait(kWeek)})
        .When(Redeem("paris"))
        .Then("repeated", {}, "registered connected; 1 redeemed current"),
    Rule("a repeat is good after confirm by until it is abandoned")
        .Given({Add("paris"), Redeem("paris"), Wait(hours(2))})
        .When(Redeem("paris"))
        .Then("repeated", {}, "registering; 1 redeemed pending"),
    Rule("a repeat is good while a replacement is pending")
        .Given({Add("paris"), Register("paris"), Replace("paris"), Redeem("paris", 2, "bob")})
        .When(Redeem("paris", 1))
        .Then("repeated", {}, "registered connected; 1 redeemed current; 2 redeemed pending"),
    Rule("a pending replacement is repeated")
        .Given({Add("paris"), Register("paris"), Replace("paris"), Redeem("paris", 2, "bob")})
        .When(Redeem("paris", 2, "bob"))
        .Then("repeated", {}, "registered connected; 1 redeemed current; 2 redeemed pending"),
    Rule("a repeat after failure tells that it ended")
        .Given({Add("paris"), Redeem("paris"), Fail("paris")})
        .When(Redeem("paris"))
        .Then("registration_ended", {"RedemptionRefused 1 registration_ended #1"},
              "unregistered; 1 redeemed abandoned; failed disk_full"),
    Rule("a repeat after confirm by passed tells that it ended")
        .Given({Add("paris"), Redeem("paris"), Wait(hours(1)), Timers()})
        .When(Redeem("paris"))
        .Then("registration_ended", {"RedemptionRefused 1 registration_ended #1"},
              "unregistered; 1 redeemed abandoned; failed not_confirmed"),
    Rule("a repeat after a new key tells that it ended")
        .Given({Add("paris"), Redeem("paris"), Generate("paris")})
        .When(Redeem("paris"))
        .Then("registration_ended", {"RedemptionRefused 1 registration_ended #1"},
              "unregistered; 1 redeemed abandoned; 2 active; failed superseded"),
    Rule("a repeat tells that it ended also while a newer one is pending")
        .Given({Add("paris"), Redeem("paris"), Generate("paris"), Redeem("paris", 2)})
        .When(Redeem("paris", 1))
        .Then("registration_ended", {"RedemptionRefused 1 registration_ended #1"},
              "registering; 1 redeemed abandoned; 2 redeemed pending; failed superseded"),
    Rule("a repeat tells that it ended also while a newer one is current")
        .Given({Add("paris"), Redeem("paris"), Generate("paris"), Register("paris", 2)})
        .When(Redeem("paris", 1))
        .Then("registration_ended", {"RedemptionRefused 1 registration_ended #1"},
              "registered connected; 1 redeemed abandoned; 2 redeemed current"),
    Rule("a repeat after deregistration tells that it ended")
        .Given({Add("paris"), Register("paris"), Deregister("paris")})
        .When(Redeem("paris"))
        .Then("registration_ended", {"RedemptionRefused 1 registration_ended #1"},
              "unregistered; 1 redeemed revoked"),
    Rule("a repeat after replacement tells that it ended")
        .Given({Add("paris"), Register("paris"), Replace("paris"), Register("paris", 2)})
        .When(Redeem("paris", 1))
        .Then("registration_ended", {"RedemptionRefused 1 registration_ended #1"},
              "registered connected; 1 redeemed revoked; 2 redeemed current"),
    Rule("a repeat after removal tells that it ended")
        .Given({Add("paris"), Register("paris"), Remove("paris")})
        .When(Redeem("paris"))
        .Then("registration_ended", {"RedemptionRefused 1 registration_ended #1"},
              "removed; 1 redeemed revoked"),
};
INSTANTIATE_TEST_SUITE_P(Repeating, RedemptionRules, ::testing::ValuesIn(kRepeating), RuleName);

// A redeemed key is always answered as redeemed.
const Rule kByAnother[] = {
    Rule("another key pair while pending")
        .Given({Add("paris"), Redeem("paris")})
        .When(Redeem("paris", 1, "bob"))
        .Then("key_already_redeemed", {"RedemptionRefused 1 key_already_redeemed #1"},
              "registering; 1 redeemed pending"),
    Rule("another key pair while registered")
        .Given({Add("paris"), Register("paris")})
        .When(Redeem("paris", 1, "bob"))
        .Then("key_already_redeemed", {"RedemptionRefused 1 key_already_redeemed #1"},
              "registered connected; 1 redeemed current"),
    Rule("another key pair after failure")
        .Given({Add("paris"), Redeem("paris"), Fail("paris")})
        .When(Redeem("paris", 1, "bob"))
        .Then("key_already_redeemed", {"RedemptionRefused 1 key_already_redeemed #1"},
              "unregistered; 1 redeemed abandoned; failed disk_full"),
    Rule("another key pair after a newer key")
        .Given({Add("paris"), Redeem("paris"), Generate("paris")})
        .When(Redeem("paris", 1, "bob"))
        .Then("key_already_redeemed", {"RedemptionRefused 1 key_already_redeemed #1"},
              "unregistered; 1 redeemed abandoned; 2 active; failed superseded"),
    Rule("another key pair after the key would have expired")
        .Given({Add("paris"), Register("paris"), Wait(kWeek)})
        .When(Redeem("paris", 1, "bob"))
        .Then("key_already_redeemed", {"RedemptionRefused 1 key_already_redeemed #1"},
              "registered connected; 1 redeemed current"),
    Rule("another key pair after deregistration")
        .Given({Add("paris"), Register("paris"), Deregister("paris")})
        .When(Redeem("paris", 1, "bob"))
        .Then("key_already_redeemed", {"RedemptionRefused 1 key_already_redeemed #1"},
              "unregistered; 1 redeemed revoked"),
    Rule("another key pair after removal")
        .Given({Add("paris"), Register("paris"), Remove("paris")})
        .When(Redeem("paris", 1, "bob"))
        .Then("key_already_redeemed", {"RedemptionRefused 1 key_already_redeemed #1"},
              "removed; 1 redeemed revoked"),
    Rule("another key pair that holds a newer registration")
        .Given({Add("paris"), Register("paris"), Replace("paris"), Redeem("paris", 2, "bob")})
        .When(Redeem("paris", 1, "bob"))
        .Then("key_already_redeemed", {"RedemptionRefused 1 key_already_redeemed #1"},
              "registered connected; 1 redeemed current; 2 redeemed pending"),
    Rule("a bad CSR for a redeemed key")
        .Given({Add("paris"), Redeem("paris")})
        .When(RedeemWithBadCsr("paris"))
        .Then("key_already_redeemed", {"RedemptionRefused 1 key_already_redeemed #1"},
              "registering; 1 redeemed pending"),
};
INSTANTIATE_TEST_SUITE_P(ByAnother, RedemptionRules, ::testing::ValuesIn(kByAnother), RuleName);

// Of superseded, revoked and expired, the first to happen names the refusal.
const Rule kEnded[] = {
    Rule("a superseded key")
        .Given({Add("paris"), Generate("paris")})
        .When(Redeem("paris", 1))
        .Then("key_superseded", {"RedemptionRefused 1 key_superseded #1"},
              "unregistered; 1 superseded; 2 active"),
    Rule("a revoked key")
        .Given({Add("paris"), Revoke("paris")})
        .When(Redeem("paris"))
        .Then("key_revoked", {"RedemptionRefused 1 key_revoked #1"}, "unregistered; 1 revoked"),
    Rule("a key recorded as expired")
        .Given({Add("paris"), Wait(kWeek), Timers()})
        .When(Redeem("paris"))
        .Then("key_expired", {"RedemptionRefused 1 key_expired #1"}, "unregistered; 1 expired"),
    Rule("a key that has just expired")
        .Given({Add("paris"), Wait(kWeek)})
        .When(Redeem("paris"))
        .Then("key_expired", {"KeyExpired 1", "RedemptionRefused 1 key_expired #1"},
              "unregistered; 1 expired"),
    Rule("a key refused as expired, and then the clock is set back")
        .Given({Add("paris"), Wait(kWeek), Try(Redeem("paris")), Wait(-kWeek)})
        .When(Redeem("paris"))
        .Then("key_expired", {"RedemptionRefused 1 key_expired #2"}, "unregistered; 1 expired"),
    Rule("a key that has expired by an event since, and then the clock is set back")
        .Given({Add("paris"), Wait(kWeek), Add("lyon"), Wait(-kWeek)})
        .When(Redeem("paris"))
        .Then("key_expired", {"KeyExpired 1", "RedemptionRefused 1 key_expired #1"},
              "unregistered; 1 expired"),
    Rule("a key issued after the clock was set back lives as long as any")
        .Given({Add("lyon"), Wait(kWeek), Add("nice"), Wait(-kWeek), Add("paris"), Wait(kWeek)})
        .When(Redeem("paris"))
        .Then("created", {"KeyRedeemed 1"}, "registering; 1 redeemed pending"),
    Rule("a key superseded and then past its expiry")
        .Given({Add("paris"), Generate("paris"), Wait(kWeek), Timers()})
        .When(Redeem("paris", 1))
        .Then("key_superseded", {"RedemptionRefused 1 key_superseded #1"},
              "unregistered; 1 superseded; 2 expired"),
    Rule("a key revoked and then past its expiry")
        .Given({Add("paris"), Revoke("paris"), Wait(kWeek), Timers()})
        .When(Redeem("paris"))
        .Then("key_revoked", {"RedemptionRefused 1 key_revoked #1"}, "unregistered; 1 revoked"),
    Rule("a key revoked and then followed by a newer")
        .Given({Add("paris"), Revoke("paris"), Generate("paris")})
        .When(Redeem("paris", 1))
        .Then("key_revoked", {"RedemptionRefused 1 key_revoked #1"},
              "unregistered; 1 revoked; 2 active"),
    Rule("a key expired and then followed by a newer")
        .Given({Add("paris"), Wait(kWeek), Generate("paris")})
        .When(Redeem("paris", 1))
        .Then("key_expired", {"RedemptionRefused 1 key_expired #1"},
              "unregistered; 1 expired; 2 active"),
    Rule("a key expired and then deregistered")
        .Given({Add("paris"), Wait(kWeek), Deregister("paris")})
        .When(Redeem("paris"))
        .Then("key_expired", {"RedemptionRefused 1 key_expired #1"}, "unregistered; 1 expired"),
    Rule("a key revoked by deregistration")
        .Given({Add("paris"), Deregister("paris")})
        .When(Redeem("paris"))
        .Then("key_revoked", {"RedemptionRefused 1 key_revoked #1"}, "unregistered; 1 revoked"),
    Rule("a key to replace that was revoked")
        .Given({Add("paris"), Register("paris"), Replace("paris"), Revoke("paris")})
        .When(Redeem("paris", 2, "bob"))
        .Then("key_revoked", {"RedemptionRefused 2 key_revoked #1"},
              "registered connected; 1 redeemed current; 2 revoked"),
    Rule("a key of a removed gateway")
        .Given({Add("paris"), Remove("paris")})
        .When(Redeem("paris"))
        .Then("gateway_removed", {"RedemptionRefused 1 gateway_removed #1"}, "removed; 1 revoked"),
    Rule("an expired key of a removed gateway")
        .Given({Add("paris"), Wait(kWeek), Timers(), Remove("paris")})
        .When(Redeem("paris"))
        .Then("gateway_removed", {"RedemptionRefused 1 gateway_removed #1"}, "removed; 1 expired"),
    Rule("a superseded key of a removed gateway")
        .Given({Add("paris"), Generate("paris"), Remove("paris")})
        .When(Redeem("paris", 1))
        .Then("gateway_removed", {"RedemptionRefused 1 gateway_removed #1"},
              "removed; 1 superseded; 2 revoked"),
    Rule("a bad CSR for an active key spends nothing")
        .Given({Add("paris")})
        .When(RedeemWithBadCsr("paris"))
        .Then("csr_invalid", {"RedemptionRefused 1 csr_invalid #1"}, "unregistered; 1 active"),
    Rule("a bad CSR for a superseded key")
        .Given({Add("paris"), Generate("paris")})
        .When(RedeemWithBadCsr("paris", 1))
        .Then("key_superseded", {"RedemptionRefused 1 key_superseded #1"},
              "unregistered; 1 superseded; 2 active"),
    Rule("a bad CSR for an expired key")
        .Given({Add("paris"), Wait(kWeek)})
        .When(RedeemWithBadCsr("paris"))
        .Then("key_expired", {"KeyExpired 1", "RedemptionRefused 1 key_expired #1"},
              "unregistered; 1 expired"),
};
INSTANTIATE_TEST_SUITE_P(Ended, RedemptionRules, ::testing::ValuesIn(kEnded), RuleName);

// A caller who does not prove the secret learns nothing and leaves nothing in the ledger.
const Rule kUnproven[] = {
    Rule("no such gateway").When(Redeem("paris")).Then("key_unknown", {}, "none"),
    Rule("no such generation yet")
        .Given({Add("paris")})
        .When(Redeem("paris", 2))
        .Then("key_unknown", {}, "unregistered; 1 active"),
    Rule("generation zero")
        .Given({Add("paris")})
        .When(Redeem("paris", 0))
        .Then("key_unknown", {}, "unregistered; 1 active"),
    Rule("a wrong secret")
        .Given({Add("paris")})
        .When(RedeemWithWrongSecret("paris"))
        .Then("key_unknown", {}, "unregistered; 1 active"),
    Rule("a wrong secret for a redeemed key")
        .Given({Add("paris"), Redeem("paris")})
        .When(RedeemWithWrongSecret("paris"))
        .Then("key_unknown", {}, "registering; 1 redeemed pending"),
    Rule("a wrong secret for a superseded key")
        .Given({Add("paris"), Generate("paris")})
        .When(RedeemWithWrongSecret("paris"))
        .Then("key_unknown", {}, "unregistered; 1 superseded; 2 active"),
    Rule("a wrong secret for an expired key")
        .Given({Add("paris"), Wait(kWeek)})
        .When(RedeemWithWrongSecret("paris"))
        .Then("key_unknown", {}, "unregistered; 1 active"),
    Rule("a wrong secret for a removed gateway")
        .Given({Add("paris"), Remove("paris")})
        .When(RedeemWithWrongSecret("paris"))
        .Then("key_unknown", {}, "removed; 1 revoked"),
};
INSTANTIATE_TEST_SUITE_P(Unproven, RedemptionRules, ::testing::ValuesIn(kUnproven), RuleName);

}  // namespace
}  // namespace latchkey::testing
