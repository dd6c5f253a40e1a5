// A disk that fails at any call of any folder, at start or later; then an end of any kind. Whatever
// was answered is there afterwards, on a sound disk.
#include <cstdio>
#include <map>
#include <string>

#include <unistd.h>

#include <gtest/gtest.h>

#include "projections/presence.h"
#include "tests/storage/data_directory.h"
#include "tests/support/fault_fs.h"
#include "tests/support/temp_dir.h"

namespace latchkey::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPlaces[] = {"/ledger/",   "/subjects/", "/projections/",
                                   "/presence/", "/head",      "/checkpoint"};
constexpr std::uint64_t kCommands = 24;
constexpr std::uint64_t kMaxNth = 30;

enum class Ending { kStop, kKill, kPowerLoss, kPowerLossByChance };
constexpr Ending kEndings[] = {Ending::kStop, Ending::kKill, Ending::kPowerLoss,
                               Ending::kPowerLossByChance};

struct Trial {
  DiskRule rule;
  Ending ending;
  bool killed_before;
};

Trial TrialFrom(SeededRandom& random) {
  return {{kDiskCalls[random.Below(std::size(kDiskCalls))],
           kDiskFaults[random.Below(std::size(kDiskFaults))],
           kPlaces[random.Below(std::size(kPlaces))], random.Below(kMaxNth), random.Below(2) == 0},
          kEndings[random.Below(std::size(kEndings))],
          random.Below(2) == 0};
}

std::string Words(const Trial& trial) {
  return "call " + std::to_string(static_cast<int>(trial.rule.call)) + " fault " +
         std::to_string(static_cast<int>(trial.rule.fault)) + " in " + trial.rule.in + " nth " +
         std::to_string(trial.rule.nth) + (trial.rule.lasting ? " lasting" : "") + ", ending " +
         std::to_string(static_cast<int>(trial.ending)) +
         (trial.killed_before ? ", on one that was killed" : "");
}

// One life of a server on the failing disk. Reports every head that was answered.
void Live(const Trial& trial, const fs::path& data, const fs::path& image, SeededRandom& random,
          const std::function<void(const std::string&)>& report) {
  FaultyResources faulty;
  faulty.fs->Fail(trial.rule);
  auto opened = OpenLedger(data, faulty.resources);
  if (opened) {
    tools::Ledger& ledger = **opened;
    auto presence = projections::Presence::Open(data / "presence", faulty.resources,
                                                std::chrono::minutes(2), ledger.clock().Now());
    for (std::uint64_t i = 0; i < kCommands; ++i) {
      if (const auto head = ActAtRandom(ledger, random)) report("answered " + ToLine(*head));
      if (ledger.subjects().failed()) (void)ledger.subjects().Reopen();
      if (presence) (*presence)->Record(1 + i, {ledger.clock().Now(), std::nullopt, "1.0"});
      if (random.Below(12) == 0) ledger.projections().Flush();
    }
  }
  if (faulty.fs->struck()) report("struck");
  switch (trial.ending) {
    case Ending::kStop:
      if (opened) opened->reset();
      break;
    case Ending::kKill:
      ::_exit(0);
    case Ending::kPowerLoss:
      faulty.fs->CopyAsSynced(data, image, random.Below(3'000));
      ::_exit(0);
    case Ending::kPowerLossByChance:
      faulty.fs->CopyAsLost(data, image, random);
      ::_exit(0);
  }
}

TEST(FailingDisk, LosesNothingThatWasAnswered) {
  const std::uint64_t runs = StorageRuns(40);
  std::uint64_t struck = 0, refused = 0;
  std::uint64_t answers = 0;
  for (std::uint64_t number = 0; number < runs && !::testing::Test::HasFailure(); ++number) {
    SeededRandom random(Seed() + number);
    const Trial trial = TrialFrom(random);
    SCOPED_TRACE("run " + std::to_string(number) + ": " + Words(trial));
    const TempDir directory;
    const fs::path data = directory / "data";
    const fs::path image = directory / "image";
    fs::copy(MadeLedger(trial.killed_before), data, fs::copy_options::recursive);
    std::vector<log::Head> answered;
    for (const std::string& line :
         InProcess([&](const auto& report) { Live(trial, data, image, random, report); })) {
      if (line == "struck") {
        ++struck;
      } else {
        answered.push_back(FromLine(line.substr(line.find(' ') + 1)));
      }
    }
    answers += answered.size();
    const Found found = LookAt(fs::exists(image) ? image : data, answered);
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
