#include "tools/backup/restore.h"

#include <algorithm>
#include <future>
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
#include "core/log/intact_prefix.h"
#include "core/log/proof.h"
#include "core/log/rocks_log.h"
#include "events/codec.h"
#include "projections/position.h"
#include "tools/backup/backup_directory.h"
#include "tools/backup/confidential.h"
#include "tools/backup/entry_batches.h"
#include "tools/backup/growing_directory.h"
#include "tools/backup/manifest.h"
#include "tools/ledger/epoch.h"
#include "tools/ledger/evidence.h"
#include "tools/ledger/ledger.h"
#include "tools/verify/verify.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBrought[] = {"secrets", "subjects"};

Error Unusable(std::string what) { return Refuse(ErrorCode::kUnusable, std::move(what)); }

Status CheckRestoreTarget(const fs::path& data) {
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
      : options_(options),
        resources_(resources),
        random_(random),
        verifier_({.scratch = options.scratch}) {
    clock_ = options.clock != nullptr ? options.clock : &system_clock_;
  }

  Result<RestoreReport> Do() {
    return CheckRestoreTarget(options_.data)
        .and_then([&] { return OpenSource(); })
        .and_then([&] { return FindConfidential(); })
        .and_then([&] { return After(TakeDirectory(), "directory"); })
        .and_then([&] { return After(CopyEntries(), "entries"); })
        .and_then([&] { return After(WriteConfidential(), "confidential"); })
        .and_then([&] {
          return After(BeginEpoch(Place(), resources_, report_.known, *clock_, random_), "epoch");
        })
        .and_then([&] { return BeginVerifying(); })
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

  Status OpenSource() { return IsDataDirectory(options_.source) ? OpenIntact() : OpenBackup(); }

  Status OpenIntact() {
    auto opened = log::IntactPrefix::Open(options_.source / "ledger", resources_);
    if (!opened) return opened.error();
    intact_.emplace(*std::move(opened));
    return {};
  }

  Status OpenBackup() {
    auto opened = BackupDirectory::OpenToRead(options_.source);
    if (!opened) return opened.error();
    backup_.emplace(*std::move(opened));
    auto note = backup_->Read(kManifestFile, log::kMaxNoteBytes);
    if (!note) return note.error();
    if (!*note) {
      return Unusable(options_.source.string() + " is not a complete backup: it has no manifest.");
    }
    note_ = **std::move(note);
    auto manifest = ReadManifest(note_);
    if (!manifest) return manifest.error();
    manifest_ = *std::move(manifest);
    if (!options_.key) return {};
    if (options_.key->name != manifest_.origin) {
      return Unusable("The backup is of another ledger or epoch than the key: " + manifest_.origin +
                      ".");
    }
    return VerifyManifest(note_, *options_.key);
  }

  // Where a folder of the confidential part is: what was brought comes before what the source has.
  fs::path FolderOf(const char* name) const {
    const fs::path brought = (options_.brought.empty() ? options_.data : options_.brought) / name;
    return intact_ && !fs::exists(brought) ? options_.source / name : brought;
  }

  Status FindConfidential() {
    auto sealed = backup_ ? backup_->Read(kConfidentialFile, kMaxConfidentialBytes)
                          : Result<std::optional<std::string>>(std::nullopt);
    if (!sealed) return sealed.error();
    const SecretFiles secrets(FolderOf("secrets"), options_.credentials);
    const fs::path subjects = options_.without_subjects ? fs::path() : FolderOf("subjects");
    report_.confidential = *sealed && options_.passphrase;
    auto found = report_.confidential ? OpenConfidential(**sealed, options_.passphrase->view())
                                      : GatherConfidential(secrets, subjects, resources_);
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
        "{} Bring {} to {}, then run this again. If subjects/ is lost, give --without-subjects: "
        "what was sealed cannot be read then.",
        intact_ ? options_.source.string() + " lacks secrets."
                : "The backup was made without --passphrase-file and holds no secrets.",
        missing, options_.data.string()));
  }

  Status TakeDirectory() {
    auto taken = GrowingDirectory::Take(options_.data, "restoring");
    if (!taken) return taken.error();
    directory_.emplace(*std::move(taken));
    return {};
  }

  Status CopyEntries() {
    auto opened = log::RocksLog::Open(Place() / "ledger", resources_, {.build = true});
    if (!opened) return opened.error();
    log::RocksLog& log = **opened;
    const Result<std::uint64_t> epoch_start = intact_ ? CopyIntact(log) : CopyVolumes(log);
    if (!epoch_start) return epoch_start.error();
    if (Status flushed = log.Flush(); !flushed) return flushed;
    report_.taken = report_.known = log.head();
    if (*epoch_start != 0) {
      if (Status begun = log.BeginEpoch(*epoch_start); !begun) return begun;
    }
    auto epoch = projections::EpochOf(log);
    if (!epoch) return epoch.error();
    const log::NoteKey key{epoch->origin, epoch->checkpoint_public_key};
    if (options_.key &&
        (options_.key->public_key != key.public_key || options_.key->name != key.name)) {
      return Unusable("The events are not of the ledger and epoch whose key was given.");
    }
    if (Status shown = intact_ ? GiveUpRest(log) : TakeManifest(log, key); !shown) return shown;
    return options_.checkpoint ? TakeCheckpoint(log, key) : Status();
  }

  // Both return where the epoch that ends began.
  Result<std::uint64_t> CopyVolumes(log::Log& log) {
    const std::uint64_t size = manifest_.head().size;
    EntryBatches batches(log, [&](std::uint64_t done) { Tell(done, size); });
    for (const Volume& volume : manifest_.volumes) {
      auto reader = backup_->ReadVolume(volume);
      if (!reader) return reader.error();
      for (;;) {
        const auto entry = reader->Next();
        if (!entry) return entry.error();
        if (!*entry) break;
        if (Status added = batches.Add(**entry); !added) return added.error();
      }
      if (Status added = batches.Flush(); !added) return added.error();
      if (log.head() != volume.end) {
        return Unusable("The backup is damaged: the entries in " + VolumeName(volume.first) +
                        " are not those of the manifest.");
      }
    }
    return manifest_.epoch_start;
  }

  Result<std::uint64_t> CopyIntact(log::Log& log) {
    EntryBatches batches(log, [&](std::uint64_t done) { Tell(done, done); });
    std::uint64_t epoch_start = 0;
    events::Event event;
    const Status copied = intact_->Visit([&](std::string_view entry) -> Status {
      if (Status decoded = events::DecodeInto(entry, &event); !decoded) return decoded;
      if (event.has_ledger_restored()) epoch_start = event.sequence();
      return batches.Add(entry);
    });
    if (!copied) return copied.error();
    if (Status added = batches.Flush(); !added) return added.error();
    if (log.size() != 0) return epoch_start;
    return Unusable("Not one event of the ledger in " + options_.source.string() +
                    " can be read. Restore a backup.");
  }

  // What lies behind the intact part is given up, however much anything has seen of it.
  Status GiveUpRest(const log::Log& log) {
    Guards guards = options_.guards;
    if (guards.empty()) {
      auto remembered = RememberedGuards(options_.source, resources_.env);
      if (!remembered) return remembered.error();
      guards = *std::move(remembered);
    }
    const Result<log::Sighting> highest = HighestSeen(
        options_.source, resources_, log, Ask(guards, {}, resources_.env, &report_.warnings));
    if (!highest) return highest.error();
    report_.known = highest->head;
    return options_.agree ? options_.agree(report_.taken, *highest) : Status();
  }

  // A backup is from before what was lost; the guards know how much that is.
  Status TakeManifest(const log::Log& log, const log::NoteKey& key) {
    if (Status signed_by_key = VerifyManifest(note_, key); !signed_by_key) return signed_by_key;
    const Result<log::Sighting> highest =
        HighestElsewhere(log, Ask(options_.guards, {}, resources_.env, &report_.warnings));
    if (!highest) return highest.error();
    report_.known = highest->head;
    return {};
  }

  void Tell(std::uint64_t done, std::uint64_t total) const {
    if (options_.progress) options_.progress(done, total);
  }

  // A checkpoint of the epoch that ends: it must extend what was taken, or be in it.
  Status TakeCheckpoint(const log::Log& log, const log::NoteKey& key) {
    const auto head = log::OpenCheckpoint(*options_.checkpoint, key);
    if (!head) return Unusable("The checkpoint given: " + head.error().detail + ".");
    if (head->size > report_.taken.size) {
      if (head->size > report_.known.size) report_.known = *head;
      return {};
    }
    const auto root = log::RootAt(log, head->size);
    if (!root) return root.error();
    if (*root == head->root) return {};
    return Unusable("The source has another history than the checkpoint given.");
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
      const auto done = ledger.Run(
          domain::AbandonRegistration{each.gateway, static_cast<std::uint32_t>(each.number)});
      if (!done) return done.error();
    }
    report_.abandoned = pending.size();
    return {};
  }

  // The events are verified while projections are made out of them, from an opening of its own that
  // sees what is there now.
  Status BeginVerifying() {
    auto log = log::RocksLog::Open(Place() / "ledger", resources_,
                                   {.mode = log::RocksLog::Mode::kReadOnly});
    if (!log) return log.error();
    auto subjects = Subjects::Open(Place() / "subjects", resources_, Subjects::Access::kRead);
    if (!subjects) return subjects.error();
    verified_ = std::async(std::launch::async,
                           [this, log = *std::move(log), subjects = *std::move(subjects)] {
                             return verifier_.Extend(*log, subjects.get());
                           });
    return {};
  }

  // The rest: what the first opening has added.
  Status VerifyAll() {
    if (Status done = verified_.get(); !done) return done;
    const auto checked =
        OpenCheckedLog(Place(), resources_, {.mode = log::RocksLog::Mode::kReadOnly});
    if (!checked) return checked.error();
    const auto subjects = Subjects::Open(Place() / "subjects", resources_, Subjects::Access::kRead);
    if (!subjects) return subjects.error();
    if (Status done = verifier_.Extend(*checked->log, subjects->get()); !done) return done;
    const VerifyReport report = verifier_.Finish();
    report_.lost_keys = report.lost_keys.size();
    if (report.violations.empty()) return {};
    const domain::Violation& first = report.violations.front();
    return Unusable(fmt::format("The restored ledger is not good. Event {}: {}: {}.",
                                first.sequence, first.invariant, first.detail));
  }

  const RestoreOptions& options_;
  const rocks::Resources& resources_;
  Random& random_;
  SystemClock system_clock_;
  const Clock* clock_;
  std::optional<log::IntactPrefix> intact_;  // of a data directory
  std::optional<BackupDirectory> backup_;
  std::string note_;  // of the backup
  Manifest manifest_;
  Confidential confidential_;
  std::optional<GrowingDirectory> directory_;
  RestoreReport report_;
  Verifier verifier_;
  std::future<Status> verified_;  // up to the beginning of the epoch; last, as it uses the others
};

}  // namespace

bool IsDataDirectory(const fs::path& source) {
  std::error_code unreadable;  // reported when it is read
  return fs::exists(source / kLedgerIdFile, unreadable) ||
         fs::exists(source / "ledger" / "CURRENT", unreadable);
}

Result<RestoreReport> Restore(const RestoreOptions& options, const rocks::Resources& resources,
                              Random& random) {
  return Restoration(options, resources, random).Do();
}

}  // namespace latchkey::tools
