// Power fails at any moment. What was appended and answered is there afterwards, and a start is
// never refused for it; where the disk has kept any part of what was not synced, it is there or can
// be recovered.
#include <cstdio>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/log/checkpointer.h"
#include "core/log/proof.h"
#include "core/log/tree.h"
#include "events/codec.h"
#include "tests/storage/data_directory.h"
#include "tests/support/fault_fs.h"
#include "tests/support/temp_dir.h"
#include "tools/ledger/evidence.h"

namespace latchkey::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLives = 40;  // of one ledger, in one process
constexpr std::uint64_t kMaxAppends = 12;

// A ledger of entries that mean nothing, but for the first one, from power failure to power
// failure.
class Lives {
 public:
  Lives(std::uint64_t seed, bool by_chance, const std::function<void(const std::string&)>& report)
      : random_(seed), by_chance_(by_chance), report_(report) {}

  void Run(std::uint64_t lives) {
    for (std::uint64_t life = 0; life < lives; ++life) {
      const fs::path next = directory_ / std::to_string(life);
      if (!Live(next)) return;
      fs::remove_all(data_);
      data_ = next;
    }
  }

 private:
  bool Live(const fs::path& next) {
    FaultyResources disk;
    auto log = Open(disk);
    if (!log) return false;
    log::Checkpointer checkpoints(*log->log, *log->head,
                                  {tools::CheckpointPath(data_), disk.env.get(), kOrigin,
                                   *crypto::Ed25519Signer::Load(key_.key_pem.view()), clock_});
    const bool large = random_.Below(12) == 0;
    const std::uint64_t appends = random_.Below(kMaxAppends);
    for (std::uint64_t i = 0; i < appends; ++i) {
      if (!Append(*log->log, large)) return Fail("an append was not durable");
      if (random_.Below(6) == 0 || size_ < 4) {
        if (!checkpoints.Write()) return Fail("a checkpoint was not written");
        if (!log->log->has_evidence() && !log->log->BeginEvidence()) return Fail("no evidence");
      }
    }
    if (by_chance_) {
      disk.fs->CopyAsLost(data_, next, random_);
    } else {
      disk.fs->CopyAsSynced(data_, next, random_.Below(2) * random_.Below(5'000));
    }
    return true;
  }

  std::optional<tools::CheckedLog> Open(const FaultyResources& disk) {
    auto log = tools::OpenCheckedLog(data_, disk.resources);
    if (!log && by_chance_) {
      ++refused_;
      const bool in_words = log.error().code == ErrorCode::kUnusable;
      log = tools::OpenCheckedLog(data_, disk.resources, {.tail = log::Tail::kUpToDamage});
      if (!log && in_words) {
        report_("unrecoverable " + log.error().detail);
        return std::nullopt;
      }
    }
    if (!log) {
      Fail("refused: " + log.error().detail);
      return std::nullopt;
    }
    const log::Head head = log->log->head();
    if (head.size < size_ || *log::RootAt(*log->log, size_) != root_) {
      Fail("it holds " + std::to_string(head.size) + " of " + std::to_string(size_));
      return std::nullopt;
    }
    size_ = head.size;
    root_ = head.root;
    return *std::move(log);
  }

  bool Append(log::RocksLog& log, bool large) {
    std::vector<std::string> entries;
    if (log.size() == 0) entries.push_back(First());
    const std::uint64_t count = 1 + random_.Below(8);
    for (std::uint64_t i = 0; i < count; ++i) {
      entries.push_back(random_.Bytes(1 + random_.Below(large ? 60'000 : 600)));
    }
    if (log.Append(log.size(), entries) != log::AppendOutcome::kDurable) return false;
    size_ = log.size();
    root_ = log.head().root;
    return true;
  }

  std::string First() const {
    events::Event event;
    auto& fact = *event.mutable_ledger_created();
    fact.set_format(events::kFormat);
    fact.set_ledger_id(std::string(16, 'l'));
    fact.set_epoch(std::string(10, 'e'));
    fact.set_origin(kOrigin);
    fact.set_checkpoint_public_key(key_.public_key);
    return events::Encode(event);
  }

  bool Fail(const std::string& why) const {
    report_("failed after " + std::to_string(size_) + " entries: " + why);
    return false;
  }

  static constexpr char kOrigin[] = "latchkey/test";
  SeededRandom random_;
  const bool by_chance_;
  const std::function<void(const std::string&)>& report_;
  const crypto::SigningKey key_ = crypto::CreateSigningKey();
  SystemClock clock_;
  const TempDir directory_;
  fs::path data_ = directory_ / "first";
  std::uint64_t size_ = 0;
  std::string root_ = log::EmptyRoot();
  std::uint64_t refused_ = 0;
};

std::vector<std::string> LiveThrough(bool by_chance) {
  const std::uint64_t runs = StorageRuns(2 * kLives);
  std::vector<std::string> all;
  for (std::uint64_t done = 0; done < runs; done += kLives) {
    for (std::string& line :
         InProcess([&](const auto& report) {
           Lives(Seed() + done, by_chance, report).Run(std::min(kLives, runs - done));
         }).lines) {
      all.push_back(std::to_string(done) + ": " + line);
    }
  }
  return all;
}

TEST(PowerLoss, IsNeverTakenForALossOfTheLedger) {
  EXPECT_EQ(LiveThrough(false), std::vector<std::string>());
}

TEST(PowerLoss, WhateverReachedTheDiskNothingAnsweredIsLost) {
  std::uint64_t unrecoverable = 0;
  for (const std::string& line : LiveThrough(true)) {
    if (line.find("unrecoverable") == std::string::npos) {
      ADD_FAILURE() << line;
    } else {
      ++unrecoverable;
      std::printf("%s\n", line.c_str());
    }
  }
  std::printf("%llu could not be recovered\n", static_cast<unsigned long long>(unrecoverable));
}

}  // namespace
}  // namespace latchkey::testing
