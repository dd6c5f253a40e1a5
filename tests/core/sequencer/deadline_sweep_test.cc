#include "core/sequencer/deadline_sweep.h"

#include <vector>

#include <gtest/gtest.h>

#include "core/base/limits.h"

namespace latchkey::testing {
namespace {

using domain::Deadline;
using domain::DeadlineKind;
using std::chrono::seconds;

const Time kStart = FromMicros(1'700'000'000'000'000);

// Deadlines and tokens as the projections would return them, and where scans began.
class Found final : public ProjectionSet, private domain::StateReader {
 public:
  std::vector<Deadline> deadlines;  // in time order
  std::vector<domain::TokenRow> tokens;
  mutable std::vector<Time> looked_from;

  const domain::StateReader& state() const override { return *this; }
  void Prepare(const EventBatch&) override {}
  void Show() override {}
  std::optional<FinishedRequest> Finished(std::string_view, Time) const override { return {}; }
  void ScanDeadlines(DeadlineKind kind, Time from, Time until,
                     const std::function<bool(const Deadline&)>& visit) const override {
    if (kind == DeadlineKind::kKeyExpiry) looked_from.push_back(from);
    for (const Deadline& one : deadlines) {
      if (one.kind == kind && one.at >= from && one.at < until && !visit(one)) return;
    }
  }
  void ScanTokens(const std::function<void(const domain::TokenRow&)>& visit) const override {
    for (const domain::TokenRow& token : tokens) visit(token);
  }

 private:
  std::optional<std::string> Get(std::string_view) const override { return std::nullopt; }
};

std::size_t Sweep(DeadlineSweeps* sweeps, Time now) {
  std::size_t commands = 0;
  sweeps->Run(now, now, {}, [&](const domain::Submission&) { ++commands; });
  return commands;
}

// The tokens that expire at `ledger_time`.
std::vector<std::uint64_t> Expired(DeadlineSweeps* sweeps, Time ledger_time) {
  std::vector<std::uint64_t> tokens;
  sweeps->Run(kStart, ledger_time, {}, [&](const domain::Submission& request) {
    tokens.push_back(std::get<domain::ExpireToken>(request.command).token);
  });
  return tokens;
}

domain::TokenRow Token(std::uint64_t number, Time expires) {
  domain::TokenRow row;
  row.set_number(number);
  row.set_expires_us(ToMicros(expires));
  return row;
}

TEST(DeadlineSweeps, FindADeadlineUntilItIsGone) {
  Found found;
  found.deadlines = {{DeadlineKind::kKeyExpiry, kStart + seconds(10), 1, 1}};
  DeadlineSweeps sweeps(found, kStart);
  EXPECT_EQ(Sweep(&sweeps, kStart + seconds(10) - Micros(1)), 0u);
  EXPECT_EQ(Sweep(&sweeps, kStart + seconds(10)), 1u);
  EXPECT_EQ(Sweep(&sweeps, kStart + seconds(1'000)), 1u) << "its event may still be on its way";
  found.deadlines.clear();
  EXPECT_EQ(Sweep(&sweeps, kStart + seconds(1'000)), 0u);
}

TEST(DeadlineSweeps, DoNotWalkOverWhatIsLongGone) {
  Found found;
  DeadlineSweeps sweeps(found, kStart);
  Sweep(&sweeps, kStart);
  Sweep(&sweeps, kStart + seconds(500));
  Sweep(&sweeps, kStart + seconds(501));
  EXPECT_EQ(found.looked_from.front(), Time());
  EXPECT_EQ(found.looked_from.back(), kStart + seconds(500) - 2 * ledger_limits::kMaxClockStep);
}

TEST(DeadlineSweeps, SeeADeadlineThatAClockPutBackWithinItsBoundsHasSet) {
  Found found;
  DeadlineSweeps sweeps(found, kStart);
  Sweep(&sweeps, kStart + seconds(500));
  found.deadlines = {
      {DeadlineKind::kKeyExpiry, kStart + seconds(500) - 2 * ledger_limits::kMaxClockStep, 1, 1}};
  EXPECT_EQ(Sweep(&sweeps, kStart + seconds(500)), 1u);
}

TEST(DeadlineSweeps, SeeADeadlineSetAfterAnEarlierTimeWasAccepted) {
  for (const DeadlineKind kind : {DeadlineKind::kKeyExpiry, DeadlineKind::kConfirmBy}) {
    Found found;
    DeadlineSweeps sweeps(found, kStart);
    Sweep(&sweeps, kStart + seconds(86'400));
    sweeps.Restart(kStart, kStart);
    found.deadlines = {{kind, kStart + seconds(1), 1, 1}};
    EXPECT_EQ(Sweep(&sweeps, kStart + seconds(1)), 1u);
  }
}

TEST(DeadlineSweeps, PassByTheirOwnTime) {
  Found found;
  found.deadlines = {{DeadlineKind::kKeyExpiry, kStart + seconds(10), 1, 1},
                     {DeadlineKind::kConfirmBy, kStart + seconds(10), 2, 1}};
  DeadlineSweeps sweeps(found, kStart);
  std::vector<std::uint64_t> keys;
  sweeps.Run(kStart + seconds(1), kStart + seconds(10), {}, [&](const domain::Submission& request) {
    keys.push_back(std::get<domain::ExpireKey>(request.command).gateway);
  });
  EXPECT_EQ(keys, std::vector<std::uint64_t>{1}) << "keys by the ledger's, confirm-bys by the wall";
}

TEST(DeadlineSweeps, KnowTheTokensOfEarlierReleases) {
  Found found;
  found.tokens = {Token(1, Time()), Token(2, kStart - seconds(1)), Token(3, kStart + seconds(10)),
                  Token(4, kStart), Token(5, kStart)};
  found.tokens[3].set_revoked_us(1);
  found.tokens[4].set_expired_us(1);
  DeadlineSweeps sweeps(found, kStart);
  EXPECT_EQ(Expired(&sweeps, kStart), std::vector<std::uint64_t>{2});
  EXPECT_EQ(Expired(&sweeps, kStart), std::vector<std::uint64_t>{2}) << "until that is noted";
  EXPECT_EQ(Expired(&sweeps, kStart + seconds(10)), (std::vector<std::uint64_t>{2, 3}));
}

TEST(DeadlineSweeps, FollowWhatHappensToTokens) {
  Found found;
  DeadlineSweeps sweeps(found, kStart);
  const auto note = [&](auto set) {
    events::Event event;
    set(&event);
    sweeps.Note(event);
  };
  const auto at = [](int after) { return ToMicros(kStart + seconds(after)); };
  for (std::uint64_t token = 1; token <= 4; ++token) {
    note([&](events::Event* event) {
      event->mutable_operator_token_created()->set_token(token);
      event->mutable_operator_token_created()->set_expires_us(at(10));
    });
  }
  note([&](events::Event* event) {
    event->mutable_operator_token_rotated()->set_token(2);
    event->mutable_operator_token_rotated()->set_expires_us(at(20));
  });
  note([](events::Event* event) { event->mutable_operator_token_rotated()->set_token(3); });
  note([](events::Event* event) { event->mutable_operator_token_revoked()->set_token(4); });
  EXPECT_EQ(Expired(&sweeps, kStart + seconds(10)), std::vector<std::uint64_t>{1});
  note([](events::Event* event) { event->mutable_operator_token_expired()->set_token(1); });
  EXPECT_EQ(Expired(&sweeps, kStart + seconds(10)), std::vector<std::uint64_t>());
  EXPECT_EQ(Expired(&sweeps, kStart + seconds(1'000)), std::vector<std::uint64_t>{2});
}

TEST(DeadlineSweeps, TakeAFloodOfTokensInParts) {
  Found found;
  for (std::uint64_t i = 1; i <= 1'000; ++i) found.tokens.push_back(Token(i, kStart));
  DeadlineSweeps sweeps(found, kStart);
  const std::size_t part = Expired(&sweeps, kStart).size();
  EXPECT_GT(part, 0u);
  EXPECT_LT(part, 1'000u);
}

TEST(DeadlineSweeps, TakeAFloodInParts) {
  Found found;
  for (std::uint64_t i = 1; i <= 1'000; ++i) {
    found.deadlines.push_back({DeadlineKind::kKeyExpiry, kStart, i, 1});
  }
  DeadlineSweeps sweeps(found, kStart);
  const std::size_t part = Sweep(&sweeps, kStart);
  EXPECT_GT(part, 0u);
  EXPECT_LT(part, 1'000u);
  found.deadlines.erase(found.deadlines.begin(),
                        found.deadlines.begin() + static_cast<std::ptrdiff_t>(part));
  EXPECT_EQ(Sweep(&sweeps, kStart), part) << "the next ones";
}

}  // namespace
}  // namespace latchkey::testing
