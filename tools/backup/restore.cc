#include "tools/backup/restore.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/base/base32.h"
#include "core/crypto/files.h"
#include "core/crypto/hash.h"
#include "core/domain/operator_token.h"
#include "core/log/checkpointer.h"
#include "core/log/rocks_log.h"
#include "core/log/sighting.h"
#include "projections/position.h"
#include "tools/backup/backup_directory.h"
#include "tools/backup/confidential.h"
#include "tools/backup/growing_directory.h"
#include "tools/backup/manifest.h"
#include "tools/ledger/epoch.h"
#include "tools/ledger/evidence.h"
#include "tools/ledger/ledger.h"
#include "tools/verify/verify.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

// Entries of one append: bounded in number and in bytes.
constexpr std::size_t kAppendEntries = 4'096;
constexpr std::size_t kAppendBytes = 4u << 20;
constexpr std::string_view kBrought[] = {"secrets", "subjects"};

Error Unusable(std::string what) { return Refuse(ErrorCode::kUnusable, std::move(what)); }

Status CheckTarget(const fs::path& data) {
  std::error_code failed;
  if (!fs::exists(fs::symlink_status(data))) return {};
  if (!fs::is_directory(fs::symlink_status(data))) {
    return Unusable(data.string() + " is not a directory.");
  }
  for (const auto& entry : fs::directory_iterator(data, failed)) {
    const std::string name = entry.path().filename().string();
    if (std::find(std::begin(kBrought), std::end(kBrought), name) != std::end(kBrought)) continue;
    return Unusable(data.string() +
                    " is not empty. Give the name of a directory to be made: a restore never "
                    "replaces a ledger.");
  }
  if (failed) return Refuse(ErrorCode::kIo, data.string() + ": " + failed.message() + ".");
  return {};
}

// One restore.
class Restoration {
 public:
  Restoration(const RestoreOptions& options, const rocks::Resources& resources, Random& random)
      : options_(options), resources_(resources), random_(random) {
    clock_ = options.clock != nullptr ? options.clock : &system_clock_;
  }

  Result<RestoreReport> Do() {
    return CheckTarget(options_.data)
        .and_then([&] { return OpenSource(); })
        .and_then([&] { return FindConfidential(); })
        .and_then([&] { return After(TakeDirectory(), "directory"); })
        .and_then([&] { return After(CopyEntries(), "entries"); })
        .and_then([&] { return After(WriteConfidential(), "confidential"); })
        .and_then([&] {
          return After(BeginEpoch(Place(), resources_, report_.known, *clock_, random_), "epoch");
        })
        .and_then([&] { return After(OpenOnce(), "opened"); })
        .and_then([&] { return After(VerifyAll(), "verified"); })
        .and_then([&] { return After(directory_->Rename(options_.data), "renamed"); })
        .map([&] { return report_; });
  }

 private:
  const fs::path& Place() const { return directory_->path(); }

  Status After(Status done, std::string_view step) const {
    if (done && options_.step) options_.step(step);
    return done;
  }

  Status OpenSource() {
    auto opened = BackupDirectory::OpenToRead(options_.source);
    if (!opened) return opened.error();
    source_.emplace(*std::move(opened));
    auto note = source_->Read(kManifestFile, log::kMaxNoteBytes);
    if (!note) return note.error();
    if (!*note) {
      return Unusable(options_.source.string() + " is not a complete backup: it has no manifest.");
    }
    note_ = **std::move(note);
    auto manifest = ReadManifest(note_);
    if (!manifest) return manifest.error();
    manifest_ = *std::move(manifest);
    report_.backup = report_.known = manifest_.head();
    if (!options_.key) return {};
    if (options_.key->name != manifest_.origin) {
      return Unusable("The backup is of another ledger or epoch than the key: " + manifest_.origin +
                      ".");
    }
    return VerifyManifest(note_, *options_.key);
  }

