// Power fails at any moment: between calls, and before any step of an append or a checkpoint. What
// was appended and answered is there afterwards, and a start is never refused for it; where the
// disk has kept any part of what was not synced, it is there or can be recovered. Each checkpoint
// that anyone had got by then (published, handed to cosigners, in the second file) was durable, and
// is extended by what comes up.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "core/log/checkpointer.h"
#include "core/log/proof.h"
#include "core/log/sighting.h"
#include "core/log/tree.h"
#include "events/codec.h"
#include "tests/storage/data_directory.h"
#include "tests/support/fault_fs.h"
#include "tests/support/step_fs.h"
#include "tests/support/temp_dir.h"
#include "tools/ledger/evidence.h"

namespace latchkey::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLives = 40;  // of one ledger, in one process
constexpr std::uint64_t kMaxAppends = 12;
// Of a life; not all have so many, and then power fails at its end.
constexpr std::uint64_t kMaxSteps = 60;

// Takes whatever it is handed.
class TakingCosigners final : public log::Cosigners {
 public:
  using Take = std::function<void(const log::Head& head, const std::string& note)>;
  explicit TakingCosigners(Take take) : take_(std::move(take)) {}
  void Submit(const log::Head& head, const std::string& note) override { take_(head, note); }
  std::string LinesFor(const log::Head&) const override { return {}; }

 private:
  const Take take_;
};

// A disk on which power fails before one of the steps that this thread takes. Those of RocksDB's
// own threads go on meanwhile.
class PowerCutDisk {
 public:
  explicit PowerCutDisk(std::function<void()> step)
      : step_([step = std::move(step), thread = std::this_thread::get_id()](const std::string&) {
          if (std::this_thread::get_id() == thread) step();
        }),
        env_(rocksdb::NewCompositeEnv(std::make_shared<StepFs>(faulty_.fs, step_))),
        resources_(faulty_.resources) {
    resources_.env = env_.get();
  }
  FaultFs& files() const { return *faulty_.fs; }
  rocksdb::Env* env() const { return env_.get(); }
  const rocks::Resources& resources() const { return resources_; }

 private:
  const FaultyResources faulty_;
  const StepFs::Hook step_;
  const std::unique_ptr<rocksdb::Env> env_;
  rocks::Resources resources_;
};

// A ledger of entries that mean nothing, but for the first one, from power failure to power
// failure.
class Lives {
 public:
  Lives(std::uint64_t seed, bool by_chance, const std::function<void(const std::string&)>& report)
      : random_(seed), by_chance_(by_chance), report_(report) {}

  void Run(std::uint64_t lives) {
    fs::create_directory(other_);
    for (std::uint64_t life = 0; life < lives; ++life) {
      next_ = directory_ / std::to_string(life);
      next_other_ = next_.string() + "-other";
      if (!Live()) return;
      fs::remove_all(data_);
      fs::remove_all(other_);
      data_ = next_;
      other_ = next_other_;
    }
  }

 private:
  bool Live() {
    cut_ = false;
    steps_left_.reset();
    checkpoints_ = nullptr;
    const PowerCutDisk disk([this] { TakeStep(); });
    disk_ = &disk;
    auto log = Open(disk.resources());
    if (!log) return false;
    TakingCosigners cosigners([this](const log::Head& head, const std::string&) { Hand(head); });
    log::Checkpointer checkpoints(
        *log->log, *log->head,
        {tools::CheckpointPath(data_), disk.env(), kOrigin,
         *crypto::Ed25519Signer::Load(key_.key_pem.view()), clock_, other_ / kCopy, &cosigners});
    checkpoints_ = &checkpoints;
    steps_left_ = random_.Below(kMaxSteps);
    const bool large = random_.Below(12) == 0;
    const std::uint64_t appends = random_.Below(kMaxAppends);
    for (std::uint64_t i = 0; i < appends && !cut_; ++i) {
      if (!Append(*log->log, large)) return Fail("an append was not durable");
      if (cut_ || (random_.Below(6) != 0 && size_ >= 4)) continue;
      if (!checkpoints.Write()) return Fail("a checkpoint was not written");
      if (!log->log->has_evidence() && !log->log->BeginEvidence()) return Fail("no evidence");
    }
    steps_left_.reset();
    if (!cut_) CutPower();
    return wrong_.empty() || Fail(wrong_);
  }

