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

// Deadlines as the projections would find them, and from where they were looked for.
class Found final : public ProjectionSet, private domain::StateReader {
 public:
  std::vector<Deadline> deadlines;  // in time order
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

 private:
  std::optional<std::string> Get(std::string_view) const override { return std::nullopt; }
};

std::size_t Sweep(DeadlineSweeps* sweeps, Time now) {
  std::size_t commands = 0;
  sweeps->Run(now, {}, [&](const domain::Request&) { ++commands; });
  return commands;
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
  EXPECT_EQ(found.looked_from.back(), kStart + seconds(500) - limits::kMaxClockStep);
}

TEST(DeadlineSweeps, SeeADeadlineThatAClockPutBackHasSet) {
  Found found;
  DeadlineSweeps sweeps(found, kStart);
  Sweep(&sweeps, kStart + seconds(500));
  found.deadlines = {
      {DeadlineKind::kKeyExpiry, kStart + seconds(500) - limits::kMaxClockStep, 1, 1}};
  EXPECT_EQ(Sweep(&sweeps, kStart + seconds(500)), 1u);
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
