#include <thread>

#include "tests/core/sequencer/fixture.h"
#include "tests/support/memory_log.h"

namespace latchkey::testing {
namespace {

using events::Event;

TEST_F(SequencerTest, WaitingCommandsFormOneBatchAndSeeEachOther) {
  const std::uint64_t batches = sequencer_->metrics().batches;
  gated_.Shut();
  auto first = Send(Add("first"));
  gated_.WaitUntilAppending();
  auto second = Send(Add("second"));
  auto same_name = Send(Add("second"));
  gated_.Open();
  EXPECT_TRUE(first.get().answer);
  EXPECT_TRUE(second.get().answer);
  EXPECT_EQ(same_name.get().answer.error().code, ErrorCode::kNameTaken);
  EXPECT_EQ(sequencer_->metrics().batches, batches + 2);
}

// One batch is being appended, one is closed behind it, one grows behind that.
TEST_F(SequencerTest, BatchesAreAppendedInTheOrderTheyWereDecided) {
  WaitForTicks();  // all that was decided before has been counted
  const std::uint64_t batches = sequencer_->metrics().batches;
  const std::uint64_t commands = sequencer_->metrics().commands;
  constexpr std::size_t kMany = 200;
  gated_.Shut();
  std::vector<std::future<Outcome>> outcomes;
  outcomes.push_back(Send(Add("gateway 0")));
  gated_.WaitUntilAppending();
  while (outcomes.size() < kMany) {
    outcomes.push_back(Send(Add("gateway " + std::to_string(outcomes.size()))));
  }
  while (sequencer_->metrics().commands < commands + kMany) std::this_thread::yield();
  gated_.Open();
  for (std::size_t i = 0; i < kMany; ++i) {
    const Outcome outcome = outcomes[i].get();
    ASSERT_TRUE(outcome.answer) << outcome.answer.error().detail;
    EXPECT_EQ(outcome.answer->gateway, i + 1);
  }
  EXPECT_EQ(sequencer_->metrics().batches, batches + 3);
}

TEST_F(SequencerTest, MoreThanABatchHoldsIsDecidedAsBatchesAreTaken) {
  constexpr std::size_t kMany = 3 * ledger_limits::kMaxBatchCommands;
  gated_.Shut();
  std::vector<std::future<Outcome>> outcomes;
  while (outcomes.size() < kMany) {
    outcomes.push_back(Send(Add("gateway " + std::to_string(outcomes.size()))));
  }
  gated_.WaitUntilAppending();
  EXPECT_FALSE(IsAnswered(outcomes.back())) << "nothing of it is durable";
  gated_.Open();
  for (std::size_t i = 0; i < kMany; ++i) {
    const Outcome outcome = outcomes[i].get();
    ASSERT_TRUE(outcome.answer) << outcome.answer.error().detail;
    EXPECT_EQ(outcome.answer->gateway, i + 1);
  }
}

TEST_F(SequencerTest, CommandsAreDecidedOnWhatIsOnItsWay) {
  gated_.Shut();
  auto first = Send(Add("paris"));
  gated_.WaitUntilAppending();
  auto same_name = Send(Add("paris"));
  auto renamed = Send({domain::ChangeGateway{1, "lyon"}});
  WaitForTicks();
  EXPECT_FALSE(IsAnswered(same_name)) << "nobody knows yet whether the name is taken";
  gated_.Open();
  EXPECT_TRUE(first.get().answer);
  EXPECT_EQ(same_name.get().answer.error().code, ErrorCode::kNameTaken);
  EXPECT_TRUE(renamed.get().answer);
}

TEST_F(SequencerTest, WhatWasDecidedOnALostBatchIsLostWithIt) {
  gated_.Shut();
  auto first = Send(Add("paris"));
  gated_.WaitUntilAppending();
  auto renamed = Send({domain::ChangeGateway{1, "lyon"}});
  auto refused = Send(Add("paris"));
  log_.FailNextAppend(false);
  gated_.Open();
  EXPECT_EQ(first.get().answer.error().code, ErrorCode::kOutcomeUnknown);
  EXPECT_EQ(renamed.get().answer.error().code, ErrorCode::kOutcomeUnknown);
  EXPECT_EQ(refused.get().answer.error().code, ErrorCode::kOutcomeUnknown);
  EXPECT_EQ(log_.size(), 3u) << "nothing is appended behind a gap";
}

TEST_F(SequencerTest, NothingIsSeenOrAnsweredBeforeItIsDurable) {
  gated_.Shut();
  auto added = Send(Add("paris"));
  auto refused = Send({domain::RemoveGateway{99}});  // refusals wait for their batch too
  gated_.WaitUntilAppending();
  WaitForTicks();
  EXPECT_FALSE(IsAnswered(added));
  EXPECT_EQ(domain::ReadGateway(projections_.state(), 1), std::nullopt);
  gated_.Open();
  const Outcome outcome = added.get();
  ASSERT_TRUE(outcome.answer);
  EXPECT_TRUE(domain::ReadGateway(projections_.state(), outcome.answer->gateway).has_value());
  EXPECT_EQ(outcome.sequence, 4u);  // ledger, token, account, gateway, key
  EXPECT_EQ(*outcome.first_event, 3u);
  EXPECT_EQ(refused.get().answer.error().code, ErrorCode::kNotFound);
}

TEST_F(SequencerTest, ABatchIsMadeDurableWhileTheOneBeforeIsShown) {
  projections_.gate().Shut();
  auto first = Send(Add("paris"));
  projections_.gate().WaitUntilReached();
  gated_.Shut();
  auto second = Send(Add("lyon"));
  gated_.WaitUntilAppending();
  auto same_name = Send(Add("lyon"));
  EXPECT_EQ(sequencer_->head(), 3u);
  gated_.Open();
  WaitForTicks();
  EXPECT_FALSE(IsAnswered(same_name));
  EXPECT_FALSE(IsAnswered(first));
  EXPECT_FALSE(IsAnswered(second)) << "durable is not enough: a read after the answer must find it";
  projections_.gate().Open();
  EXPECT_EQ(first.get().sequence, 4u);
  EXPECT_EQ(second.get().sequence, 6u);
  EXPECT_EQ(same_name.get().answer.error().code, ErrorCode::kNameTaken);
}

TEST_F(SequencerTest, ALostBatchTakesNothingFromTheOneBefore) {
  projections_.gate().Shut();
  auto first = Send(Add("paris"));
  projections_.gate().WaitUntilReached();
  gated_.Shut();
  auto lost = Send(Add("lyon"));
  gated_.WaitUntilAppending();
  log_.FailNextAppend(false);
  gated_.Open();
  projections_.gate().Open();
  EXPECT_TRUE(first.get().answer);
  EXPECT_EQ(lost.get().answer.error().code, ErrorCode::kOutcomeUnknown);
  EXPECT_TRUE(domain::ReadGateway(projections_.state(), 1).has_value());
  EXPECT_EQ(log_.size(), 5u);
}

TEST_F(SequencerTest, ManyThreadsRedeemOneKeyOnce) {
  const std::uint64_t gateway = Run(Add("paris")).answer->gateway;
  std::vector<domain::Submission> attempts;
  for (int i = 0; i < 64; ++i) attempts.push_back(Redeem(gateway, "party " + std::to_string(i)));
  std::atomic<int> accepted{0}, refused{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = t; i < 64; i += 8) {
        const Outcome outcome = Run(attempts[static_cast<std::size_t>(i)]);
        if (outcome.answer) {
          ++accepted;
        } else {
          EXPECT_EQ(outcome.answer.error().code, ErrorCode::kKeyAlreadyRedeemed);
          ++refused;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(accepted, 1);
  EXPECT_EQ(refused, 63);
  EXPECT_EQ(Count(Event::kKeyRedeemed), 1u);
  // 1 to 8, then 16 and 32: the soft count goes on between what is recorded.
  EXPECT_EQ(Count(Event::kRedemptionRefused), 10u);
}

TEST_F(SequencerTest, ALostAnswerIsRepeatedWithoutAnEvent) {
  const std::uint64_t gateway = Run(Add("paris")).answer->gateway;
  const Outcome first = Run(Redeem(gateway, "installer"));
  const std::uint64_t size = log_.size();
  const Outcome again = Run(Redeem(gateway, "installer"));
  ASSERT_TRUE(again.answer);
  EXPECT_TRUE(again.answer->repeated);
  EXPECT_EQ(again.answer->certificate_sequence, first.sequence);
  EXPECT_EQ(log_.size(), size);
}

TEST_F(SequencerTest, AnIdempotentRequestIsAnsweredFromItsEvents) {
  const Outcome first = Run(WithKey(Add("paris"), "k1", "body"));
  ASSERT_TRUE(first.answer);
  const std::uint64_t size = log_.size();
  const Outcome again = Run(WithKey(Add("paris"), "k1", "body"));
  ASSERT_TRUE(again.answer);
  EXPECT_TRUE(again.replayed);
  EXPECT_TRUE(again.answer->created);
  EXPECT_EQ(again.answer->gateway, first.answer->gateway);
  EXPECT_EQ(again.answer->generation, 1u);
  EXPECT_EQ(again.sequence, first.sequence);
  EXPECT_EQ(log_.size(), size);
  EXPECT_EQ(Run(WithKey(Add("lyon"), "k1", "other body")).answer.error().code,
            ErrorCode::kIdempotencyKeyReused);
  clock_.Advance(ledger_limits::kFinishedRequestsKept + Micros(1));
  EXPECT_EQ(Run(WithKey(Add("paris"), "k1", "body")).answer.error().code, ErrorCode::kNameTaken);
}

TEST_F(SequencerTest, ARepeatOfARunningRequestIsRefused) {
  gated_.Shut();
  auto first = Send(WithKey(Add("paris"), "k1", "body"));
  EXPECT_EQ(Run(WithKey(Add("paris"), "k1", "body")).answer.error().code,
            ErrorCode::kRequestInProgress);
  gated_.Open();
  EXPECT_TRUE(first.get().answer);
}

TEST_F(SequencerTest, AFullQueueRefusesAtOnce) {
  gated_.Shut();
  std::vector<std::future<Outcome>> sent;
  sent.push_back(Send(Add("one")));
  gated_.WaitUntilAppending();
  for (std::size_t i = 0; i < ledger_limits::kMaxQueuedCommands; ++i) {
    sent.push_back(Send({domain::OpenAccount{"acme"}}));
  }
  EXPECT_EQ(Run({domain::OpenAccount{"acme"}}).answer.error().code, ErrorCode::kOverloaded);
  gated_.Open();
  for (auto& one : sent) EXPECT_TRUE(one.get().answer);
}

TEST_F(SequencerTest, EndingFinishesWhatIsQueued) {
  gated_.Shut();
  auto first = Send(Add("first"));
  gated_.WaitUntilAppending();
  auto second = Send(Add("second"));
  std::thread ending([this] { sequencer_.reset(); });
  gated_.Open();
  ending.join();
  EXPECT_TRUE(first.get().answer);
  EXPECT_TRUE(second.get().answer);
}

TEST_F(SequencerTest, AfterAnUnknownAppendNothingIsWrittenAnyMore) {
  std::atomic<int> stopped{0};
  Stop();
  options_.on_stopped = [&] { ++stopped; };
  Start();
  log_.FailNextAppend(false);
  EXPECT_EQ(Run(Add("paris")).answer.error().code, ErrorCode::kOutcomeUnknown);
  EXPECT_EQ(Run(Add("lyon")).answer.error().code, ErrorCode::kReadOnly) << "it never began";
  EXPECT_EQ(domain::ReadGateway(projections_.state(), 1), std::nullopt);
  EXPECT_EQ(sequencer_->WriteProblem()->code, ErrorCode::kReadOnly);
  Stop();
  EXPECT_EQ(stopped, 1);
}

TEST_F(SequencerTest, AnUnknownAppendThatWasWrittenIsSeenAfterARestart) {
  log_.FailNextAppend(true);
  EXPECT_EQ(Run(Add("paris")).answer.error().code, ErrorCode::kOutcomeUnknown);
  EXPECT_EQ(log_.size(), 5u);
  EXPECT_EQ(projections_.events().size(), 3u);  // what is not known to be durable is not shown
  compare_at_end_ = false;
}

TEST_F(SequencerTest, ASecondWriterIsFenced) {
  events::Event event;
  event.set_sequence(3);
  event.set_time_us(ToMicros(clock_.Now()));
  event.set_account("other");
  event.mutable_account_opened()->set_subject(std::string(16, 's'));
  log_.AppendElsewhere(events::Encode(event));
  EXPECT_EQ(Run(Add("paris")).answer.error().code, ErrorCode::kReadOnly);
  EXPECT_EQ(Run(Add("paris")).answer.error().code, ErrorCode::kReadOnly);
  EXPECT_EQ(log_.size(), 4u);
  compare_at_end_ = false;
}

TEST_F(SequencerTest, AKeyExpiresByAnEvent) {
  domain::Submission add = Add("paris");
  std::get<domain::AddGateway>(add.command).key_lifetime = std::chrono::seconds(10);
  const std::uint64_t gateway = Run(add).answer->gateway;
  clock_.Advance(std::chrono::seconds(10));
  EXPECT_EQ(Run(Redeem(gateway, "late")).answer.error().code, ErrorCode::kKeyExpired);
  WaitFor(Event::kKeyExpired, 1);
}

TEST_F(SequencerTest, ARegistrationEndsByAnEventAndNeverByTheClockAlone) {
  const std::uint64_t gateway = Run(Add("paris")).answer->gateway;
  ASSERT_TRUE(Run(Redeem(gateway, "installer")).answer);
  clock_.Advance(ledger_limits::kDefaultConfirmWindow);
  WaitFor(Event::kRegistrationAbandoned, 1);
  const auto row = domain::ReadGateway(projections_.state(), gateway);
  EXPECT_EQ(row->last_failure().reason(), "not_confirmed");
}

TEST_F(SequencerTest, ADeadlineThatPassedWhileDownGetsTheGrace) {
  const std::uint64_t gateway = Run(Add("paris")).answer->gateway;
  ASSERT_TRUE(Run(Redeem(gateway, "installer")).answer);
  Stop();
  clock_.Advance(ledger_limits::kDefaultConfirmWindow + std::chrono::hours(5));
  Start();
  const std::uint64_t other = Run(Add("lyon")).answer->gateway;  // one with a deadline of its own
  ASSERT_TRUE(Run(Redeem(other, "installer")).answer);
  clock_.Advance(ledger_limits::kDowntimeGrace - Micros(1));
  WaitForTicks();
  EXPECT_EQ(Count(Event::kRegistrationAbandoned), 0u);
  clock_.Advance(Micros(1));
  WaitFor(Event::kRegistrationAbandoned, 1);
  EXPECT_TRUE(domain::ReadGateway(projections_.state(), other)->has_pending());
}

// From the first command that meets it: a single event with a time far ahead would delay the time
// of all later ones, and every start until then.
TEST_F(SequencerTest, AStepOfTheClockStopsWritesUntilItIsBack) {
  int count = 0;
  for (const std::chrono::seconds step : {std::chrono::seconds(-61), std::chrono::seconds(61),
                                          std::chrono::seconds(std::chrono::hours(24 * 365))}) {
    const std::string name = "paris-" + std::to_string(++count);
    const std::uint64_t before = log_.size();
    clock_.Step(step);
    EXPECT_EQ(Run(Add(name)).answer.error().code, ErrorCode::kReadOnly);
    EXPECT_TRUE(sequencer_->WriteProblem());
    WaitForTicks();
    EXPECT_EQ(Run(Add(name)).answer.error().code, ErrorCode::kReadOnly);
    EXPECT_EQ(log_.size(), before);
    clock_.Step(-step);
    WaitForTicks();
    EXPECT_FALSE(sequencer_->WriteProblem());
    EXPECT_TRUE(Run(Add(name)).answer);
  }
}

TEST_F(SequencerTest, TimeNeverGoesBackInTheLedger) {
  clock_.Step(-std::chrono::seconds(59));
  EXPECT_TRUE(Run(Add("paris")).answer);
  const auto events = projections_.events();
  EXPECT_EQ(events.back().time_us(), events[2].time_us());
}

TEST_F(SequencerTest, AStartBehindTheLastEventWaitsOrIsToldToAccept) {
  Stop();
  clock_.Step(-std::chrono::seconds(61));
  Start();
  EXPECT_EQ(Run(Add("paris")).answer.error().code, ErrorCode::kReadOnly);
  Stop();
  options_.accept_time = true;
  Start();
  EXPECT_TRUE(Run(Add("paris")).answer);
}

// While nothing can be written no check-in can confirm, just as while the server is down.
TEST_F(SequencerTest, ADeadlineThatPassedWhileReadOnlyGetsTheGrace) {
  std::atomic<std::uint64_t> free{ledger_limits::kFreeSpaceReserveBytes};
  Stop();
  options_.free_bytes = [&] { return free.load(); };
  Start();
  const std::uint64_t gateway = Run(Add("paris")).answer->gateway;
  ASSERT_TRUE(Run(Redeem(gateway, "installer")).answer);
  free = 0;
  WaitForTicks();
  clock_.Advance(ledger_limits::kDefaultConfirmWindow + std::chrono::hours(5));
  WaitForTicks();
  free = ledger_limits::kFreeSpaceReserveBytes;
  WaitForTicks();
  clock_.Advance(ledger_limits::kDowntimeGrace - Micros(1));
  WaitForTicks();
  EXPECT_EQ(Count(Event::kRegistrationAbandoned), 0u);
  clock_.Advance(Micros(1));
  WaitFor(Event::kRegistrationAbandoned, 1);
  Stop();
}

TEST_F(SequencerTest, WritesStopBelowTheReserveAndResumeAboveIt) {
  std::atomic<std::uint64_t> free{ledger_limits::kFreeSpaceReserveBytes};
  Stop();
  options_.free_bytes = [&] { return free.load(); };
  Start();
  EXPECT_TRUE(Run(Add("paris")).answer);
  free = ledger_limits::kFreeSpaceReserveBytes - 1;
  WaitForTicks();
  EXPECT_EQ(Run(Add("lyon")).answer.error().code, ErrorCode::kReadOnly);
  free = ledger_limits::kFreeSpaceReserveBytes;
  WaitForTicks();
  EXPECT_TRUE(Run(Add("lyon")).answer);
  Stop();
}

TEST_F(SequencerTest, OneThatOnlyReadsRefusesCommandsAndRunsNoTimers) {
  ASSERT_TRUE(Run(Add("paris")).answer);
  Stop();
  clock_.Advance(ledger_limits::kDefaultKeyLifetime + std::chrono::hours(1));
  const std::uint64_t size = log_.size();
  options_.read_only = true;
  Start();
  const Outcome refused = Run(Add("lyon"));
  ASSERT_FALSE(refused.answer);
  EXPECT_EQ(refused.answer.error().code, ErrorCode::kReadOnly);
  WaitForTicks();
  EXPECT_TRUE(sequencer_->WriteProblem());
  EXPECT_FALSE(sequencer_->AcceptTime().get().problem == std::nullopt);
  EXPECT_EQ(Run(Add("lyon")).answer.error().code, ErrorCode::kReadOnly);
  Stop();
  EXPECT_EQ(log_.size(), size);
}

TEST_F(SequencerTest, AnUnreadableLastEntryStopsItWithAMessage) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  testing::MemoryLog unreadable;
  ASSERT_EQ(unreadable.Append(0, std::vector<std::string>{"\xff"}), log::AppendOutcome::kDurable);
  EXPECT_DEATH(Sequencer(unreadable, projections_, *subjects_, mint_, clock_, random_, options_),
               "last entry.*latchkey verify");
}

TEST_F(SequencerTest, PersonalFieldsStandSealedInTheLedger) {
  const std::uint64_t gateway = Run(Add("paris")).answer->gateway;
  domain::Submission redeem = Redeem(gateway, "installer");
  std::get<domain::RedeemKey>(redeem.command).host = {"host.example", "Debian", "12"};
  ASSERT_TRUE(Run(redeem).answer);
  const Event event = projections_.events().back();
  ASSERT_TRUE(event.has_sealed());
  EXPECT_EQ(events::Encode(event).find("host.example"), std::string::npos);
  const auto opened = subjects_->Open(event.sealed());
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->hostname(), "host.example");
  EXPECT_EQ(opened->address(), "127.0.0.1");
}

}  // namespace
}  // namespace latchkey::testing
