// The contents of facts besides their type: counts, both parties, personal fields, versions.
#include <gtest/gtest.h>

#include "core/domain/decision.h"
#include "core/domain/judge.h"
#include "tests/core/domain/rule_table.h"

namespace latchkey::testing {
namespace {

class RecordedFacts : public ::testing::Test {
 protected:
  RecordedFacts() {
    ledger_.Open("acme");
    ledger_.Add({"acme", "paris", 0, kWeek});
  }
  Outcome RedeemBy(std::string_view party, std::uint32_t generation = 1) {
    return ledger_.Redeem(ledger_.Redemption(1, generation, party));
  }
  // The counts that are recorded while bob is refused `times` times.
  std::vector<std::uint64_t> CountsOf(int times, std::uint32_t generation = 1) {
    std::vector<std::uint64_t> counts;
    for (int i = 0; i < times; ++i) {
      const Outcome refused = RedeemBy("bob", generation);
      EXPECT_FALSE(refused.answer);
      for (const events::Event& event : refused.events) {
        counts.push_back(event.redemption_refused().count());
      }
    }
    return counts;
  }

  TestLedger ledger_;
};

using Counts = std::vector<std::uint64_t>;

TEST_F(RecordedFacts, RefusalsAreRecordedEightTimesAndThenAtEachDoubling) {
  RedeemBy("ann");
  EXPECT_EQ(CountsOf(130), (Counts{1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 64, 128}));
  EXPECT_EQ(ledger_.Key(1, 1).refusals(), 128u);
}

TEST_F(RecordedFacts, RefusalsAreCountedForEachGeneration) {
  ledger_.Generate({1, false, kWeek, ""});
  EXPECT_EQ(CountsOf(10, 1), (Counts{1, 2, 3, 4, 5, 6, 7, 8}));
  ledger_.Revoke(1);
  EXPECT_EQ(CountsOf(2, 2), (Counts{1, 2}));
  EXPECT_EQ(CountsOf(6, 1), (Counts{16}));
  EXPECT_EQ(ledger_.Key(1, 1).refusals(), 16u);
  EXPECT_EQ(ledger_.Key(1, 2).refusals(), 2u);
}

TEST_F(RecordedFacts, RefusalsOfAKeyGoOnWhenItGivesWayToANewer) {
  RedeemBy("ann");
  EXPECT_EQ(CountsOf(3), (Counts{1, 2, 3}));
  ledger_.Generate({1, false, kWeek, ""});
  EXPECT_EQ(CountsOf(2), (Counts{4, 5}));
}

TEST_F(RecordedFacts, TheSoftCountGoesOnFromTheLastRecordAfterARestart) {
  RedeemBy("ann");
  EXPECT_EQ(CountsOf(12), (Counts{1, 2, 3, 4, 5, 6, 7, 8}));
  ledger_.Restart();
  EXPECT_EQ(CountsOf(8), (Counts{16})) << "9 to 12 were counted softly and are forgotten";
  EXPECT_EQ(CountsOf(16), (Counts{32}));
}

TEST_F(RecordedFacts, UnprovenAttemptsAreNotCounted) {
  for (int i = 0; i < 20; ++i)
    EXPECT_TRUE(RedeemWithWrongSecret("paris").run(ledger_).events.empty());
  EXPECT_EQ(RedeemWithBadCsr("paris").run(ledger_).events[0].redemption_refused().count(), 1u);
}

TEST_F(RecordedFacts, RepeatsAreNotCounted) {
  const Outcome first = RedeemBy("ann");
  for (int i = 0; i < 20; ++i) {
    const Outcome again = RedeemBy("ann");
    EXPECT_EQ(again.answer->certificate_sequence, first.events[0].sequence());
    EXPECT_FALSE(again.answer->created);
    EXPECT_TRUE(again.events.empty());
  }
  EXPECT_EQ(CountsOf(1), (Counts{1}));
}

TEST_F(RecordedFacts, ARefusalNamesBothParties) {
  RedeemBy("ann");
  const Outcome refused = RedeemBy("bob");
  const events::RedemptionRefused& fact = refused.events[0].redemption_refused();
  EXPECT_EQ(fact.public_key_sha256(), PublicKeyOf("bob"));
  EXPECT_EQ(fact.holder_public_key_sha256(), PublicKeyOf("ann"));
  EXPECT_EQ(fact.holder_certificate_sha256(), ledger_.CertificateOf(1, 1));
  const events::Personal personal = Unsealed(refused.events[0].sealed());
  EXPECT_EQ(personal.address(), Stranger().address);
  EXPECT_EQ(personal.hostname(), "bob.example");
}

TEST_F(RecordedFacts, ARefusalWithoutACsrNamesNobody) {
  const Outcome refused = RedeemWithBadCsr("paris").run(ledger_);
  const events::RedemptionRefused& fact = refused.events[0].redemption_refused();
  EXPECT_EQ(fact.public_key_sha256(), "");
  EXPECT_EQ(fact.holder_public_key_sha256(), "");
  EXPECT_EQ(refused.answer.error().detail, "This is no CSR.");
}

TEST_F(RecordedFacts, ARedemptionHoldsTheCertificateAndItsPeople) {
  const domain::RedeemKey command = ledger_.Redemption(1, 1, "ann");
  const Outcome redeemed = ledger_.Redeem(command);
  const events::Event& event = redeemed.events[0];
  const events::KeyRedeemed& fact = event.key_redeemed();
  EXPECT_EQ(fact.certificate(), command.offer->der);
  EXPECT_EQ(fact.certificate_sha256(), command.offer->sha256);
  EXPECT_EQ(fact.serial(), command.offer->serial);
  EXPECT_EQ(fact.not_after_us(), ToMicros(command.offer->not_after));
  EXPECT_EQ(fact.confirm_by_us(),
            event.time_us() + Micros(ledger_limits::kDefaultConfirmWindow).count());
  EXPECT_EQ(fact.public_key_sha256(), PublicKeyOf("ann"));
  const events::Personal personal = Unsealed(event.sealed());
  EXPECT_EQ(personal.address(), Stranger().address);
  EXPECT_EQ(personal.hostname(), "ann.example");
  EXPECT_EQ(personal.os(), "Debian");
  EXPECT_EQ(personal.host_version(), "12");

  const domain::GatewayRow row = ledger_.Row(1);
  EXPECT_EQ(row.pending().since_us(), event.time_us());
  EXPECT_EQ(row.pending().redeemed_sequence(), event.sequence());
  EXPECT_EQ(row.pending().personal().SerializeAsString(), event.sealed().SerializeAsString());
  EXPECT_EQ(row.key().redeemed_us(), event.time_us());
  EXPECT_EQ(row.key().redeemed_sequence(), event.sequence());
}

TEST_F(RecordedFacts, ARedemptionWithoutACertificateIsSentAgain) {
  domain::RedeemKey command = ledger_.Redemption(1, 1, "ann");
  command.offer.reset();  // the key looked spent to the handler
  const Outcome outcome = ledger_.Redeem(command);
  EXPECT_EQ(outcome.Word(), "overloaded");
  EXPECT_TRUE(outcome.events.empty());
  EXPECT_EQ(RedeemBy("ann").Word(), "created");
}

TEST_F(RecordedFacts, AFailureIsToldUntilARegistrationIsConfirmed) {
  RedeemBy("ann");
  ledger_.clock().Advance(std::chrono::minutes(1));
  const Outcome failed =
      ledger_.ReportFailure(ledger_.CertificateOf(1, 1), "disk_full", "/var has 0 bytes");
  EXPECT_EQ(failed.events[0].installation_failed().reason(), "disk_full");
  EXPECT_EQ(failed.events[0].installation_failed().certificate_sha256(),
            ledger_.CertificateOf(1, 1));
  const domain::Failure failure = ledger_.Row(1).last_failure();
  EXPECT_EQ(failure.reason(), "disk_full");
  EXPECT_EQ(failure.at_us(), ToMicros(ledger_.clock().Now()));
  EXPECT_EQ(Unsealed(failure.personal()).detail(), "/var has 0 bytes");

  ledger_.Generate({1, false, kWeek, ""});
  RedeemBy("ann", 2);
  ledger_.Generate({1, false, kWeek, "not the detail of a failure"});
  EXPECT_EQ(ledger_.Row(1).last_failure().reason(), "superseded");
  EXPECT_FALSE(ledger_.Row(1).last_failure().has_personal()) << "nor that of the one before";

  RedeemBy("ann", 3);
  EXPECT_TRUE(ledger_.Row(1).has_last_failure());
  ledger_.CheckIn(ledger_.CertificateOf(1, 3));
  EXPECT_FALSE(ledger_.Row(1).has_last_failure());
}

TEST_F(RecordedFacts, TheVersionIsTheLastOneReported) {
  RedeemBy("ann");
  const std::string first = ledger_.CertificateOf(1, 1);
  const Outcome confirmed = ledger_.CheckIn(first, "1.0");
  EXPECT_EQ(confirmed.events[0].registration_confirmed().version(), "1.0");
  EXPECT_EQ(Unsealed(confirmed.events[0].sealed()).address(), Holder("").address);
  EXPECT_EQ(ledger_.Row(1).version(), "1.0");
  ledger_.Disconnect(1);
  ledger_.CheckIn(first, "1.1");
  EXPECT_EQ(ledger_.Row(1).version(), "1.1");
  ledger_.Disconnect(1);
  ledger_.CheckIn(first, "");
  EXPECT_EQ(ledger_.Row(1).version(), "1.1");
  ledger_.Generate({1, true, kWeek, ""});
  RedeemBy("bob", 2);
  EXPECT_EQ(ledger_.Row(1).version(), "1.1") << "the old machine works on";
  const Outcome replaced = ledger_.CheckIn(ledger_.CertificateOf(1, 2), "2.0");
  EXPECT_EQ(replaced.events[0].registration_confirmed().replaced_certificate_sha256(), first);
  EXPECT_EQ(ledger_.Row(1).version(), "2.0");
}

TEST_F(RecordedFacts, ADisconnectionTellsWhenTheGatewayWasSeen) {
  Register("paris").run(ledger_);
  const Time seen = ledger_.clock().Now();
  ledger_.clock().Advance(std::chrono::minutes(3));
  const Outcome gone = ledger_.Submit(domain::DisconnectGateway{1, seen}, domain::Actor());
  EXPECT_EQ(gone.events[0].gateway_disconnected().last_seen_us(), ToMicros(seen));
}

TEST_F(RecordedFacts, ADeregistrationHoldsWhyItWasDone) {
  Register("paris").run(ledger_);
  const Outcome ended = ledger_.Deregister(1, "machine was sold");
  EXPECT_EQ(ended.events[0].gateway_deregistered().certificate_sha256(),
            ledger_.CertificateOf(1, 1));
  EXPECT_EQ(Unsealed(ended.events[0].sealed()).reason(), "machine was sold");
}

// The ladder as preflight uses it: outside the sequencer's order, and nothing is recorded.
TEST_F(RecordedFacts, APreflightTellsWhatARedemptionWould) {
  const auto judge = [&](const std::string& party) {
    const domain::RedeemKey key = ledger_.Redemption(1, 1, party);
    bool proven = false;
    const auto standing = domain::JudgeKey(ledger_.state(), 1, 1, key.secret_sha256,
                                           party.empty() ? std::string() : PublicKeyOf(party),
                                           ledger_.clock().Now(), &proven);
    EXPECT_TRUE(proven);
    if (!standing) return std::string(CodeName(standing.error().code));
    return std::string(standing->state == domain::KeyStanding::State::kActive ? "active" : "same");
  };
  EXPECT_EQ(judge(""), "active");
  EXPECT_EQ(judge("ann"), "active");
  RedeemBy("ann");
  EXPECT_EQ(judge(""), "key_already_redeemed");
  EXPECT_EQ(judge("ann"), "same");
  EXPECT_EQ(judge("bob"), "key_already_redeemed");
  ledger_.Deregister(1);
  EXPECT_EQ(judge("ann"), "registration_ended");
}

TEST(AbandonAt, IsConfirmByUnlessItPassedBeforeTheStart) {
  const domain::Settings settings{std::chrono::hours(1), std::chrono::minutes(15)};
  const Time start = FromMicros(1'000'000'000);
  const auto at = [&](Micros confirm_by) {
    return domain::AbandonAt(start + confirm_by, start, settings) - start;
  };
  EXPECT_EQ(at(std::chrono::hours(-5)), std::chrono::minutes(15));
  EXPECT_EQ(at(Micros(0)), std::chrono::minutes(15));
  EXPECT_EQ(at(kTick), kTick);
  EXPECT_EQ(at(std::chrono::hours(1)), std::chrono::hours(1));
}

}  // namespace
}  // namespace latchkey::testing
