// A disk that fails at any call of any folder, at start or later; then an end of any kind. All
// answered writes are there afterwards, on a good disk, and webhooks stand no further back than
// was synced.
#include <cstdio>
#include <map>
#include <string>

#include <unistd.h>

#include <gtest/gtest.h>

#include "api/webhooks/progress.h"
#include "projections/presence.h"
#include "tests/storage/data_directory.h"
#include "tests/support/fault_fs.h"
#include "tests/support/temp_dir.h"

namespace latchkey::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPlaces[] = {"/ledger/",   "/subjects/", "/projections/", "/presence/",
                                   "/webhooks/", "/head",      "/checkpoint"};
constexpr std::uint64_t kWebhook = 1;
constexpr std::uint64_t kCommands = 24;

enum class Ending { kStop, kKill, kPowerLoss, kPowerLossByChance };
constexpr Ending kEndings[] = {Ending::kStop, Ending::kKill, Ending::kPowerLoss,
                               Ending::kPowerLossByChance};

// A call that a life makes so many times.
struct Met {
  DiskCall call;
  const char* place;
  std::uint64_t times;
};

struct LifeTrial {
  DiskRule rule;
  Ending ending;
  bool killed_before;
};

LifeTrial LifeTrialFrom(const std::vector<Met> (&calls)[2], SeededRandom& random) {
  const bool killed_before = random.Below(2) == 0;
  const std::vector<Met>& all = calls[killed_before ? 1 : 0];
  const Met& met = all[random.Below(all.size())];
  return {{met.call, kDiskFaults[random.Below(std::size(kDiskFaults))], met.place,
           random.Below(met.times), random.Below(2) == 0},
          kEndings[random.Below(std::size(kEndings))],
          killed_before};
}

std::string Words(const LifeTrial& trial) {
  return "call " + std::to_string(static_cast<int>(trial.rule.call)) + " fault " +
         std::to_string(static_cast<int>(trial.rule.fault)) + " in " + trial.rule.in + " nth " +
         std::to_string(trial.rule.nth) + (trial.rule.lasting ? " lasting" : "") + ", ending " +
         std::to_string(static_cast<int>(trial.ending)) +
         (trial.killed_before ? ", on one that was killed" : "");
}

// What a server has open.
struct Server {
  std::unique_ptr<tools::Ledger> ledger;
  std::unique_ptr<projections::Presence> presence;
  std::unique_ptr<api::ProgressStore> webhooks;
};

// A webhook has got to this event, or the receiver has refused it. Reports what is synced.
void Reach(api::ProgressStore& store, std::uint64_t sequence, SeededRandom& random,
           const std::function<void(const std::string&)>& report) {
  api::WebhookProgress progress;
  progress.set_reached(sequence);
  api::WebhookAttempt refused;
  refused.set_sequence(sequence);
  const bool synced = random.Below(3) == 0;
  if (store.failed()) (void)store.Reopen();
  const bool kept =
      store.Put(kWebhook, progress, synced, random.Below(4) == 0 ? &refused : nullptr).has_value();
  if (kept && synced) report("reached " + std::to_string(sequence));
}

// Opens it and does some work. Reports every head that was answered.
Server Serve(const FaultyResources& disk, const fs::path& data, SeededRandom& random,
             const std::function<void(const std::string&)>& report) {
  Server server;
  if (auto opened = OpenLedger(data, disk.resources)) server.ledger = *std::move(opened);
  if (server.ledger == nullptr) return server;
  tools::Ledger& ledger = *server.ledger;
  if (auto opened = projections::Presence::Open(data / "presence", disk.resources,
                                                std::chrono::minutes(2), ledger.clock().Now())) {
    server.presence = *std::move(opened);
  }
  if (auto opened = api::ProgressStore::Open(data / "webhooks", disk.resources)) {
    server.webhooks = *std::move(opened);
  }
  const auto identity = projections::IdentityOf(ledger.log());
  for (std::uint64_t i = 0; i < kCommands; ++i) {
    if (const auto head = ActAtRandom(ledger, random)) report("answered " + ToLine(*head));
    if (ledger.subjects().failed()) (void)ledger.subjects().Reopen();
    if (server.presence != nullptr) {
      server.presence->Record(1 + i, {ledger.clock().Now(), std::nullopt, "1.0"});
      const log::Head head = ledger.log().head();
      if (identity) server.presence->RecordPosition({*identity, head.size, head});
    }
    if (server.webhooks != nullptr) Reach(*server.webhooks, 1 + i, random, report);
    if (random.Below(12) == 0) ledger.projections().Flush();
  }
  return server;
}

