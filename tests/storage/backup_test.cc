// Backups and restores on a disk that fails, or loses power, at any call. What was reported good is
// good, what was there before stays, and whatever is left can be finished by running it again.
#include <cstdio>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/crypto/random.h"
#include "tests/storage/data_directory.h"
#include "tests/storage/disk_calls.h"
#include "tests/support/temp_dir.h"
#include "tools/backup/backup.h"
#include "tools/backup/restore.h"

namespace latchkey::testing {
namespace {

namespace fs = std::filesystem;
using Report = std::function<void(const std::string&)>;

// A run makes several whole ledgers, and costs as much as so many of other tests here.
constexpr std::uint64_t kCost = 30;
constexpr SystemFault kFaults[] = {SystemFault::kError, SystemFault::kNoSpace, SystemFault::kTorn};
constexpr SystemCall kCalls[] = {SystemCall::kWrite, SystemCall::kSync, SystemCall::kRename};

std::uint64_t Runs() { return std::max<std::uint64_t>(1, StorageRuns(12 * kCost) / kCost); }

// Whether the disk fails or the power does, and when.
struct BackupTrial {
  bool power;
  bool by_chance;  // whatever reached the disk
  std::uint64_t nth;
  SystemRule rule;
};

BackupTrial BackupTrialFrom(SeededRandom& random, std::uint64_t calls) {
  return {random.Below(2) == 0,
          random.Below(2) == 0,
          random.Below(calls + calls / 8),
          {kCalls[random.Below(std::size(kCalls))], kFaults[random.Below(std::size(kFaults))],
           random.Below(calls / 4 + 1), random.Below(2) == 0}};
}

std::string Words(const BackupTrial& trial) {
  if (trial.power) {
    return "power lost at call " + std::to_string(trial.nth) +
           (trial.by_chance ? " by chance" : "");
  }
  return "call " + std::to_string(static_cast<int>(trial.rule.call)) + " fault " +
         std::to_string(static_cast<int>(trial.rule.fault)) + " nth " +
         std::to_string(trial.rule.nth) + (trial.rule.lasting ? " lasting" : "");
}

// The directories of one run. `image` is what the disk has after it.
struct Places {
  TempDir directory;
  fs::path data = directory / "data";
  fs::path disk = directory / "disk";
  fs::path image = directory / "image";

