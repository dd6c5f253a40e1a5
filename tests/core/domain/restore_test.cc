// What a restore makes of what was issued before it: one row for each rule.
#include <chrono>
#include <functional>

#include <gtest/gtest.h>

#include "core/domain/invariants.h"
#include "core/domain/judge.h"
#include "tests/core/domain/rule_table.h"

namespace latchkey::testing {
namespace {

using std::chrono::hours;

class RestoreRules : public ::testing::TestWithParam<Rule> {};
TEST_P(RestoreRules, Hold) { CheckRule(GetParam()); }

const std::vector<Step> kActiveRestored{Add("paris"), Restore()};
const std::vector<Step> kPendingRestored{Add("paris"), Redeem("paris"), Restore()};
const std::vector<Step> kRegisteredRestored{Add("paris"), Register("paris"), Restore()};

const Rule kKeys[] = {
    Rule("an active key is revoked")
        .Given(kActiveRestored)
        .When(Redeem("paris"))
        .Then("key_revoked", {"RedemptionRefused 1 key_revoked #1"}, "unregistered; 1 revoked"),
    Rule("an active key is revoked also after its expiry")
        .Given(After(kActiveRestored, {Wait(2 * kWeek), Timers()}))
        .When(Redeem("paris"))
        .Then("key_revoked", {"RedemptionRefused 1 key_revoked #1"}, "unregistered; 1 revoked"),
    Rule("the timer of a void key records nothing")
        .Given(After(kActiveRestored, {Wait(2 * kWeek)}))
        .When(ExpireTimer("paris"))
        .Then("ok", {}, "unregistered; 1 revoked"),
    Rule("a void key cannot be shown")
        .Given(kActiveRestored)
        .When(Reveal("paris"))
        .Then("no_active_key", {}, "unregistered; 1 revoked"),
    Rule("a void key cannot be revoked again")
        .Given(kActiveRestored)
        .When(Revoke("paris"))
        .Then("no_active_key", {}, "unregistered; 1 revoked"),
    Rule("a new key ends no void one")
        .Given(kActiveRestored)
        .When(Generate("paris"))
        .Then("created", {"KeyRegenerated 2"}, "unregistered; 1 revoked; 2 active"),
    Rule("a void key stays void when the gateway has changed since")
        .Given(After(kActiveRestored, {Rename("paris", "lyon")}))
        .When(Redeem("paris"))
        .Then("key_revoked", {"RedemptionRefused 1 key_revoked #1"}, "unregistered; 1 revoked"),
    Rule("a void key stays void when a secondary was added since")
        .Given(After(kActiveRestored, {Add("lyon", {.under = "paris"})}))
        .When(Redeem("paris"))
        .Then("key_revoked", {"RedemptionRefused 1 key_revoked #1"}, "unregistered; 1 revoked"),
    Rule("a key of the new epoch works")
        .Given(After(kActiveRestored, {Generate("paris")}))
        .When(Redeem("paris", 2))
        .Then("created", {"KeyRedeemed 2"}, "registering; 1 revoked; 2 redeemed pending"),
    Rule("a key of the first restored epoch is void in the second")
        .Given(After(kActiveRestored, {Generate("paris"), Restore()}))
        .When(Redeem("paris", 2))
        .Then("key_revoked", {"RedemptionRefused 2 key_revoked #1"},
              "unregistered; 1 revoked; 2 revoked"),
    Rule("a spent key stays spent")
        .Given(kRegisteredRestored)
        .When(Redeem("paris", 1, "bob"))
        .Then("key_already_redeemed", {"RedemptionRefused 1 key_already_redeemed #1"},
              "registered connected restored; 1 redeemed current"),
    Rule("a spent key gives its holder the same certificate again")
        .Given(kRegisteredRestored)
        .When(Redeem("paris", 1, "ann"))
        .Then("repeated", {}, "registered connected restored; 1 redeemed current"),
    Rule("an expired key stays expired")
        .Given({Add("paris", {.lifetime = kDay}), Wait(2 * kDay), Timers(), Restore()})
        .When(Redeem("paris"))
        .Then("key_expired", {"RedemptionRefused 1 key_expired #1"}, "unregistered; 1 expired"),
};
INSTANTIATE_TEST_SUITE_P(Keys, RestoreRules, ::testing::ValuesIn(kKeys), RuleName);

const Rule kPendings[] = {
    Rule("a pending registration cannot be confirmed")
        .Given(kPendingRestored)
        .When(CheckIn("paris"))
        .Then("registration_abandoned", {}, "registering; 1 redeemed pending"),
    Rule("a pending registration cannot be reported as failed")
        .Given(kPendingRestored)
        .When(Fail("paris"))
        .Then("registration_abandoned", {}, "registering; 1 redeemed pending"),
    Rule("the key of a pending registration gives nothing")
        .Given(kPendingRestored)
        .When(Redeem("paris"))
        .Then("registration_ended", {"RedemptionRefused 1 registration_ended #1"},
              "registering; 1 redeemed pending"),
    Rule("a pending registration is abandoned before its confirm by")
        .Given(kPendingRestored)
        .When(AbandonTimer("paris"))
        .Then("ok", {"RegistrationAbandoned 1 RESTORED"}, "unregistered; 1 redeemed abandoned"),
    Rule("a new key ends a pending registration")
        .Given(kPendingRestored)
        .When(Generate("paris"))
        .Then("created", {"RegistrationAbandoned 1 SUPERSEDED", "KeyRegenerated 2"},
              "unregistered; 1 redeemed abandoned; 2 active; failed superseded"),
    Rule("a void replacement leaves the machine in place")
        .Given({Add("paris"), Register("paris"), Replace("paris"), Redeem("paris", 2), Restore(),
                AbandonTimer("paris", 2)})
        .When(CheckIn("paris", 1))
        .Then("ok", {}, "registered connected restored; 1 redeemed current; 2 redeemed abandoned"),
    Rule("a registration of the new epoch is confirmed")
        .Given(
            After(kPendingRestored, {AbandonTimer("paris"), Generate("paris"), Redeem("paris", 2)}))
        .When(CheckIn("paris", 2))
        .Then("ok", {"RegistrationConfirmed 2", "GatewayConnected"},
              "registered connected; 1 redeemed abandoned; 2 redeemed current"),
};
INSTANTIATE_TEST_SUITE_P(Pendings, RestoreRules, ::testing::ValuesIn(kPendings), RuleName);

const Rule kAcceptance[] = {
    Rule("a current registration goes on")
        .Given(After(kRegisteredRestored, {Disconnect("paris")}))
        .When(CheckIn("paris"))
        .Then("ok", {"GatewayConnected"}, "registered connected restored; 1 redeemed current"),
    Rule("one is accepted")
        .Given(kRegisteredRestored)
        .When(Accept("paris"))
        .Then("ok", {"RegistrationAccepted one"}, "registered connected; 1 redeemed current"),
    Rule("one that has changed since is accepted")
        .Given(After(kRegisteredRestored, {Disconnect("paris"), CheckIn("paris")}))
        .When(Accept("paris"))
        .Then("ok", {"RegistrationAccepted one"}, "registered connected; 1 redeemed current"),
    Rule("accepting twice is no fact")
        .Given(After(kRegisteredRestored, {Accept("paris")}))
        .When(Accept("paris"))
        .Then("ok", {}, "registered connected; 1 redeemed current"),
    Rule("accepting what is not registered is no fact")
        .Given(kActiveRestored)
        .When(Accept("paris"))
        .Then("ok", {}, "unregistered; 1 revoked"),
    Rule("accepting in a ledger that was never restored is no fact")
        .Given({Add("paris"), Register("paris")})
        .When(Accept("paris"))
        .Then("ok", {}, "registered connected; 1 redeemed current"),
    Rule("accepting looks at the version")
        .Given(kRegisteredRestored)
        .When(IfMatch(1, Accept("paris")))
        .Then("version_conflict", {}, "registered connected restored; 1 redeemed current"),
    Rule("a removed gateway is not accepted")
        .Given(After(kRegisteredRestored, {Remove("paris")}))
        .When(Accept("paris"))
        .Then("gateway_removed", {}, "removed; 1 redeemed revoked"),
    Rule("an account is accepted")
        .Given(kRegisteredRestored)
        .When(AcceptAll("acme"))
        .Then("ok", {"RegistrationAccepted all of acme"}, "none"),
    Rule("an unknown account is not accepted")
        .Given(kRegisteredRestored)
        .When(AcceptAll("globex"))
        .Then("not_found", {}, "none"),
    Rule("all are accepted")
        .Given(kRegisteredRestored)
        .When(AcceptAll())
        .Then("ok", {"RegistrationAccepted all"}, "none"),
    Rule("an account is accepted once")
        .Given(After(kRegisteredRestored, {AcceptAll("acme")}))
        .When(AcceptAll("acme"))
        .Then("ok", {}, "none"),
    Rule("all are accepted once")
        .Given(After(kRegisteredRestored, {AcceptAll()}))
        .When(AcceptAll("acme"))
        .Then("ok", {}, "none"),
    Rule("of an accepted account none needs acceptance")
        .Given(After(kRegisteredRestored, {AcceptAll("acme")}))
        .When(Accept("paris"))
        .Then("ok", {}, "registered connected; 1 redeemed current"),
    Rule("of an accepted account none needs acceptance that had changed before")
        .Given(After(kRegisteredRestored, {Disconnect("paris"), AcceptAll("acme")}))
        .When(Accept("paris"))
        .Then("ok", {}, "registered; 1 redeemed current"),
    Rule("accepting another account changes nothing")
        .Given(After(kRegisteredRestored, {Open("globex"), AcceptAll("globex")}))
        .When(Accept("paris"))
        .Then("ok", {"RegistrationAccepted one"}, "registered connected; 1 redeemed current"),
    Rule("when all are accepted none needs acceptance")
        .Given(After(kRegisteredRestored, {AcceptAll()}))
        .When(Accept("paris"))
        .Then("ok", {}, "registered connected; 1 redeemed current"),
    Rule("a second restore needs another acceptance")
        .Given(After(kRegisteredRestored, {Accept("paris"), AcceptAll("acme"), Restore()}))
        .When(Accept("paris"))
        .Then("ok", {"RegistrationAccepted one"}, "registered connected; 1 redeemed current"),
    Rule("a replacement of the new epoch needs no acceptance")
        .Given(After(kRegisteredRestored, {Replace("paris"), Redeem("paris", 2)}))
        .When(CheckIn("paris", 2))
        .Then("ok", {"RegistrationConfirmed 2 replaces"},
              "registered connected; 1 redeemed revoked; 2 redeemed current"),
    Rule("a restored gateway is deregistered")
        .Given(kRegisteredRestored)
        .When(Deregister("paris"))
        .Then("ok", {"GatewayDeregistered"}, "unregistered; 1 redeemed revoked"),
    Rule("deregistering records no end of a void key")
        .Given({Add("paris"), Register("paris"), Replace("paris"), Restore()})
        .When(Deregister("paris"))
        .Then("ok", {"GatewayDeregistered"}, "unregistered; 1 redeemed revoked; 2 revoked"),
};
INSTANTIATE_TEST_SUITE_P(Acceptance, RestoreRules, ::testing::ValuesIn(kAcceptance), RuleName);

// A number that the lost events may have given is not given again.
TEST(Restore, LeavesOutTheNumbersOfTheLostPart) {
  TestLedger ledger;
  ledger.Open("acme");
  Add("paris").run(ledger);
  ledger.Restore();
  Add("lyon").run(ledger);
  EXPECT_EQ(ledger.Named("lyon"), ledger.Named("paris") + (1u << 20) + 1);
  EXPECT_EQ(ledger.TokenNamed("owner"), 1u + (1u << 20) + 1);
  ledger.Restore();
  EXPECT_EQ(ledger.TokenNamed("owner"), 2 * (1u + (1u << 20)) + 1);
}

TEST(Restore, RevokesEveryToken) {
  TestLedger ledger;
  ledger.CreateToken("ada", domain::TokenRole::kOperator);
  EXPECT_TRUE(domain::IsValid(ledger.Token("ada"), ledger.LedgerTime()));
  ledger.clock().Advance(hours(1));
  ledger.Restore();
  EXPECT_FALSE(domain::IsValid(ledger.Token("ada"), ledger.LedgerTime()));
  EXPECT_EQ(ledger.Token("ada").revoked_us(), ToMicros(ledger.clock().Now()));
  const auto by_secret =
      domain::ReadTokenByHash(ledger.state(), ledger.Token("ada").rotated_sha256());
  EXPECT_FALSE(by_secret);
  EXPECT_EQ(ledger.RotateToken("ada").Word(), "token_revoked");
  EXPECT_EQ(ledger.RevokeToken("ada").Word(), "token_revoked");
  ledger.ActAs("ada");
  EXPECT_EQ(ledger.Open("acme").Word(), "unauthenticated");
}

TEST(Restore, CountsOnlyNewOwners) {
  TestLedger ledger;
  ledger.CreateToken("ada", domain::TokenRole::kOwner);
  ledger.Restore();
  EXPECT_EQ(ledger.RevokeToken("owner").Word(), "last_owner");
  ledger.CreateToken("eve", domain::TokenRole::kOwner);
  EXPECT_EQ(ledger.RevokeToken("owner").Word(), "ok");
}

TEST(Restore, NamesCertificatesThatItDoesNotKnow) {
  TestLedger ledger;
  const auto code = [&] {
    return domain::JudgeCertificate(ledger.state(), "unknown", ledger.LedgerTime()).error().code;
  };
  EXPECT_EQ(code(), ErrorCode::kUnauthenticated);
  ledger.Restore();
  EXPECT_EQ(code(), ErrorCode::kCertificateUnknownSinceRestore);
}

// Each of these breaks that invariant and no other.
TEST(Restore, BeginsAnEpochOfItsOwnBehindItsBackup) {
  const std::function<void(events::LedgerRestored*)> rows[] = {
      [](auto* fact) { fact->set_size(1'000), fact->set_known_size(1'000); },
      [](auto* fact) { fact->set_known_size(fact->size() - 1); },
      [](auto* fact) { fact->set_previous_origin("latchkey.test/ledger"); },
      [](auto* fact) { fact->set_epoch("epoch 1"); },
      [](auto* fact) { fact->set_origin("latchkey.test/restored/1"); },
      [](auto* fact) { fact->set_checkpoint_public_key("key 1"); },
  };
  TestLedger ledger;
  ledger.Restore();
  for (const auto& spoil : rows) {
    events::Event event = ledger.RestoredEvent();
    spoil(event.mutable_ledger_restored());
    const auto broken = domain::FindViolations(ledger.state(), ledger.last_event(), event);
    ASSERT_EQ(broken.size(), 1u) << event.DebugString();
    EXPECT_EQ(broken[0].invariant, "restore-begins-an-epoch");
  }
}

}  // namespace
}  // namespace latchkey::testing
