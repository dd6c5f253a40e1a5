// Renewing certificates, and a gateway that ends its own identity: one row for each rule.
#include <chrono>

#include <gtest/gtest.h>

#include "core/domain/judge.h"
#include "core/domain/renewals.h"
#include "tests/core/domain/rule_table.h"

namespace latchkey::testing {
namespace {

using std::chrono::hours;

constexpr Micros kLife = kCertificateLifetime;  // of a redemption's certificate
constexpr Micros kRenewed = ledger_limits::kRenewedLifetime;
constexpr Micros kRenewAfter = kLife / 3 * 2;

class RenewalRules : public ::testing::TestWithParam<Rule> {};
TEST_P(RenewalRules, Hold) { CheckRule(GetParam()); }

// A renewal of paris for the key pair bob that is open, and used.
const std::vector<Step> kOpen = After(kRegistered, {Renew("paris", "bob")});
const std::vector<Step> kUsed = After(kOpen, {CheckInAs("paris", "bob")});
// Four renewals, none of them used.
const std::vector<Step> kFour = After(kRegistered, {Renew("paris", "r1"), Renew("paris", "r2"),
                                                    Renew("paris", "r3"), Renew("paris", "r4")});

const std::string kShownRegistered = "registered connected; 1 redeemed current";

const Rule kIssuing[] = {
    Rule("another key pair is renewed at any time")
        .Given(kRegistered)
        .When(Renew("paris", "bob"))
        .Then("created", {"RenewalIssued 1"}, kShownRegistered + "; renewal unused"),
    Rule("the current key pair is not renewed before two thirds of its life")
        .Given(After(kRegistered, {Wait(kRenewAfter - kTick)}))
        .When(Renew("paris", "ann"))
        .Then("repeated", {}, kShownRegistered),
    Rule("the current key pair is renewed from two thirds of its life on")
        .Given(After(kRegistered, {Wait(kRenewAfter)}))
        .When(Renew("paris", "ann"))
        .Then("created", {"RenewalIssued 1"}, kShownRegistered + "; renewal unused"),
    Rule("the same key pair again gets the same certificate")
        .Given(kOpen)
        .When(Renew("paris", "bob"))
        .Then("repeated", {}, kShownRegistered + "; renewal unused"),
    Rule("another key pair supersedes the open renewal")
        .Given(kOpen)
        .When(Renew("paris", "cid"))
        .Then("created", {"RenewalIssued 1 supersedes"},
              kShownRegistered + "; renewal renewed; renewal unused"),
    Rule("asking for the current certificate leaves the open renewal")
        .Given(kOpen)
        .When(Renew("paris", "ann"))
        .Then("repeated", {}, kShownRegistered + "; renewal unused"),
    Rule("a renewal that was never used is not repeated once it should be renewed itself")
        .Given(After(kOpen, {Wait(kRenewed / 3 * 2)}))
        .When(Renew("paris", "bob"))
        .Then("created", {"RenewalIssued 1 supersedes"},
              kShownRegistered + "; renewal renewed; renewal unused"),
    Rule("a fourth renewal of a day is issued")
        .Given(
            After(kRegistered, {Renew("paris", "r1"), Renew("paris", "r2"), Renew("paris", "r3")}))
        .When(Renew("paris", "r4"))
        .Then("created", {"RenewalIssued 1 supersedes"},
              kShownRegistered +
                  "; renewal renewed; renewal renewed; renewal renewed; renewal unused"),
    Rule("a fifth renewal of a day is not")
        .Given(kFour)
        .When(Renew("paris", "r5"))
        .Then("rate_limited", {},
              kShownRegistered +
                  "; renewal renewed; renewal renewed; renewal renewed; renewal unused"),
    Rule("the last of four is repeated")
        .Given(kFour)
        .When(Renew("paris", "r4"))
        .Then("repeated", {},
              kShownRegistered +
                  "; renewal renewed; renewal renewed; renewal renewed; renewal unused"),
    Rule("a fifth renewal waits for a day to pass, to the microsecond")
        .Given(After(kFour, {Wait(kDay - kTick)}))
        .When(Renew("paris", "r5"))
        .Then("rate_limited", {},
              kShownRegistered +
                  "; renewal renewed; renewal renewed; renewal renewed; renewal unused"),
    Rule("a fifth renewal is issued a day later")
        .Given(After(kFour, {Wait(kDay)}))
        .When(Renew("paris", "r5"))
        .Then("created", {"RenewalIssued 1 supersedes"},
              kShownRegistered +
                  "; renewal renewed; renewal renewed; renewal renewed; renewal renewed; "
                  "renewal unused"),
    Rule("a pending registration renews nothing")
        .Given({Add("paris"), Redeem("paris")})
        .When(Renew("paris", "bob"))
        .Then("registration_not_confirmed", {}, "registering; 1 redeemed pending"),
    Rule("a certificate may be renewed for thirty days past its end")
        .Given(After(kRegistered, {Wait(kLife + ledger_limits::kRenewalGrace - kTick)}))
        .When(Renew("paris", "bob"))
        .Then("created", {"RenewalIssued 1"}, kShownRegistered + "; renewal unused"),
    Rule("with its own key pair too")
        .Given(After(kRegistered, {Wait(kLife + kDay)}))
        .When(Renew("paris", "ann"))
        .Then("created", {"RenewalIssued 1"}, kShownRegistered + "; renewal unused"),
    Rule("and not longer")
        .Given(After(kRegistered, {Wait(kLife + ledger_limits::kRenewalGrace)}))
        .When(Renew("paris", "bob"))
        .Then("certificate_expired", {}, kShownRegistered),
    Rule("a certificate that has ended renews nothing")
        .Given(After(kRegistered, {Deregister("paris")}))
        .When(Renew("paris", "bob"))
        .Then("certificate_revoked", {}, "unregistered; 1 redeemed revoked"),
    Rule("a restored registration renews nothing until it is accepted")
        .Given(After(kRegistered, {Restore()}))
        .When(Renew("paris", "bob"))
        .Then("registration_not_accepted", {}, "registered connected restored; 1 redeemed current"),
    Rule("a restored registration renews once it is accepted")
        .Given(After(kRegistered, {Restore(), Accept("paris")}))
        .When(Renew("paris", "bob"))
        .Then("created", {"RenewalIssued 1"}, kShownRegistered + "; renewal unused"),
};
INSTANTIATE_TEST_SUITE_P(Issuing, RenewalRules, ::testing::ValuesIn(kIssuing), RuleName);

const Rule kUsing[] = {
    Rule("the certificate in force holds while a renewal is open")
        .Given(kOpen)
        .When(CheckInAs("paris", "ann"))
        .Then("ok", {}, kShownRegistered + "; renewal unused"),
    Rule("the first check in with the renewal ends the one before")
        .Given(kOpen)
        .When(CheckInAs("paris", "bob"))
        .Then("ok", {"CertificateRenewed 1"},
              "registered connected; 1 redeemed renewed; renewal current"),
    Rule("the first check in after a silence also connects")
        .Given(After(kOpen, {Disconnect("paris")}))
        .When(CheckInAs("paris", "bob"))
        .Then("ok", {"CertificateRenewed 1", "GatewayConnected"},
              "registered connected; 1 redeemed renewed; renewal current"),
    Rule("a later check in is no fact")
        .Given(kUsed)
        .When(CheckInAs("paris", "bob"))
        .Then("ok", {}, "registered connected; 1 redeemed renewed; renewal current"),
    Rule("the certificate before a used renewal is revoked")
        .Given(kUsed)
        .When(CheckInAs("paris", "ann"))
        .Then("certificate_revoked", {},
              "registered connected; 1 redeemed renewed; renewal current"),
    Rule("a superseded renewal is revoked")
        .Given(After(kOpen, {Renew("paris", "cid")}))
        .When(CheckInAs("paris", "bob"))
        .Then("certificate_revoked", {}, kShownRegistered + "; renewal renewed; renewal unused"),
    Rule("asking for the next renewal is a use too")
        .Given(kOpen)
        .When(Renew("paris", "cid", "bob"))
        .Then("created", {"CertificateRenewed 1", "RenewalIssued 1"},
              "registered connected; 1 redeemed renewed; renewal current; renewal unused"),
    Rule("and stays one when no other certificate comes of it")
        .Given(kOpen)
        .When(Renew("paris", "bob", "bob"))
        .Then("repeated", {"CertificateRenewed 1"},
              "registered connected; 1 redeemed renewed; renewal current"),
    Rule("a failure cannot be reported with a renewal")
        .Given(kOpen)
        .When(FailAs("paris", "bob"))
        .Then("already_registered", {}, kShownRegistered + "; renewal unused"),
    Rule("a renewal that expired unused renews all the same")
        .Given(After(kOpen, {Wait(kRenewed + kDay)}))
        .When(Renew("paris", "bob", "bob"))
        .Then("created", {"CertificateRenewed 1", "RenewalIssued 1"},
              "registered connected; 1 redeemed renewed; renewal current; renewal unused"),
    Rule("the renewed key pair is renewed from two thirds of the new life on")
        .Given(After(kUsed, {Wait(kRenewed / 3 * 2)}))
        .When(Renew("paris", "bob", "bob"))
        .Then("created", {"RenewalIssued 1"},
              "registered connected; 1 redeemed renewed; renewal current; renewal unused"),
    Rule("and not before")
        .Given(After(kUsed, {Wait(kRenewed / 3 * 2 - kTick)}))
        .When(Renew("paris", "bob", "bob"))
        .Then("repeated", {}, "registered connected; 1 redeemed renewed; renewal current"),
    Rule("an open renewal of a restored registration may be used")
        .Given(After(kOpen, {Restore()}))
        .When(CheckInAs("paris", "bob"))
        .Then("ok", {"CertificateRenewed 1"},
              "registered connected restored; 1 redeemed renewed; renewal current"),
};
INSTANTIATE_TEST_SUITE_P(Using, RenewalRules, ::testing::ValuesIn(kUsing), RuleName);

const Rule kEnding[] = {
    Rule("the redemption repeats while its renewal is open")
        .Given(kOpen)
        .When(Redeem("paris", 1, "ann"))
        .Then("repeated", {}, kShownRegistered + "; renewal unused"),
    Rule("the redemption does not repeat once its certificate is renewed")
        .Given(kUsed)
        .When(Redeem("paris", 1, "ann"))
        .Then("registration_ended", {"RedemptionRefused 1 registration_ended #1"},
              "registered connected; 1 redeemed renewed; renewal current"),
    Rule("deregistering ends all certificates")
        .Given(After(kUsed, {Renew("paris", "cid", "bob")}))
        .When(Deregister("paris"))
        .Then("ok", {"GatewayDeregistered"},
              "unregistered; 1 redeemed renewed; renewal revoked; renewal revoked"),
    Rule("removing ends all certificates")
        .Given(kOpen)
        .When(Remove("paris"))
        .Then("ok", {"GatewayDeregistered", "GatewayRemoved"},
              "removed; 1 redeemed revoked; renewal revoked"),
    Rule("a confirmed replacement ends all certificates")
        .Given(After(kOpen, {Replace("paris"), Redeem("paris", 2, "dan")}))
        .When(CheckIn("paris", 2))
        .Then("ok", {"RegistrationConfirmed 2 replaces"},
              "registered connected; 1 redeemed revoked; 2 redeemed current; renewal revoked"),
    Rule("a renewal goes on while a replacement is pending")
        .Given(After(kOpen, {Replace("paris"), Redeem("paris", 2, "dan")}))
        .When(CheckInAs("paris", "bob"))
        .Then("ok", {"CertificateRenewed 1"},
              "registered connected; 1 redeemed renewed; 2 redeemed pending; renewal current"),
    Rule("a gateway may deregister itself")
        .Given(kRegistered)
        .When(DeregisterSelf("paris"))
        .Then("ok", {"GatewayDeregistered"}, "unregistered; 1 redeemed revoked"),
    Rule("also with a renewal that it has not used")
        .Given(kOpen)
        .When(DeregisterSelf("paris", "bob"))
        .Then("ok", {"GatewayDeregistered"}, "unregistered; 1 redeemed revoked; renewal revoked"),
    Rule("deregistering itself ends a replacement on its way")
        .Given(After(kRegistered, {Replace("paris")}))
        .When(DeregisterSelf("paris"))
        .Then("ok", {"GatewayDeregistered", "KeyRevoked 2"},
              "unregistered; 1 redeemed revoked; 2 revoked"),
    Rule("a pending registration cannot deregister itself")
        .Given({Add("paris"), Redeem("paris")})
        .When(DeregisterSelf("paris"))
        .Then("registration_not_confirmed", {}, "registering; 1 redeemed pending"),
    Rule("nor can a certificate that has ended")
        .Given(kUsed)
        .When(DeregisterSelf("paris", "ann"))
        .Then("certificate_revoked", {},
              "registered connected; 1 redeemed renewed; renewal current"),
};
INSTANTIATE_TEST_SUITE_P(Ending, RenewalRules, ::testing::ValuesIn(kEnding), RuleName);

const Rule kConfirmingAtOnce[] = {
    Rule("a redemption may be confirmed in the same decision")
        .Given({Add("paris")})
        .When(RedeemAndConfirm("paris"))
        .Then("created", {"KeyRedeemed 1", "RegistrationConfirmed 1"},
              "registered; 1 redeemed current"),
    Rule("also where it replaces a machine")
        .Given(After(kRegistered, {Replace("paris")}))
        .When(RedeemAndConfirm("paris", 2, "dan"))
        .Then("created", {"KeyRedeemed 2 to replace", "RegistrationConfirmed 2 replaces"},
              "registered connected; 1 redeemed revoked; 2 redeemed current"),
    Rule("and repeats like any other")
        .Given({Add("paris"), RedeemAndConfirm("paris")})
        .When(RedeemAndConfirm("paris"))
        .Then("repeated", {}, "registered; 1 redeemed current"),
    Rule("a repeat does not confirm what was redeemed without")
        .Given({Add("paris"), Redeem("paris")})
        .When(RedeemAndConfirm("paris"))
        .Then("repeated", {}, "registering; 1 redeemed pending"),
};
INSTANTIATE_TEST_SUITE_P(ConfirmingAtOnce, RenewalRules, ::testing::ValuesIn(kConfirmingAtOnce),
                         RuleName);

// What a certificate is worth, and what its refusal says to do.
TEST(Renewals, TellAnExpiredGatewayWhatToDo) {
  TestLedger ledger;
  ledger.Open("acme");
  for (const Step& step : kRegistered) ASSERT_TRUE(step.run(ledger).answer);
  const std::string certificate = ledger.CertificateOf(ledger.Named("paris"), "ann");
  ledger.clock().Advance(kLife);
  const auto renewable =
      domain::JudgeCertificate(ledger.state(), certificate, ledger.clock().Now());
  ASSERT_FALSE(renewable);
  EXPECT_NE(renewable.error().detail.find("can still be renewed"), std::string::npos);
  EXPECT_EQ(ledger.CheckIn(certificate).Word(), "certificate_expired");
  EXPECT_EQ(ledger.DeregisterSelf(certificate).Word(), "certificate_expired");
  ledger.clock().Advance(ledger_limits::kRenewalGrace);
  const auto over = domain::JudgeCertificate(ledger.state(), certificate, ledger.clock().Now());
  ASSERT_FALSE(over);
  EXPECT_NE(over.error().detail.find("Register again with a new key"), std::string::npos);
}

TEST(Renewals, NameTheCertificateThatIsRepeated) {
  TestLedger ledger;
  ledger.Open("acme");
  for (const Step& step : kRegistered) ASSERT_TRUE(step.run(ledger).answer);
  const std::uint64_t paris = ledger.Named("paris");
  const std::uint64_t redeemed = ledger.Row(paris).current().redeemed_sequence();
  const std::string ann = ledger.CertificateOf(paris, "ann");
  EXPECT_EQ(ledger.Renew(ann, "ann").answer->certificate_sequence, redeemed);
  const Outcome renewal = ledger.Renew(ann, "bob");
  EXPECT_EQ(ledger.Renew(ann, "bob").answer->certificate_sequence, renewal.events[0].sequence());
  EXPECT_EQ(ledger.Renew(ann, "ann").answer->certificate_sequence, redeemed);
  const std::string bob = ledger.CertificateOf(paris, "bob");
  EXPECT_EQ(ledger.Renew(bob, "bob").answer->certificate_sequence, renewal.events[0].sequence());
  EXPECT_EQ(ledger.CheckIn(ann).Word(), "certificate_revoked");
}

// When nothing was signed because there seemed to be a certificate already.
TEST(Renewals, WithoutAnOfferAreAskedForAgain) {
  TestLedger ledger;
  ledger.Open("acme");
  for (const Step& step : kRegistered) ASSERT_TRUE(step.run(ledger).answer);
  const std::string ann = ledger.CertificateOf(ledger.Named("paris"), "ann");
  const Outcome outcome =
      ledger.Submit(domain::Renew{ann, PublicKeyOf("bob"), std::nullopt}, Holder(ann));
  EXPECT_EQ(outcome.Word(), "overloaded");
  EXPECT_TRUE(outcome.events.empty());
}

TEST(Renewals, AreRecordedWithTheAddressOfTheGateway) {
  TestLedger ledger;
  ledger.Open("acme");
  for (const Step& step : kUsed) ASSERT_TRUE(step.run(ledger).answer);
  for (const events::Event& event : ledger.events()) {
    if (!event.has_renewal_issued() && !event.has_certificate_renewed()) continue;
    EXPECT_EQ(event.actor().kind(), events::Actor::CERTIFICATE);
    EXPECT_EQ(Unsealed(event.sealed()).address(), "192.0.2.8");
  }
  const std::uint64_t paris = ledger.Named("paris");
  const domain::Registration current = ledger.Row(paris).current();
  EXPECT_EQ(domain::IssuedAt(current), FromMicros(current.renewed_us()));
  EXPECT_EQ(domain::CurrentPublicKey(ledger.state(), ledger.Row(paris)), PublicKeyOf("bob"));
}

}  // namespace
}  // namespace latchkey::testing
