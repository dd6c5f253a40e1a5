// The effects of a clock that steps on writes, expiry and timers.
#include <algorithm>

#include "tests/core/sequencer/fixture.h"

namespace latchkey::testing {
namespace {

using events::Event;
using std::chrono::hours;
using std::chrono::seconds;

class ClockTest : public SequencerTest {
 protected:
  std::string Use(std::uint64_t token) {
    const Outcome outcome = Run(As(token, domain::OpenAccount{"a" + std::to_string(++accounts_)}));
    return outcome.answer ? "ok" : std::string(CodeName(outcome.answer.error().code));
  }
  std::string Present(std::uint64_t gateway, const std::string& party) {
    const Outcome outcome = Run(Redeem(gateway, party));
    return outcome.answer ? "ok" : std::string(CodeName(outcome.answer.error().code));
  }
  std::uint64_t AddFor(const std::string& name, seconds lifetime) {
    domain::Submission add = Add(name);
    std::get<domain::AddGateway>(add.command).key_lifetime = lifetime;
    return Run(add).answer->gateway;
  }
  AcceptedTime Accept() { return sequencer_->AcceptTime().get(); }

  int accounts_ = 0;
};

TEST_F(ClockTest, SmallStepsAddUp) {
  for (const seconds step : {seconds(59), seconds(-59)}) {
    clock_.Step(step);
    WaitForTicks();
    EXPECT_FALSE(sequencer_->WriteProblem());
    clock_.Step(step);
    EXPECT_EQ(Use(1), "read_only");
    WaitForTicks();
    EXPECT_EQ(sequencer_->WriteProblem()->code, ErrorCode::kReadOnly);
    clock_.Step(-step);
    WaitForTicks();
    EXPECT_EQ(Use(1), "ok");
    clock_.Step(-step);
  }
}

TEST_F(ClockTest, AKeyRefusedAsExpiredIsNeverRedeemed) {
  const std::uint64_t gateway = AddFor("paris", seconds(10));
  clock_.Advance(seconds(10));
  // Those that the history leaves out as well.
  for (int i = 0; i < 12; ++i) EXPECT_EQ(Present(gateway, "late"), "key_expired");
  clock_.Step(seconds(-59));
  EXPECT_EQ(Present(gateway, "late"), "key_expired");
  EXPECT_EQ(Count(Event::kKeyExpired), 1u);
  const auto events = projections_.events();
  const auto expired = std::find_if(events.begin(), events.end(),
                                    [](const Event& event) { return event.has_key_expired(); });
  ASSERT_NE(expired, events.end());
  EXPECT_EQ(expired->actor().kind(), events::Actor::SYSTEM) << "whoever it was that came too late";
  const auto refused = std::find_if(events.begin(), events.end(), [](const Event& event) {
    return event.has_redemption_refused();
  });
  EXPECT_LT(expired, refused);
}

TEST_F(ClockTest, ATokenExpiresByAnEvent) {
  const std::uint64_t token = Run(Token("ann", seconds(10))).answer->token;
  clock_.Advance(seconds(10));
  WaitFor(Event::kOperatorTokenExpired, 1);
  const Event event = projections_.events().back();
  EXPECT_EQ(event.operator_token_expired().token(), token);
  EXPECT_EQ(event.actor().kind(), events::Actor::SYSTEM);
  clock_.Step(seconds(-59));
  EXPECT_EQ(Use(token), "unauthenticated");
  WaitForTicks();
  EXPECT_EQ(Count(Event::kOperatorTokenExpired), 1u);
}

TEST_F(ClockTest, AnExpiredTokenNeverWritesAgain) {
  const std::uint64_t token = Run(Token("ann", seconds(10))).answer->token;
  EXPECT_EQ(Use(token), "ok");
  clock_.Advance(seconds(10));
  // With a key: its refusal is an event, and must not be taken for what the request did.
  const domain::Submission again = WithKey(As(token, domain::OpenAccount{"x"}), "k", "body");
  EXPECT_EQ(Run(again).answer.error().code, ErrorCode::kUnauthenticated);
  clock_.Step(seconds(-59));
  EXPECT_EQ(Use(token), "unauthenticated");
  EXPECT_EQ(Run(again).answer.error().code, ErrorCode::kUnauthenticated);
  EXPECT_FALSE(domain::ReadAccount(projections_.state(), "x"));
}

// A start knows only the ledger's content.
TEST_F(ClockTest, AnExpiredTokenStaysExpiredAfterAStartWithoutTimers) {
  Stop();
  options_.tick = hours(1);
  Start();
  const std::uint64_t token = Run(Token("ann", seconds(10))).answer->token;
  clock_.Advance(seconds(10));
  EXPECT_EQ(Use(token), "unauthenticated");
  Stop();
  clock_.Step(seconds(-59));
  Start();
  EXPECT_EQ(Use(token), "unauthenticated");
  EXPECT_EQ(Count(Event::kOperatorTokenExpired), 1u);
}

TEST_F(ClockTest, ATokenThatExpiredWhileTheServerWasDownGetsItsEvent) {
  Run(Token("ann", seconds(10)));
  Run(Token("bob", hours(10)));
  Stop();
  clock_.Advance(hours(1));
  Start();
  WaitFor(Event::kOperatorTokenExpired, 1);
  clock_.Advance(hours(10));
  WaitFor(Event::kOperatorTokenExpired, 2);
}

TEST_F(ClockTest, AnAcceptedTimeIsTheRightOneFromThenOn) {
  const std::uint64_t gateway = AddFor("paris", hours(48));
  ASSERT_EQ(Present(gateway, "installer"), "ok");
  clock_.Step(hours(24));  // suspended, say, and its boot time stood
  EXPECT_EQ(Use(1), "read_only");
  const AcceptedTime accepted = Accept();
  EXPECT_EQ(accepted.now, clock_.Now());
  EXPECT_EQ(accepted.moved, hours(24));
  EXPECT_FALSE(accepted.problem);
  EXPECT_EQ(Use(1), "ok");
  WaitForTicks();
  EXPECT_EQ(Count(Event::kRegistrationAbandoned), 0u) << "no check-in could be taken";
  clock_.Advance(ledger_limits::kDowntimeGrace);
  WaitFor(Event::kRegistrationAbandoned, 1);
  clock_.Step(hours(-24));
  EXPECT_EQ(Use(1), "read_only") << "now this is the wrong one";
}

TEST_F(ClockTest, AStartBehindTheLastEventIsAcceptedWhileItRuns) {
  Stop();
  clock_.Step(hours(-2));
  Start();
  EXPECT_EQ(Use(1), "read_only");
  EXPECT_EQ(Accept().moved, hours(-2));
  EXPECT_EQ(Use(1), "ok");
}

TEST_F(ClockTest, AcceptingTheTimeDoesNotHideWhatElseIsWrong) {
  std::atomic<std::uint64_t> free{ledger_limits::kFreeSpaceReserveBytes - 1};
  Stop();
  options_.free_bytes = [&] { return free.load(); };
  Start();
  clock_.Step(hours(2));
  const AcceptedTime accepted = Accept();
  ASSERT_TRUE(accepted.problem);
  EXPECT_NE(accepted.problem->detail.find("disk"), std::string::npos);
  Stop();
}

TEST_F(ClockTest, DeadlinesSetAfterAnEarlierTimeWasAcceptedAreFoundInTime) {
  clock_.Advance(hours(24));
  WaitForTicks();  // all timers have looked up to here
  clock_.Step(hours(-24));
  ASSERT_EQ(Accept().moved, hours(-24));
  const std::uint64_t gateway = Run(Add("paris")).answer->gateway;
  ASSERT_EQ(Present(gateway, "installer"), "ok");
  AddFor("lyon", seconds(10));
  Run(Token("ann", seconds(10)));
  WaitForTicks();
  EXPECT_EQ(Count(Event::kKeyExpired) + Count(Event::kOperatorTokenExpired), 0u);
  clock_.Advance(seconds(10));
  WaitFor(Event::kKeyExpired, 1);
  WaitFor(Event::kOperatorTokenExpired, 1);
  clock_.Advance(ledger_limits::kDefaultConfirmWindow - seconds(11));
  WaitForTicks();
  EXPECT_EQ(Count(Event::kRegistrationAbandoned), 0u);
  clock_.Advance(seconds(1));
  WaitFor(Event::kRegistrationAbandoned, 1);
}

// The last event is ahead of the clock then, and what expires is judged by it.
TEST_F(ClockTest, WhatIsIssuedAfterAnEarlierTimeWasAcceptedWorks) {
  clock_.Advance(hours(24));
  EXPECT_EQ(Use(1), "ok");
  clock_.Step(hours(-24));
  Accept();
  EXPECT_EQ(sequencer_->LedgerTime(), clock_.Now() + hours(24));
  const std::uint64_t gateway = AddFor("paris", seconds(10));
  const std::uint64_t token = Run(Token("ann", seconds(10))).answer->token;
  WaitForTicks();
  EXPECT_EQ(Use(token), "ok");
  EXPECT_EQ(Present(gateway, "installer"), "ok");
  clock_.Advance(hours(24) + seconds(10));
  WaitFor(Event::kOperatorTokenExpired, 1);
}

}  // namespace
}  // namespace latchkey::testing
