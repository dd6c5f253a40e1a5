// Both clocks walk at random: they advance together or drift apart, the wall clock steps, also in
// chains that each step alone would not show, the machine is suspended with and without its boot
// time, the server restarts, and times are accepted. Always, what has expired stays expired, no
// registration is abandoned early, and every deadline is found in the end.
#include <algorithm>
#include <map>

#include "core/domain/judge.h"
#include "tests/core/sequencer/fixture.h"

namespace latchkey::testing {
namespace {

using events::Event;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr int kHistories = 6;
constexpr int kHistorySteps = 150;

const std::vector<Micros> kPauses{milliseconds(100), seconds(1),  seconds(30),
                                  minutes(10),       minutes(40), hours(2)};
const std::vector<Micros> kJumps{seconds(1),  seconds(30), seconds(59),
                                 seconds(61), hours(1),    hours(24)};
const std::vector<seconds> kLifetimes{seconds(1), seconds(30), minutes(10), hours(1), hours(24)};

class ClockHistory : public SequencerTest, public ::testing::WithParamInterface<int> {
 protected:
  void SetUp() override {
    options_.tick = milliseconds(1);
    SequencerTest::SetUp();
    Anchor();
  }

  std::uint64_t Below(std::uint64_t bound) { return choice_.Below(bound); }
  bool OneIn(std::uint64_t n) { return Below(n) == 0; }
  template <typename T>
  const T& Any(const std::vector<T>& of) {
    return of[Below(of.size())];
  }
  Micros EitherWay(Micros by) { return OneIn(2) ? by : -by; }

  // The accepted clock: where the wall clock would be had it only run since it was last taken as
  // right, and how far the server may have let it drift since.
  void Anchor() {
    anchored_ = true;
    offset_ = clock_.Now() - clock_.Steady();
    since_ = clock_.Steady();
  }
  Time Accepted() const { return offset_ + clock_.Steady(); }
  Micros Drift() const {
    return (clock_.Steady() - since_) * ledger_limits::kMaxClockDriftPpm / 1'000'000 +
           milliseconds(1);
  }

  void Settle();
  void Move(Micros both, Micros wall);
  void MoveClocks();
  void RestartServer();
  void AcceptTime();
  void Add();
  void UseKey();
  void UseToken();
  void CheckIn();
  void Step();

  void CheckWriting();
  void CheckEvents();
  void CheckDue();

