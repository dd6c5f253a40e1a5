// For each invariant a forged event on top of a good history breaks it and no other, so that no
// check is without effect. Every test that uses TestLedger shows that good histories break none.
#include "core/domain/invariants.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/core/domain/forgeries.h"
#include "tests/support/memory_state.h"

namespace latchkey::testing {
namespace {

using events::Event;
using namespace std::chrono_literals;
using namespace forged;

std::vector<std::string> Broken(TestLedger& ledger, const Event& event) {
  std::vector<std::string> names;
  for (const auto& violation : domain::FindViolations(ledger.state(), ledger.last_event(), event)) {
    EXPECT_EQ(violation.sequence, ledger.events().size()) << "named by its place";
    EXPECT_NE(violation.detail, "");
    names.push_back(violation.invariant);
  }
  return names;
}

class Invariants : public ::testing::TestWithParam<Forgery> {};

TEST_P(Invariants, NameWhatBreaksThem) {
  const Forgery& forgery = GetParam();
  TestLedger ledger;
  for (const Step& step : History()) ASSERT_TRUE(step.run(ledger).answer);
  Event event = ledger.NextEvent(forgery.gateway);
  event.set_account("acme");
  forgery.forge(ledger, &event);
  EXPECT_EQ(Broken(ledger, event), std::vector<std::string>{forgery.invariant});
}

std::string ForgeryName(const ::testing::TestParamInfo<Forgery>& info) {
  return RuleName({Rule(info.param.invariant + " " + info.param.how), info.index});
}
INSTANTIATE_TEST_SUITE_P(Forged, Invariants, ::testing::ValuesIn(Forgeries()), ForgeryName);
INSTANTIATE_TEST_SUITE_P(ForgedMessages, Invariants, ::testing::ValuesIn(MessageForgeries()),
                         ForgeryName);
INSTANTIATE_TEST_SUITE_P(ForgedWebhooks, Invariants, ::testing::ValuesIn(WebhookForgeries()),
                         ForgeryName);

TEST(Invariants, WantTheLedgerCreatedFirst) {
  const testing::MemoryState nothing;
  Event event;
  event.set_account("acme");
  event.mutable_account_opened();
  const auto violations = domain::FindViolations(nothing, nullptr, event);
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].invariant, "ledger-is-created-once");
  EXPECT_EQ(violations[0].sequence, 0u);
}

TEST(Invariants, LeaveRoomForAWallClockThatIsALittleBehind) {
  TestLedger ledger;
  for (const Step& step : History()) ASSERT_TRUE(step.run(ledger).answer);
  Event event = ledger.NextEvent(kLyon);
  event.set_time_us(ledger.Key(kLyon, 1).expires_us() +
                    Micros(ledger_limits::kMaxClockStep).count() - 1);
  Redeemed("other", 1, &event);
  EXPECT_EQ(Broken(ledger, event), std::vector<std::string>());
}

TEST(Invariants, LetAnOwnerGoThatIsNotTheLast) {
  const struct {
    std::chrono::seconds later;
    std::uint64_t token;
  } rows[] = {{0s, 1}, {0s, 2}, {3600s + ledger_limits::kMaxClockStep - 1s, 1}, {3600s, 2}};
  for (const auto& row : rows) {
    TestLedger ledger;
    Event event;
    WithTokens(row.later, RevokedToken(row.token))(ledger, &event);
    EXPECT_EQ(Broken(ledger, event), std::vector<std::string>());
  }
}

TEST(Invariants, LetATokenExpireALittleBeforeItsTimeOrBeRevokedAfterIt) {
  for (const Forge& forge : {WithTokens(3600s - 2 * ledger_limits::kMaxClockStep, ExpiredToken(2)),
                             WithTokens(3600s, ExpiredToken(2)), AfterExpiry(RevokedToken(2))}) {
    TestLedger ledger;
    Event event;
    forge(ledger, &event);
    EXPECT_EQ(Broken(ledger, event), std::vector<std::string>());
  }
}

TEST(Invariants, AllowARefusalOnARemovedGateway) {
  TestLedger ledger;
  for (const Step& step : History()) ASSERT_TRUE(step.run(ledger).answer);
  Event event = ledger.NextEvent(kBrest);
  event.mutable_redemption_refused()->set_generation(1);
  EXPECT_EQ(Broken(ledger, event), std::vector<std::string>());
}

}  // namespace
}  // namespace latchkey::testing