  // From the backup, or from what was brought to the new directory.
  Status FindConfidential() {
    const auto sealed = source_->Read(kConfidentialFile, kMaxConfidentialBytes);
    if (!sealed) return sealed.error();
    const fs::path& place = options_.brought.empty() ? options_.data : options_.brought;
    const SecretFiles brought(place / "secrets", options_.credentials);
    report_.confidential = *sealed && options_.passphrase;
    auto found = report_.confidential ? OpenConfidential(**sealed, options_.passphrase->view())
                                      : GatherConfidential(brought, place / "subjects", resources_);
    if (!found) return found.error();
    confidential_ = *std::move(found);
    std::string missing;
    if (options_.ca.key.empty() && !confidential_.HasCa()) {
      missing = "secrets/ca.key and secrets/ca.crt of the ledger";
    }
    if (!options_.without_subjects && confidential_.subjects.empty()) {
      missing += (missing.empty() ? "" : ", and ") + std::string("its subjects/");
    }
    if (missing.empty()) return {};
    if (*sealed) return Unusable("The backup holds the secrets. Give --passphrase-file.");
    return Unusable(fmt::format(
        "The backup was made without --passphrase-file and holds no secrets. Bring {} to {}, then "
        "run this again. If subjects/ is lost, give --without-subjects: what was sealed cannot be "
        "read then.",
        missing, options_.data.string()));
  }

  Status TakeDirectory() {
    auto taken = GrowingDirectory::Take(options_.data, "restoring");
    if (!taken) return taken.error();
    directory_.emplace(*std::move(taken));
    return {};
  }

  Status CopyEntries() {
    auto opened = log::RocksLog::Open(Place() / "ledger", resources_, {});
    if (!opened) return opened.error();
    log::RocksLog& log = **opened;
    for (const Volume& volume : manifest_.volumes) {
      if (Status copied = CopyVolume(volume, log); !copied) return copied;
      if (log.head() != volume.end) {
        return Unusable("The backup is damaged: the entries in " + VolumeName(volume.first) +
                        " are not those of the manifest.");
      }
    }
    if (manifest_.epoch_start != 0) {
      if (Status begun = log.BeginEpoch(manifest_.epoch_start); !begun) return begun;
    }
    auto epoch = projections::EpochOf(log);
    if (!epoch) return epoch.error();
    const log::NoteKey key{epoch->origin, epoch->checkpoint_public_key};
    if (options_.key && options_.key->public_key != key.public_key) {
      return Unusable("The backup is not of the ledger whose key was given.");
    }
    if (Status signed_by = VerifyManifest(note_, key); !signed_by) return signed_by;
    return options_.checkpoint ? TakeCheckpoint(log, key) : Status();
  }

  Status CopyVolume(const Volume& volume, log::Log& log) {
    auto reader = source_->ReadVolume(volume);
    if (!reader) return reader.error();
    std::vector<std::string> entries;
    std::size_t bytes = 0;
    const auto append = [&] {
      const auto outcome = log.Append(log.size(), entries);
      entries.clear();
      bytes = 0;
      if (options_.progress) options_.progress(log.size(), report_.backup.size);
      if (outcome == log::AppendOutcome::kDurable) return Status();
      return Status(Refuse(ErrorCode::kIo, "The restored ledger cannot be written."));
    };
    for (;;) {
      const auto entry = reader->Next();
      if (!entry) return entry.error();
      if (!*entry) break;
      entries.emplace_back(**entry);
      bytes += entries.back().size();
      if (entries.size() < kAppendEntries && bytes < kAppendBytes) continue;
      if (Status appended = append(); !appended) return appended;
    }
    return entries.empty() ? Status() : append();
  }

  // The highest checkpoint of the epoch that ends: it must extend the backup, or be in it.
  Status TakeCheckpoint(const log::Log& log, const log::NoteKey& key) {
    const auto head = log::OpenCheckpoint(*options_.checkpoint, key);
    if (!head) return Unusable("The checkpoint given: " + head.error().detail + ".");
    if (head->size > report_.backup.size) {
      report_.known = *head;
      return {};
    }
    const auto root = log::RootAt(log, head->size);
    if (!root) return root.error();
    if (*root == head->root) return {};
    return Unusable("The backup has another history than the checkpoint given.");
  }

