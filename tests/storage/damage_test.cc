// Single files of a stopped ledger are lost, emptied, cut, flipped, zeroed or aged. It is then
// served completely, or refused with 5 and a message; and when the file is put back, it is served
// again.
#include <cstdio>
#include <map>
#include <string>

#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/storage/damage.h"
#include "tests/storage/data_directory.h"
#include "tests/support/temp_dir.h"

namespace latchkey::testing {
namespace {

namespace fs = std::filesystem;

// The ledger goes on from an earlier copy of its directory, and ends by a stop or a kill.
struct Grown {
  fs::path data;
  fs::path earlier;
  std::vector<log::Head> answered;
};

Grown Grow(const TempDir& directory, bool killed) {
  Grown grown{directory / (killed ? "killed" : "stopped"), MadeLedger(killed), {}};
  fs::copy(grown.earlier, grown.data, fs::copy_options::recursive);
  for (const std::string& line : InProcess([&](const auto& report) {
                                   SeededRandom random(Seed() + (killed ? 1 : 0));
                                   const rocks::Resources resources = rocks::Resources::Create();
                                   auto ledger = OpenLedger(grown.data, resources);
                                   if (!ledger) return report("0 " + std::string(64, '0'));
                                   for (int i = 0; i < 30; ++i) {
                                     if (const auto head = ActAtRandom(**ledger, random))
                                       report(ToLine(*head));
                                   }
                                   if (killed) ::_exit(0);
                                   ledger->reset();
                                 }).lines) {
    grown.answered.push_back(FromLine(line));
  }
  return grown;
}

TEST(Damage, IsServedWholeOrRefusedInWords) {
  const std::uint64_t runs = StorageRuns(150);
  const TempDir directory;
  const Grown ledgers[] = {Grow(directory, false), Grow(directory, true)};
  std::map<std::string, std::pair<int, int>> counts;  // by damage: served, refused
  for (std::uint64_t number = 0; number < runs && !::testing::Test::HasFailure(); ++number) {
    SeededRandom random(Seed() + number);
    const Grown& grown = ledgers[random.Below(2)];
    const std::vector<std::string> files = FilesOf(grown.data);
    const std::string file = files[random.Below(files.size())];
    const Damage damage = kDamages[random.Below(std::size(kDamages))];
    SCOPED_TRACE("run " + std::to_string(number) + ": " + NameOf(damage) + " " + file);
    const TempDir copy;
    const fs::path data = copy / "data";
    fs::copy(grown.data, data, fs::copy_options::recursive);
    if (!Inflict(damage, data, file, grown.earlier, random)) continue;
    const Found found = LookAt(data, grown.answered);
    EXPECT_EQ(found.lost, "") << "less than what was answered is served";
    EXPECT_EQ(found.violations, "");
    auto& [served, refused] = counts[NameOf(damage)];
    if (found.opened) {
      ++served;
      continue;
    }
    ++refused;
    EXPECT_TRUE(found.refusal.starts_with("unusable: ") || found.refusal.starts_with("io: "))
        << found.refusal;
    // Nothing was destroyed: with the file as it was, all is there again.
    fs::copy_file(grown.data / file, data / file, fs::copy_options::overwrite_existing);
    const Found again = LookAt(data, grown.answered);
    EXPECT_TRUE(again.opened) << found.refusal << "\nand with the file back: " << again.refusal;
    EXPECT_EQ(again.lost, "");
  }
  for (const auto& [name, count] : counts) {
    std::printf("%-6s served whole %d, refused in words %d\n", name.c_str(), count.first,
                count.second);
  }
}

}  // namespace
}  // namespace latchkey::testing
