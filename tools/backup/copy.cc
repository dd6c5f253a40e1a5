#include "tools/backup/copy.h"

#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/base/base32.h"
#include "core/base/hex.h"
#include "core/crypto/files.h"
#include "core/log/head_file.h"
#include "core/log/proof.h"
#include "core/log/rocks_log.h"
#include "core/subjects/subjects.h"
#include "events/codec.h"
#include "projections/position.h"
#include "projections/projections.h"
#include "tools/backup/entry_batches.h"
#include "tools/backup/growing_directory.h"
#include "tools/ledger/evidence.h"
#include "tools/ledger/ledger_subjects.h"
#include "tools/verify/verify.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

Status CheckCopyTarget(const fs::path& into) {
  std::error_code failed;
  if (!fs::exists(fs::symlink_status(into))) return {};
  const bool empty = fs::is_directory(fs::symlink_status(into)) && fs::is_empty(into, failed);
  if (failed) return Refuse(ErrorCode::kIo, into.string() + ": " + failed.message() + ".");
  if (empty) return {};
  return Refuse(ErrorCode::kUnusable,
                into.string() + " is not an empty directory. Give the name of one to be made.");
}

// Where the epoch began to which the last of the first `size` events belongs.
Result<std::uint64_t> EpochStartAt(const log::Log& log, std::uint64_t size) {
  if (log.epoch_start() < size) return log.epoch_start();
  std::uint64_t start = 0;
  events::Event event;
  Status decoded;
  const Status scanned = log.Scan(0, size, [&](std::uint64_t sequence, std::string_view entry) {
    decoded = events::DecodeInto(entry, &event);
    if (decoded && event.has_ledger_restored()) start = sequence;
    return decoded.has_value();
  });
  if (!scanned) return scanned.error();
  if (!decoded) return decoded.error();
  return start;
}

// One copy.
class Copying {
 public:
  Copying(const CopyOptions& options, const rocks::Resources& resources)
      : options_(options), resources_(resources), size_(options.until + 1) {}

  Result<log::Head> Do() {
    return CheckCopyTarget(options_.into)
        .and_then([&] { return OpenSource(); })
        .and_then([&] { return CheckEpoch(); })
        .and_then([&] { return After(TakeDirectory(), "directory"); })
        .and_then([&] { return After(CopyEntries(), "entries"); })
        .and_then([&] { return After(CopySubjects(), "subjects"); })
        .and_then([&] { return After(BuildProjections(), "projections"); })
        .and_then([&] { return After(WriteSmallFiles(), "files"); })
        .and_then([&] { return After(VerifyAll(), "verified"); })
        .and_then([&] { return After(directory_->Rename(options_.into), "renamed"); })
        .map([&] { return head_; });
  }

 private:
  const fs::path& Place() const { return directory_->path(); }
  const log::Log& source() const { return *source_.log; }

  Status After(Status done, std::string_view step) const {
    if (done && options_.step) options_.step(step);
    return done;
  }

  // The log first: sealing keys are older than the events that they seal.
  Status OpenSource() {
    auto opened =
        OpenCheckedLog(options_.data, resources_, {.mode = log::RocksLog::Mode::kReadOnly});
    if (!opened) return opened.error();
    source_ = *std::move(opened);
    if (options_.until >= source().size()) {
      return Refuse(ErrorCode::kPositionUnknown,
                    fmt::format("There is no event {}: the last event of this ledger is {}.",
                                options_.until, source().size() - 1));
    }
    auto subjects = OpenSubjectsOf(source(), source_.sealing_keys, options_.data / "subjects",
                                   resources_, Subjects::Access::kRead);
    if (!subjects) return subjects.error();
    subjects_ = *std::move(subjects);
    return {};
  }

  Status CheckEpoch() {
    auto ledger = projections::IdentityOf(source());
    if (!ledger) return ledger.error();
    ledger_ = *std::move(ledger);
    const std::string epoch = text::ToBase32(ledger_.epoch, text::kBase32Lower);
    if (options_.epoch.empty() || options_.epoch == epoch) return {};
    return Refuse(ErrorCode::kPositionUnknown,
                  "This position belongs to another ledger, or to an epoch before this one was "
                  "restored. Positions of this ledger begin with " +
                      epoch + ".");
  }

