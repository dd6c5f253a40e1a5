// A copy of a directory that was taken file by file while it was served: refused, or complete as of
// a moment after the copying began.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/storage/data_directory.h"
#include "tests/support/temp_dir.h"

namespace latchkey::testing {
namespace {

namespace fs = std::filesystem;

// Works on a ledger until it is killed, and writes down each head that was answered.
class Busy {
 public:
  Busy(const fs::path& data, fs::path answers) : answers_(std::move(answers)) {
    child_ = ::fork();
    if (child_ != 0) return;
    SeededRandom random;
    const rocks::Resources resources = rocks::Resources::Create();
    auto ledger = OpenLedger(data, resources);
    std::ofstream out(answers_);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0; ledger; ++i) {
      const auto head = ActAtRandom(**ledger, random);
      if (i % 40 == 0) (*ledger)->projections().Flush();
      if (head) out << ToLine(*head) << std::endl;
    }
    ::_exit(0);
  }
  ~Busy() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

  // The last head that was answered before this, once it is another one than `known`; null when the
  // process has ended.
  std::optional<log::Head> After(std::uint64_t known) const {
    while (::waitpid(child_, nullptr, WNOHANG) == 0) {
      std::ifstream file(answers_);
      std::string line, last;
      while (std::getline(file, line) && !file.eof()) last = line;
      if (!last.empty() && FromLine(last).size > known) return FromLine(last);
    }
    return std::nullopt;
  }

 private:
  const fs::path answers_;
  pid_t child_ = 0;
};

// Like cp -r, file after file, while files come and go. False when one went that was to be copied.
bool CopySlowly(const fs::path& from, const fs::path& to, SeededRandom& random) {
  fs::create_directories(to);
  std::vector<fs::path> entries;
  for (const auto& entry : fs::directory_iterator(from)) entries.push_back(entry.path());
  std::sort(entries.begin(), entries.end());
  for (std::size_t i = entries.size(); i > 1; --i)
    std::swap(entries[i - 1], entries[random.Below(i)]);
  for (const fs::path& entry : entries) {
    if (fs::is_directory(entry)) {
      if (!CopySlowly(entry, to / entry.filename(), random)) return false;
      continue;
    }
    std::error_code error;
    fs::copy_file(entry, to / entry.filename(), error);
    if (error) return false;
  }
  return true;
}

struct Counts {
  std::uint64_t whole = 0;
  std::uint64_t refused = 0;
};

// Some copies of one ledger, which grows.
void CopySome(std::uint64_t copies, SeededRandom& random, Counts* counts) {
  const TempDir directory;
  fs::copy(MadeLedger(false), directory / "data", fs::copy_options::recursive);
  const Busy busy(directory / "data", directory / "answers");
  std::uint64_t known = 0;
  for (std::uint64_t number = 0; number < copies; ++number) {
    SCOPED_TRACE(number);
    const std::optional<log::Head> before = busy.After(known);
    ASSERT_TRUE(before) << "the ledger stands still";
    known = before->size;
    const TempDir copy;
    if (!CopySlowly(directory / "data", copy / "data", random)) continue;
    const Found found = LookAt(copy / "data", {*before});
    EXPECT_EQ(found.lost, "");
    EXPECT_EQ(found.violations, "");
    ++(found.opened ? counts->whole : counts->refused);
    EXPECT_TRUE(found.opened || found.refusal.starts_with("unusable: ")) << found.refusal;
  }
}

TEST(CopyWhileServed, IsRefusedOrWholeAsOfAMomentAfterItBegan) {
  constexpr std::uint64_t kCopies = 5;  // of one ledger
  const std::uint64_t runs = StorageRuns(20);
  SeededRandom random;
  Counts counts;
  for (std::uint64_t done = 0; done < runs && !::testing::Test::HasFailure(); done += kCopies) {
    CopySome(std::min(kCopies, runs - done), random, &counts);
  }
  std::printf("%llu copies whole, %llu refused in words\n",
              static_cast<unsigned long long>(counts.whole),
              static_cast<unsigned long long>(counts.refused));
}

}  // namespace
}  // namespace latchkey::testing