  Status WriteConfidential() const {
    if (Status made = crypto::MakePrivateDirectory(Place() / "secrets"); !made) return made;
    const SecretFiles files(Place() / "secrets", options_.credentials);
    for (const auto& [name, secret] : confidential_.secrets) {
      if (files.IsCredential(name)) continue;
      if (Status written = files.Write(name, secret.view()); !written) return written;
    }
    auto subjects = Subjects::Open(Place() / "subjects", resources_, Subjects::Access::kMake);
    if (!subjects) return subjects.error();
    if (!options_.without_subjects) return (*subjects)->Put(confidential_.subjects);
    return LedgerOf().and_then([&](const projections::LedgerIdentity& ledger) {
      return (*subjects)->Bind(ledger.ledger_id);
    });
  }

  Result<projections::LedgerIdentity> LedgerOf() const {
    const auto log = log::RocksLog::Open(Place() / "ledger", resources_,
                                         {.mode = log::RocksLog::Mode::kReadOnly});
    if (!log) return log.error();
    return projections::IdentityOf(**log);
  }

  // The first opening: projections, head and checkpoint are made, and what can be recorded only now
  // is. The ledger is closed again, cleanly.
  Status OpenOnce() {
    const bool master_key = confidential_.secrets.contains(kMasterKeyFile);
    auto opened = Ledger::Open({.data = Place(),
                                .credentials = options_.credentials,
                                .ca_certificate = options_.ca.certificate,
                                .ca_key = options_.ca.key,
                                .new_master_key = !master_key,
                                .clock = clock_,
                                .random = &random_,
                                .resources = &resources_});
    if (!opened) return opened.error();
    Ledger& ledger = **opened;
    report_.epoch = text::ToBase32(ledger.row().epoch(), text::kBase32Lower);
    if (Status made = MakeOwner(ledger); !made) return made;
    return AbandonPending(ledger);
  }

  // The file comes first: a token that the ledger knows and nobody has is of no use.
  static Status MakeOwner(Ledger& ledger) {
    const crypto::Secret token = domain::NewOperatorToken(ledger.random());
    std::string line;
    const crypto::WipeAtEnd wipe(&line);
    line.reserve(token.view().size() + 1);
    line.append(token.view()).push_back('\n');
    if (Status written = ledger.secret_files().Write(kOwnerTokenFile, line); !written) {
      return written;
    }
    const auto made = ledger.Run(domain::CreateToken{
        "owner", domain::TokenRole::kOwner, {}, std::nullopt, crypto::Sha256(token.view())});
    return made ? Status() : Status(made.error());
  }

  // They are void already; this tells the history, and those who look at lists.
  Status AbandonPending(Ledger& ledger) {
    std::vector<domain::Deadline> pending;
    ledger.projections().ScanDeadlines(domain::DeadlineKind::kConfirmBy, Time(), Time::max(),
                                       [&](const domain::Deadline& deadline) {
                                         pending.push_back(deadline);
                                         return true;
                                       });
    for (const domain::Deadline& each : pending) {
      const auto done = ledger.Run(domain::AbandonRegistration{each.gateway, each.generation});
      if (!done) return done.error();
    }
    report_.abandoned = pending.size();
    return {};
  }

  Status VerifyAll() {
    const auto checked =
        OpenCheckedLog(Place(), resources_, {.mode = log::RocksLog::Mode::kReadOnly});
    if (!checked) return checked.error();
    const auto subjects = Subjects::Open(Place() / "subjects", resources_, Subjects::Access::kRead);
    if (!subjects) return subjects.error();
    const auto report =
        Verify(*checked->log, {.scratch = options_.scratch, .subjects = subjects->get()});
    if (!report) return report.error();
    report_.lost_keys = report->lost_keys.size();
    if (report->violations.empty()) return {};
    const domain::Violation& first = report->violations.front();
    return Unusable(fmt::format("The ledger in the backup is not good. Event {}: {}: {}.",
                                first.sequence, first.invariant, first.detail));
  }

  const RestoreOptions& options_;
  const rocks::Resources& resources_;
  Random& random_;
  SystemClock system_clock_;
  const Clock* clock_;
  std::optional<BackupDirectory> source_;
  std::string note_;
  Manifest manifest_;
  Confidential confidential_;
  std::optional<GrowingDirectory> directory_;
  RestoreReport report_;
};

}  // namespace

Result<RestoreReport> Restore(const RestoreOptions& options, const rocks::Resources& resources,
                              Random& random) {
  return Restoration(options, resources, random).Do();
}

}  // namespace latchkey::tools