  void TakeStep() {
    if (!cut_ && steps_left_ && (*steps_left_)-- == 0) CutPower();
  }

  void CutPower() {
    cut_ = true;
    if (by_chance_) {
      disk_->files().CopyAsLost(data_, next_, random_);
      disk_->files().CopyAsLost(other_, next_other_, random_);
    } else {
      disk_->files().CopyAsSynced(data_, next_, random_.Below(2) * random_.Below(5'000));
      disk_->files().CopyAsSynced(other_, next_other_);
    }
    if (const auto published = checkpoints_->published()) {
      seen_.push_back(published->head);
      ExpectDurable(published->head, next_, next_other_, "published");
    }
    // One in the second file was in the first one before.
    if (const auto copy = CheckpointIn(next_other_ / kCopy)) {
      seen_.push_back(*copy);
      ExpectDurable(*copy, next_, next_other_, "in the second file");
    }
  }

  // To cosigners, which power does not take.
  void Hand(const log::Head& head) {
    if (cut_) return;
    seen_.push_back(head);
    const TempDir images;
    disk_->files().CopyAsSynced(data_, images / "data");
    disk_->files().CopyAsSynced(other_, images / "other");
    ExpectDurable(head, images / "data", images / "other", "handed to cosigners");
  }

  // In these images of the disks there are checkpoints, and a head file, that cover it.
  void ExpectDurable(const log::Head& head, const fs::path& data, const fs::path& other,
                     const std::string& how) {
    const auto expect = [&](const std::optional<log::Head>& there, const std::string& where) {
      if (there && there->size >= head.size) return;
      wrong_ += "a checkpoint of " + std::to_string(head.size) + " was " + how +
                " and is not durable in " + where + "; ";
    };
    const auto record = log::HeadFile::Read(tools::HeadPath(data), rocksdb::Env::Default());
    expect(record && *record ? std::optional((*record)->head) : std::nullopt, "the head");
    expect(CheckpointIn(tools::CheckpointPath(data)), "the checkpoint");
    expect(CheckpointIn(other / kCopy), "the second file");
  }

  std::optional<log::Head> CheckpointIn(const fs::path& file) const {
    const auto head = log::OpenCheckpoint(ReadFile(file), {kOrigin, key_.public_key});
    return head ? std::optional(*head) : std::nullopt;
  }

  std::optional<tools::CheckedLog> Open(const rocks::Resources& resources) {
    auto log = tools::OpenCheckedLog(data_, resources);
    if (!log && by_chance_) {
      ++refused_;
      const bool in_words = log.error().code == ErrorCode::kUnusable;
      log = tools::OpenCheckedLog(data_, resources, {.tail = log::Tail::kUpToDamage});
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
    for (const log::Head& seen : seen_) {
      const Status extends = log::CheckExtends(*log->log, {seen, "a checkpoint", "it"});
      if (extends) continue;
      Fail("published was " + std::to_string(seen.size) + ": " + extends.error().detail);
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
    if (cut_) return true;  // answered to nobody
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
  static constexpr char kCopy[] = "copy";
  SeededRandom random_;
  const bool by_chance_;
  const std::function<void(const std::string&)>& report_;
  const crypto::SigningKey key_ = crypto::CreateSigningKey();
  SystemClock clock_;
  const TempDir directory_;
  fs::path data_ = directory_ / "first";
  fs::path other_ = directory_ / "other";  // another disk, with the second file
  fs::path next_, next_other_;             // what power leaves of them
  std::vector<log::Head> seen_;            // of checkpoints that anyone may have got
  std::string wrong_;

  // Of one life.
  const PowerCutDisk* disk_ = nullptr;
  const log::Checkpointer* checkpoints_ = nullptr;
  std::optional<std::uint64_t> steps_left_;  // null: none counts now
  bool cut_ = false;

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