// One life of a server on the failing disk.
void Live(const LifeTrial& trial, const fs::path& data, const fs::path& image, SeededRandom& random,
          const std::function<void(const std::string&)>& report) {
  FaultyResources faulty;
  faulty.fs->Fail(trial.rule);
  Server server = Serve(faulty, data, random, report);
  if (faulty.fs->struck()) report("struck");
  switch (trial.ending) {
    case Ending::kStop:
      server = Server();
      break;
    case Ending::kKill:
      break;
    case Ending::kPowerLoss:
      faulty.fs->CopyAsSynced(data, image, random.Below(3'000));
      break;
    case Ending::kPowerLossByChance:
      faulty.fs->CopyAsLost(data, image, random);
      break;
  }
  ::_exit(0);
}

// Where the webhook stands on a sound disk; none when its store had to be discarded. In a process
// of its own: the threads that RocksDB starts would be missing in those that are forked later.
std::optional<std::uint64_t> ReachedIn(const fs::path& data) {
  const Ended ended = InProcess([&](const auto& report) {
    const auto store = api::ProgressStore::Open(data / "webhooks", rocks::Resources::Create());
    if (!store || (*store)->discarded()) return;
    const auto progress = (*store)->Get(kWebhook);
    report(std::to_string(progress ? progress->reached() : 0));
  });
  if (ended.lines.empty()) return std::nullopt;
  return std::stoull(ended.lines.front());
}

// What such a life calls on a sound disk.
std::vector<Met> CallsOfALife(bool killed_before) {
  const TempDir directory;
  fs::copy(MadeLedger(killed_before), directory / "data", fs::copy_options::recursive);
  std::vector<Met> calls;
  const Ended ended = InProcess([&](const auto& report) {
    SeededRandom random;
    const FaultyResources disk;
    Server server = Serve(disk, directory / "data", random, [](const std::string&) {});
    server = Server();
    for (const DiskCall call : kDiskCalls) {
      for (const char* place : kPlaces) {
        report(std::to_string(disk.fs->CallsIn(call, place)));
      }
    }
  });
  auto line = ended.lines.begin();
  for (const DiskCall call : kDiskCalls) {
    for (const char* place : kPlaces) {
      const std::uint64_t times = line == ended.lines.end() ? 0 : std::stoull(*line++);
      if (times != 0) calls.push_back({call, place, times});
    }
  }
  return calls;
}

TEST(FailingDisk, LosesNothingThatWasAnswered) {
  const std::uint64_t runs = StorageRuns(40);
  const std::vector<Met> calls[] = {CallsOfALife(false), CallsOfALife(true)};
  ASSERT_GT(calls[0].size(), std::size(kPlaces));
  ASSERT_GT(calls[1].size(), std::size(kPlaces));
  std::uint64_t struck = 0, answers = 0, refused = 0;
  for (std::uint64_t number = 0; number < runs && !::testing::Test::HasFailure(); ++number) {
    SeededRandom random(Seed() + number);
    const LifeTrial trial = LifeTrialFrom(calls, random);
    SCOPED_TRACE("run " + std::to_string(number) + ": " + Words(trial));
    const TempDir directory;
    const fs::path data = directory / "data";
    const fs::path image = directory / "image";
    fs::copy(MadeLedger(trial.killed_before), data, fs::copy_options::recursive);
    std::vector<log::Head> answered;
    std::uint64_t reached = 0;
    const Ended ended =
        InProcess([&](const auto& report) { Live(trial, data, image, random, report); });
    for (const std::string& line : ended.lines) {
      const std::string what = line.substr(line.find(' ') + 1);
      if (line == "struck") {
        ++struck;
      } else if (line.starts_with("reached ")) {
        reached = std::stoull(what);
      } else {
        answered.push_back(FromLine(what));
      }
    }
    if (ended.unusable) ++struck;
    answers += answered.size();
    const fs::path& left = fs::exists(image) ? image : data;
    const auto stands = ReachedIn(left);
    EXPECT_TRUE(stands || trial.ending == Ending::kPowerLossByChance) << "discarded";
    EXPECT_GE(stands.value_or(reached), reached);
    const Found found = LookAt(left, answered);
    EXPECT_EQ(found.lost, "");
    EXPECT_EQ(found.violations, "");
    if (found.opened) continue;
    ++refused;
    EXPECT_EQ(trial.ending, Ending::kPowerLossByChance) << "a false alarm: " << found.refusal;
    EXPECT_TRUE(found.refusal.starts_with("unusable: ")) << found.refusal;
  }
  std::printf("%llu runs, %llu faults met, %llu answers, %llu refused in words\n",
              static_cast<unsigned long long>(runs), static_cast<unsigned long long>(struck),
              static_cast<unsigned long long>(answers), static_cast<unsigned long long>(refused));
}

}  // namespace
}  // namespace latchkey::testing
