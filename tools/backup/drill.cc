#include "tools/backup/drill.h"

#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "core/base/units.h"
#include "core/log/note.h"
#include "events/codec.h"
#include "projections/position.h"
#include "tools/backup/backup_directory.h"
#include "tools/backup/manifest.h"
#include "tools/backup/restore.h"
#include "tools/ledger/compare.h"
#include "tools/ledger/evidence.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

Result<Manifest> ManifestOf(const fs::path& source) {
  const auto directory = BackupDirectory::OpenToRead(source);
  if (!directory) return directory.error();
  const auto note = directory->Read(kManifestFile, log::kMaxNoteBytes);
  if (!note) return note.error();
  if (*note) return ReadManifest(**note);
  return Refuse(ErrorCode::kUnusable,
                source.string() + " is not a complete backup: it has no manifest.");
}

// Entries are stored about as large as they are in a backup, and projections take as much again. A
// full disk may be that of the ledger, which would then refuse writes.
Status CheckRoom(const fs::path& scratch, const Manifest& manifest) {
  std::uint64_t needed = 64 * kMegabyte;
  for (const Volume& volume : manifest.volumes) needed += 2 * volume.bytes;
  std::error_code failed;
  const fs::space_info room = fs::space(scratch, failed);
  if (failed || room.available >= needed) return {};
  return Refuse(
      ErrorCode::kIo,
      fmt::format("The drill needs about {} MB in {}, where {} MB are free. Give another "
                  "directory with --scratch.",
                  needed / kMegabyte, scratch.parent_path().string(), room.available / kMegabyte));
}

Result<Time> TimeOf(const log::Log& log, std::uint64_t sequence) {
  return log.Read(sequence).and_then(events::Decode).map([](const events::Event& event) {
    return FromMicros(event.time_us());
  });
}

class OneDrill {
 public:
  OneDrill(const DrillOptions& options, const rocks::Resources& resources, Random& random)
      : options_(options), resources_(resources), random_(random) {}

  Result<DrillReport> Do() {
    const auto manifest = ManifestOf(options_.source);
    if (!manifest) return manifest.error();
    report_.backup = manifest->head();
    auto ledger = OpenLog(options_.data);
    if (!ledger) return ledger.error();
    const auto epoch = projections::EpochOf(*ledger->log);
    if (!epoch) return epoch.error();
    report_.ledger_size = ledger->log->size();
    if (epoch->origin != manifest->origin) {
      report_.verdict = DrillVerdict::kOtherLedger;
      return report_;
    }
    *ledger = {};
    if (Status room = CheckRoom(options_.scratch, *manifest); !room) return room.error();
    begun_ = std::chrono::steady_clock::now();
    return RestoreAs({epoch->origin, epoch->checkpoint_public_key})
        .and_then([&] { return Compare(); })
        .map([&] { return report_; });
  }

 private:
  fs::path Place() const { return options_.scratch / "ledger"; }

  Result<CheckedLog> OpenLog(const fs::path& data) const {
    return OpenCheckedLog(data, resources_, {.mode = log::RocksLog::Mode::kReadOnly});
  }

  void EndStep(std::string_view name) {
    const auto now = std::chrono::steady_clock::now();
    report_.steps.push_back(
        {std::string(name), std::chrono::duration_cast<std::chrono::milliseconds>(now - begun_)});
    begun_ = now;
  }

  Status RestoreAs(log::NoteKey key) {
    RestoreOptions restore{.source = options_.source,
                           .data = Place(),
                           .brought = options_.data,
                           .credentials = options_.credentials,
                           .ca = options_.ca,
                           .key = std::move(key),
                           .scratch = options_.scratch,
                           .progress = options_.progress};
    if (options_.passphrase)
      restore.passphrase = crypto::Secret(std::string(options_.passphrase->view()));
    restore.step = [this](std::string_view step) {
      if (step == "confidential") EndStep("restore");
      if (step == "opened") EndStep("open");
      if (step == "verified") EndStep("verify");
    };
    const auto restored = Restore(restore, resources_, random_);
    if (!restored) return restored.error();
    report_.backup = restored->taken;
    report_.confidential = restored->confidential;
    report_.lost_keys = restored->lost_keys;
    return {};
  }

  // The ledger is opened after the backup was read, so that a backup that is just being extended is
  // not ahead of it. The restored one also holds the events that began its epoch.
  Status Compare() {
    const auto ledger = OpenLog(options_.data);
    if (!ledger) return ledger.error();
    const auto restored = OpenLog(Place());
    if (!restored) return restored.error();
    const auto compared = CompareHistories(*ledger->log, *restored->log);
    if (!compared) return compared.error();
    report_.ledger_size = compared->a.size;
    const std::uint64_t same = compared->differs_at.value_or(compared->a.size);
    if (same < report_.backup.size) {
      report_.verdict =
          same == report_.ledger_size ? DrillVerdict::kAhead : DrillVerdict::kDifferent;
      report_.differs_at = same;
    }
    const auto newest = TimeOf(*restored->log, report_.backup.size - 1);
    if (!newest) return newest.error();
    report_.newest_event = *newest;
    if (report_.missing() > 0) {
      const auto since = TimeOf(*ledger->log, report_.backup.size);
      if (!since) return since.error();
      report_.missing_since = *since;
    }
    EndStep("compare");
    return {};
  }

  const DrillOptions& options_;
  const rocks::Resources& resources_;
  Random& random_;
  std::chrono::steady_clock::time_point begun_;
  DrillReport report_;
};

}  // namespace

Result<DrillReport> Drill(const DrillOptions& options, const rocks::Resources& resources,
                          Random& random) {
  return OneDrill(options, resources, random).Do();
}

}  // namespace latchkey::tools