  SeededRandom choice_{Seed() + 1'000 + static_cast<std::uint64_t>(GetParam())};
  bool anchored_ = false;  // not while a start waits for its clock
  Time offset_;
  Micros since_{0};

  std::map<std::uint64_t, bool> keys_;    // by gateway: refused as expired
  std::map<std::uint64_t, bool> tokens_;  // by number: likewise
  std::map<std::uint64_t, std::int64_t> confirm_by_us_;
  std::size_t looked_at_ = 0;  // events
  int names_ = 0;
};

// Waits until the timers have run and their events are visible: a command that writes nothing is
// answered after everything before it.
void ClockHistory::Settle() {
  WaitForTicks();
  Run({domain::OpenAccount{"acme"}});
}

void ClockHistory::Move(Micros both, Micros wall) {
  clock_.Advance(both);
  clock_.Step(wall);
  Settle();
  CheckWriting();
  CheckEvents();
}

// The server must refuse beyond the band and write inside; at its very edge it may do either.
void ClockHistory::CheckWriting() {
  const bool writes = !sequencer_->WriteProblem();
  if (!anchored_) {
    if (!writes) return;
    Anchor();
  }
  const Micros departed = std::chrono::abs(clock_.Now() - Accepted());
  if (departed > ledger_limits::kMaxClockStep + Drift()) {
    EXPECT_FALSE(writes) << departed.count();
  }
  if (departed < ledger_limits::kMaxClockStep - Drift()) {
    EXPECT_TRUE(writes) << departed.count();
  }
}

void ClockHistory::CheckEvents() {
  const std::vector<Event> events = projections_.events();
  for (; looked_at_ < events.size(); ++looked_at_) {
    const Event& event = events[looked_at_];
    EXPECT_GE(event.time_us(), events[std::max<std::size_t>(looked_at_, 1) - 1].time_us());
    if (event.has_key_redeemed()) {
      confirm_by_us_[event.gateway()] = event.key_redeemed().confirm_by_us();
    }
    if (event.registration_abandoned().why() != events::RegistrationAbandoned::CONFIRM_BY_PASSED) {
      continue;
    }
    EXPECT_GE(Accepted() + ledger_limits::kMaxClockStep + Drift(),
              FromMicros(confirm_by_us_.at(event.gateway())));
  }
  EXPECT_GE(ToMicros(sequencer_->LedgerTime()), events.back().time_us());
}

// While writes are possible, the timers leave no deadline behind.
void ClockHistory::CheckDue() {
  Settle();
  if (sequencer_->WriteProblem()) return;
  const Time now = sequencer_->LedgerTime();
  for (const auto& [gateway, refused] : keys_) {
    const domain::GatewayRow row = *domain::ReadGateway(projections_.state(), gateway);
    EXPECT_TRUE(row.key().state() != domain::KEY_ACTIVE || domain::HasActiveKey(row, now));
  }
  for (const auto& [token, refused] : tokens_) {
    EXPECT_FALSE(domain::IsDue(*domain::ReadToken(projections_.state(), token), now));
  }
}

void ClockHistory::MoveClocks() {
  switch (Below(7)) {
    case 0:
      return Move({}, EitherWay(Any(kJumps)));
    case 1: {  // each of them within bounds, and all of them one way
      const Micros step = EitherWay(seconds(59));
      for (std::uint64_t left = 1 + Below(5); left > 0; --left) Move(milliseconds(100), step);
      return;
    }
    case 2:  // slewed, as fast as may be or much too fast
      return Move(hours(1), EitherWay(OneIn(2) ? milliseconds(1'800) : milliseconds(7'200)));
    case 3:  // suspended
      return Move(hours(8), {});
    case 4:  // and with a boot time that stood
      return Move({}, hours(8));
    case 5:  // back to where it should be
      return Move({}, anchored_ ? Accepted() - clock_.Now() : hours(1));
    default:
      return Move(Any(kPauses), {});
  }
}

void ClockHistory::RestartServer() {
  Stop();
  const std::vector<Micros> found{Micros(0), seconds(-30), seconds(-59), hours(-2), minutes(10)};
  clock_.Step(Any(found));
  options_.accept_time = OneIn(3);
  anchored_ = false;
  Start();
  Move({}, {});
}

void ClockHistory::AcceptTime() {
  const AcceptedTime accepted = sequencer_->AcceptTime().get();
  EXPECT_EQ(accepted.now, clock_.Now());
  EXPECT_FALSE(accepted.problem);
  Anchor();
  Move({}, {});
}

void ClockHistory::Add() {
  const std::string name = std::to_string(++names_);
  const seconds lifetime = Any(kLifetimes);
  if (OneIn(2)) {
    const Outcome made = Run(Token(name, lifetime));
    if (made.answer) tokens_[made.answer->token] = false;
    return;
  }
  domain::Submission add = SequencerTest::Add(name);
  std::get<domain::AddGateway>(add.command).key_lifetime = lifetime;
  const Outcome added = Run(add);
  if (added.answer) keys_[added.answer->gateway] = false;
}

void ClockHistory::UseKey() {
  if (keys_.empty()) return;
  auto key = std::next(keys_.begin(), static_cast<std::ptrdiff_t>(Below(keys_.size())));
  domain::Submission request = Redeem(key->first, "installer");
  std::get<domain::RedeemKey>(request.command).offer->not_after =
      sequencer_->LedgerTime() + hours(24 * 365);
  const Outcome outcome = Run(request);
  if (outcome.answer) {
    EXPECT_FALSE(key->second) << "refused as expired before";
  } else if (outcome.answer.error().code == ErrorCode::kKeyExpired) {
    key->second = true;
  }
}

void ClockHistory::UseToken() {
  if (tokens_.empty()) return;
  auto token = std::next(tokens_.begin(), static_cast<std::ptrdiff_t>(Below(tokens_.size())));
  const Outcome outcome =
      Run(As(token->first, domain::OpenAccount{"a" + std::to_string(++names_)}));
  if (outcome.answer) {
    EXPECT_FALSE(token->second) << "refused as expired before";
  } else if (outcome.answer.error().code == ErrorCode::kUnauthenticated) {
    token->second = true;
  }
}

void ClockHistory::CheckIn() {
  if (keys_.empty()) return;
  const auto key = std::next(keys_.begin(), static_cast<std::ptrdiff_t>(Below(keys_.size())));
  const domain::GatewayRow row = *domain::ReadGateway(projections_.state(), key->first);
  if (!row.has_pending()) return;
  Run({domain::CheckIn{row.pending().certificate_sha256(), "1"}});
}

void ClockHistory::Step() {
  switch (Below(12)) {
    case 0:
    case 1:
      return Add();
    case 2:
    case 3:
      return UseKey();
    case 4:
    case 5:
      return UseToken();
    case 6:
      return CheckIn();
    case 7:
      return OneIn(2) ? AcceptTime() : RestartServer();
    default:
      return MoveClocks();
  }
}

TEST_P(ClockHistory, WhatHasExpiredStaysSoAndNothingEndsBeforeItsTime) {
  for (int step = 1; step <= kHistorySteps && !HasFailure(); ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    Step();
    CheckEvents();
    CheckDue();
  }
  // However far the last event is ahead by now, in the end the timers have found everything.
  AcceptTime();
  Move(hours(24 * 400), {});
  CheckDue();
  for (const auto& [gateway, refused] : keys_) {
    EXPECT_FALSE(domain::ReadGateway(projections_.state(), gateway)->has_pending());
    const domain::GatewayRow row = *domain::ReadGateway(projections_.state(), gateway);
    EXPECT_NE(row.key().state(), domain::KEY_ACTIVE);
  }
  for (const auto& [token, refused] : tokens_) {
    EXPECT_NE(domain::ReadToken(projections_.state(), token)->expired_us(), 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ClockHistory, ::testing::Range(0, kHistories));

}  // namespace
}  // namespace latchkey::testing
