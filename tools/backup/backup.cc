#include "tools/backup/backup.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rocksdb/rate_limiter.h>

#include "core/crypto/ed25519.h"
#include "core/log/proof.h"
#include "core/log/tree.h"
#include "projections/position.h"
#include "tools/backup/backup_directory.h"
#include "tools/backup/confidential.h"
#include "tools/backup/manifest.h"
#include "tools/ledger/evidence.h"
#include "tools/ledger/secret_files.h"
#include "tools/verify/verify.h"

namespace latchkey::tools {
namespace {

// One run over one ledger.
class BackupRun {
 public:
  BackupRun(const BackupOptions& options, const rocks::Resources& resources, Random& random)
      : options_(options), resources_(resources), random_(random) {
    if (options.bytes_per_second != 0) {
      limiter_.reset(
          rocksdb::NewGenericRateLimiter(static_cast<std::int64_t>(options.bytes_per_second)));
    }
  }

  Result<BackupReport> Do() {
    return OpenLedger()
        .and_then([&] { return OpenDestination(); })
        .and_then([&] { return After(WriteEntries(), "entries"); })
        .and_then([&] { return VerifyEntries(); })
        .and_then([&] { return After(WriteConfidential(), "confidential"); })
        .and_then([&] { return WriteManifest(); })
        .map([&] { return report_; });
  }

 private:
  Status After(Status done, std::string_view step) const {
    if (done && options_.step) options_.step(step);
    return done;
  }

  Status OpenLedger() {
    auto opened =
        OpenCheckedLog(options_.data, resources_, {.mode = log::RocksLog::Mode::kReadOnly});
    if (!opened) return opened.error();
    checked_ = *std::move(opened);
    if (checked_.log->is_copy()) {
      return Refuse(ErrorCode::kUnusable,
                    "This directory holds a copy of a ledger, which has no key to sign a backup "
                    "with. Back up the ledger itself.");
    }
    report_.head = log().head();
    auto epoch = projections::EpochOf(log());
    if (!epoch) return epoch.error();
    epoch_ = {std::move(epoch->origin), std::move(epoch->checkpoint_public_key)};
    manifest_ = {epoch_.name, log().epoch_start(), {}};
    const auto key = Files().Read(kCheckpointKeyFile);
    if (!key) return key.error();
    if (!*key) return Refuse(ErrorCode::kUnusable, "The secret checkpoint.key is missing.");
    auto signer = crypto::Ed25519Signer::Load((*key)->view());
    if (!signer) return signer.error();
    if (signer->public_key() != epoch_.public_key) {
      return Refuse(ErrorCode::kUnusable, "The secret checkpoint.key belongs to another ledger.");
    }
    signer_.emplace(*std::move(signer));
    return {};
  }

  // The volumes of the backup before, if the ledger extends it.
  Status OpenDestination() {
    auto opened = BackupDirectory::OpenToWrite(options_.destination);
    if (!opened) return opened.error();
    destination_.emplace(*std::move(opened));
    const auto note = destination_->Read(kManifestFile, log::kMaxNoteBytes);
    if (!note) return note.error();
    if (!*note) return {};
    auto before = ReadManifest(**note);
    if (!before) return before.error();
    if (before->origin != epoch_.name) {
      return Refuse(ErrorCode::kUnusable,
                    "This directory holds a backup of another ledger, or from before this one was "
                    "restored. Give another directory.");
    }
    if (Status signed_by = VerifyManifest(**note, epoch_); !signed_by) return signed_by;
    const Status extends =
        log::CheckExtends(log(), {before->head(), "the backup", std::string(log::kNewestFile)});
    if (!extends) return extends;
    manifest_.volumes = std::move(before->volumes);
    return {};
  }

  // The volume that the next entry goes into.
  Volume& Tail() {
    std::vector<Volume>& volumes = manifest_.volumes;
    if (volumes.empty() || volumes.back().bytes >= kFullVolumeBytes) {
      const std::uint64_t first = volumes.empty() ? 0 : volumes.back().end.size;
      volumes.push_back({first, 0, {first, ""}});
    }
    return volumes.back();
  }

  Status WriteEntries() {
    const std::uint64_t from = manifest_.volumes.empty() ? 0 : manifest_.head().size;
    report_.added = report_.head.size - from;
    for (std::uint64_t next = from; next < report_.head.size;) {
      Volume& volume = Tail();
      written_.push_back({manifest_.volumes.size() - 1, volume.bytes});
      auto writer = destination_->ExtendVolume(volume);
      if (!writer) return writer.error();
      if (Status filled = Fill(next, &*writer); !filled) return filled;
      volume.bytes = writer->bytes();
      next = volume.end.size = next_;
      auto root = log::RootAt(log(), next);
      if (!root) return root.error();
      volume.end.root = *std::move(root);
    }
    return destination_->SyncVolumes();
  }