  Places() {
    fs::copy(MadeLedger(false), data, fs::copy_options::recursive);
    fs::create_directory(disk);
  }
};

// To be called in a process of its own.
void BackUp(const fs::path& data, const fs::path& to, const Report& report) {
  crypto::SystemRandom random;
  const auto done =
      tools::BackUp({.data = data, .destination = to}, rocks::Resources::Create(), random);
  report(done ? "good " + std::to_string(done->head.size) : "refused " + done.error().detail);
}

void Restore(const fs::path& source, const fs::path& to, const fs::path& scratch,
             const Report& report) {
  crypto::SystemRandom random;
  const auto done = tools::Restore({.source = source, .data = to, .scratch = scratch},
                                   rocks::Resources::Create(), random);
  report(done ? "good " + std::to_string(done->taken.size) : "refused " + done.error().detail);
}

// What the backup does not have.
void Bring(const fs::path& data, const fs::path& to) {
  fs::create_directory(to);
  for (const char* folder : {"secrets", "subjects"}) {
    fs::copy(data / folder, to / folder, fs::copy_options::recursive);
  }
}

// Begins what the trial wants, does `work` on the disk, and leaves the image.
void Suffer(const BackupTrial& trial, const Places& places, SeededRandom& random,
            const std::function<void()>& work) {
  SeededRandom* chance = trial.by_chance ? &random : nullptr;
  if (trial.power) {
    LosePowerAt(trial.nth, places.image, chance);
  } else {
    FailCall(trial.rule);
  }
  work();
  CopyAsAfterPowerLoss(places.image, chance);
}

// The largest size that was reported good; 0: none.
std::uint64_t GoodOf(const Ended& ended) {
  std::uint64_t good = 0;
  for (const std::string& line : ended.lines) {
    if (line.starts_with("good ")) good = std::stoull(line.substr(line.find(' ') + 1));
  }
  return good;
}

void ExpectWhole(const fs::path& data) {
  const Found found = LookAt(data, {});
  EXPECT_TRUE(found.opened) << found.refusal;
  EXPECT_EQ(found.violations, "");
}

// A backup, some work on the ledger, and the backup that suffers.
void BackUpTwice(const Places& places, const Report& report,
                 const std::function<void(const std::function<void()>&)>& suffer) {
  SeededRandom random;
  WatchCalls(places.disk);
  BackUp(places.data, places.disk / "backup", report);
  {
    const rocks::Resources resources = rocks::Resources::Create();
    const auto ledger = OpenLedger(places.data, resources);
    for (int i = 0; ledger && i < 8; ++i) (void)ActAtRandom(**ledger, random);
  }
  suffer([&] { BackUp(places.data, places.disk / "backup", report); });
}

std::uint64_t CallsOf(const std::function<void(const Places&, const Report&)>& work) {
  const Places places;
  const Ended ended = InProcess([&](const auto& report) { work(places, report); });
  return ended.lines.empty() ? 0 : std::stoull(ended.lines.back());
}

TEST(BackupOnABadDisk, IsGoodWhenItWasReportedSo) {
  const std::uint64_t calls = CallsOf([](const Places& places, const Report& report) {
    BackUpTwice(places, report, [&](const auto& work) {
      const std::uint64_t before = CallsSoFar();
      work();
      report(std::to_string(CallsSoFar() - before));
    });
  });
  ASSERT_GT(calls, 3u);
  std::uint64_t reported = 0;
  for (std::uint64_t number = 0; number < Runs() && !::testing::Test::HasFailure(); ++number) {
    SeededRandom random(Seed() + number);
    const BackupTrial trial = BackupTrialFrom(random, calls);
    SCOPED_TRACE("run " + std::to_string(number) + ": " + Words(trial));
    const Places places;
    const Ended ended = InProcess([&](const auto& report) {
      BackUpTwice(places, report, [&](const auto& work) { Suffer(trial, places, random, work); });
    });
    const std::uint64_t good = GoodOf(ended);
    ASSERT_NE(good, 0u) << "the first one is on a sound disk";
    reported += ended.lines.size() == 2 && ended.lines[1].starts_with("good ") ? 1 : 0;
    const fs::path restored = places.directory / "restored";
    Bring(places.data, restored);
    const Ended looked = InProcess([&](const auto& report) {
      Restore(places.image / "backup", restored, places.directory.path(), report);
    });
    ASSERT_FALSE(looked.lines.empty());
    EXPECT_GE(GoodOf(looked), good) << looked.lines[0];
    ExpectWhole(restored);
    const Ended again = InProcess(
        [&](const auto& report) { BackUp(places.data, places.image / "backup", report); });
    EXPECT_GE(GoodOf(again), good) << "it cannot be extended any more: " << again.lines[0];
  }
  std::printf("%llu runs over %llu calls, %llu reported good\n",
              static_cast<unsigned long long>(Runs()), static_cast<unsigned long long>(calls),
              static_cast<unsigned long long>(reported));
}

// From a backup and what was brought, or from a data directory.
struct Source {
  fs::path path;
  bool brought;
};

void MakeSource(const Places& places, Source* source) {
  if (!source->brought) {
    source->path = places.data;
    return;
  }
  source->path = places.directory / "backup";
  InProcess([&](const auto& report) { BackUp(places.data, source->path, report); });
  Bring(places.data, places.disk / "restored");
}

TEST(RestoreOnABadDisk, IsThereAsAWholeOrNotAtAll) {
  const std::uint64_t calls = CallsOf([](const Places& places, const Report& report) {
    WatchCalls(places.disk);
    Restore(places.data, places.disk / "restored", places.directory.path(), report);
    report(std::to_string(CallsSoFar()));
  });
  ASSERT_GT(calls, 20u);
  std::uint64_t reported = 0, there = 0;
  for (std::uint64_t number = 0; number < Runs() && !::testing::Test::HasFailure(); ++number) {
    SeededRandom random(Seed() + number);
    const BackupTrial trial = BackupTrialFrom(random, calls);
    Source source{{}, number % 2 == 0};
    SCOPED_TRACE("run " + std::to_string(number) + ": " + Words(trial) +
                 (source.brought ? ", of a backup" : ", of a directory"));
    const Places places;
    MakeSource(places, &source);
    const Ended ended = InProcess([&](const auto& report) {
      WatchCalls(places.disk);
      Suffer(trial, places, random, [&] {
        Restore(source.path, places.disk / "restored", places.directory.path(), report);
      });
    });
    const bool good = GoodOf(ended) != 0;
    // A disk so bad that the process has ended leaves what is written there.
    const fs::path disk = fs::exists(places.image) ? places.image : places.disk;
    const fs::path restored = disk / "restored";
    const bool whole = fs::exists(restored / "ledger");
    EXPECT_TRUE(whole || !good);
    reported += good ? 1 : 0;
    there += whole ? 1 : 0;
    if (!whole) {
      const Ended again = InProcess([&](const auto& report) {
        Restore(source.path, restored, places.directory.path(), report);
      });
      EXPECT_NE(GoodOf(again), 0u) << (again.lines.empty() ? "it ended" : again.lines[0]);
    }
    ExpectWhole(restored);
    EXPECT_FALSE(!whole && fs::exists(disk / ".restored.restoring"));
  }
  std::printf("%llu runs over %llu calls, %llu reported good, %llu were there\n",
              static_cast<unsigned long long>(Runs()), static_cast<unsigned long long>(calls),
              static_cast<unsigned long long>(reported), static_cast<unsigned long long>(there));
}

}  // namespace
}  // namespace latchkey::testing