  Status TakeDirectory() {
    auto taken = GrowingDirectory::Take(options_.into, "copying");
    if (!taken) return taken.error();
    directory_.emplace(*std::move(taken));
    return {};
  }

  // Marked as a copy before it has an event.
  Status CopyEntries() {
    auto opened = log::RocksLog::Open(Place() / "ledger", resources_, {});
    if (!opened) return opened.error();
    log::RocksLog& log = **opened;
    const Status filled = log.MarkCopy().and_then([&] { return Fill(log); });
    if (!filled) return filled;
    head_ = log.head();
    const auto root = log::RootAt(source(), size_);
    if (!root) return root.error();
    if (*root != head_.root) {
      return Refuse(ErrorCode::kUnusable,
                    "The ledger is damaged: its events do not give the root of its tree. latchkey "
                    "verify says which event is bad.");
    }
    const auto start = EpochStartAt(source(), size_);
    if (!start) return start.error();
    return *start == 0 ? Status() : log.BeginEpoch(*start);
  }

  Status Fill(log::Log& log) const {
    EntryBatches batches(log, [&](std::uint64_t done) {
      if (options_.copied) options_.copied(done, size_);
    });
    Status added;
    const Status scanned = source().Scan(0, size_, [&](std::uint64_t, std::string_view entry) {
      added = batches.Add(entry);
      return added.has_value();
    });
    if (!scanned) return scanned;
    return added ? batches.Flush() : added;
  }

  // All of them: which subject a key belongs to is for the events to say.
  Status CopySubjects() {
    std::vector<Subjects::Row> rows;
    const Status visited = subjects_->Visit([&](std::string_view name, std::string_view value) {
      rows.push_back({std::string(name), crypto::Secret(std::string(value))});
    });
    if (!visited) return visited;
    auto copy = Subjects::Open(Place() / "subjects", resources_, Subjects::Access::kMake);
    if (!copy) return copy.error();
    return (*copy)->Put(rows).and_then([&] { return (*copy)->Bind(ledger_.ledger_id); });
  }

  Status BuildProjections() const {
    const auto log = log::RocksLog::Open(Place() / "ledger", resources_,
                                         {.mode = log::RocksLog::Mode::kReadOnly});
    if (!log) return log.error();
    std::function<void(projections::Projections::Progress)> progress;
    if (options_.replayed) {
      progress = [&](projections::Projections::Progress at) {
        options_.replayed(at.done, at.total);
      };
    }
    const auto built = projections::Projections::Open(Place() / "projections", resources_, **log,
                                                      *subjects_, progress);
    return built ? Status() : Status(built.error());
  }

  Status WriteSmallFiles() const {
    auto head = log::HeadFile::Open(HeadPath(Place()), resources_.env,
                                    {.head = head_, .sealing_keys = subjects_->made()});
    if (!head) return head.error();
    if (Status stopped = (*head)->Stopped(); !stopped) return stopped;
    return crypto::WriteFileDurably(Place() / kLedgerIdFile, text::ToHex(ledger_.ledger_id) + "\n",
                                    false);
  }

  Status VerifyAll() const {
    const auto checked =
        OpenCheckedLog(Place(), resources_, {.mode = log::RocksLog::Mode::kReadOnly});
    if (!checked) return checked.error();
    const auto report =
        Verify(*checked->log, {.scratch = options_.scratch, .progress = options_.verified});
    if (!report) return report.error();
    if (report->good()) return {};
    const domain::Violation& first = report->violations.front();
    return Refuse(ErrorCode::kUnusable, fmt::format("The ledger is not good. Event {}: {}: {}.",
                                                    first.sequence, first.invariant, first.detail));
  }

  const CopyOptions& options_;
  const rocks::Resources& resources_;
  const std::uint64_t size_;  // of the copy
  CheckedLog source_;
  std::unique_ptr<Subjects> subjects_;
  projections::LedgerIdentity ledger_;
  std::optional<GrowingDirectory> directory_;
  log::Head head_;
};

}  // namespace

Result<log::Head> CopyLedger(const CopyOptions& options, const rocks::Resources& resources) {
  return Copying(options, resources).Do();
}

}  // namespace latchkey::tools