  // Entries from `from` on until the volume is full, or the ledger at its end: next_.
  Status Fill(std::uint64_t from, VolumeWriter* writer) {
    next_ = from;
    Status added;
    const Status scanned =
        log().Scan(from, report_.head.size, [&](std::uint64_t sequence, std::string_view entry) {
          Throttle(kLengthBytes + entry.size());
          added = writer->Add(entry);
          next_ = sequence + 1;
          Tell();
          return added.has_value() && writer->bytes() < kFullVolumeBytes;
        });
    if (!scanned) return scanned;
    if (!added) return added;
    return writer->Finish();
  }

  void Throttle(std::size_t bytes) {
    if (limiter_ == nullptr) return;
    unpaid_ += static_cast<std::int64_t>(bytes);
    const std::int64_t most = limiter_->GetSingleBurstBytes();
    for (; unpaid_ >= most; unpaid_ -= most) {
      limiter_->Request(most, rocksdb::Env::IO_LOW, nullptr);
    }
  }

  void Tell() const {
    if (options_.progress && (next_ % kProgressEvery == 0 || next_ == report_.head.size)) {
      options_.progress(next_, report_.head.size);
    }
  }

  // What was written has the leaves of the ledger's own tree.
  Status VerifyEntries() const {
    for (const auto& [index, from] : written_) {
      const Volume& volume = manifest_.volumes[index];
      auto reader = destination_->ReadVolume(volume, from);
      if (!reader) return reader.error();
      const std::uint64_t first = from == 0 ? volume.first : report_.head.size - report_.added;
      if (Status same = Compare(first, volume, &*reader); !same) return same;
    }
    return {};
  }

  Status Compare(std::uint64_t first, const Volume& volume, VolumeReader* reader) const {
    auto tree = log::Tree::Load(
        first, [&](std::uint32_t level, std::uint64_t index) { return log().Tile(level, index); },
        [&](std::uint64_t sequence) { return log().Read(sequence).map(&log::LeafHash); });
    if (!tree) return tree.error();
    std::vector<log::FullTile> full;
    for (;;) {
      const auto entry = reader->Next();
      if (!entry) return entry.error();
      if (!*entry) break;
      full.clear();
      tree->Add(log::LeafHash(**entry), &full);
    }
    if (tree->size() == volume.end.size && tree->Root() == volume.end.root) return {};
    return Refuse(ErrorCode::kIo, "What was written to " + VolumeName(volume.first) +
                                      " cannot be read back: the disk of the backup is bad.");
  }

  // After the entries: a sealing key is older than the events that it seals.
  Status WriteConfidential() {
    if (!options_.passphrase) return {};
    const auto part = GatherConfidential(Files(), options_.data / "subjects", resources_);
    if (!part) return part.error();
    const std::string sealed =
        SealConfidential(*part, options_.passphrase->view(), kPassphraseCost, random_);
    if (sealed.size() > kMaxConfidentialBytes) {
      return Refuse(ErrorCode::kUnusable, "There are too many sealing keys for one backup.");
    }
    report_.confidential = true;
    return destination_->Write(kConfidentialFile, sealed);
  }

  Status WriteManifest() const {
    const auto note = SignManifest(manifest_, *signer_);
    if (!note) return note.error();
    return destination_->Write(kManifestFile, *note);
  }

  const log::Log& log() const { return *checked_.log; }
  SecretFiles Files() const { return {options_.data / "secrets", options_.credentials}; }

  // A part of a volume that this run has written.
  struct Written {
    std::size_t index;   // of the volume
    std::uint64_t from;  // bytes that it had before
  };

  const BackupOptions& options_;
  const rocks::Resources& resources_;
  Random& random_;
  std::unique_ptr<rocksdb::RateLimiter> limiter_;
  std::int64_t unpaid_ = 0;  // bytes written since the limiter was asked
  CheckedLog checked_;
  log::NoteKey epoch_;
  std::optional<crypto::Ed25519Signer> signer_;
  std::optional<BackupDirectory> destination_;
  Manifest manifest_;
  std::vector<Written> written_;
  std::uint64_t next_ = 0;
  BackupReport report_;
};

}  // namespace

Result<BackupReport> BackUp(const BackupOptions& options, const rocks::Resources& resources,
                            Random& random) {
  return BackupRun(options, resources, random).Do();
}

}  // namespace latchkey::tools
