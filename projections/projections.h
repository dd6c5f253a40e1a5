// All projections of one ledger, on disk in one RocksDB (DIR/projections/) that may be deleted at
// any time: rows and position are written together, without sync; at start the tail is replayed.
//
// A projection is a file pair and one line in the list of projections.cc. A position names ledger,
// epoch, sequence and root; a projection of another ledger or epoch is dropped and rebuilt; one
// that has seen events that this ledger lacks proves that the ledger has lost them. One column
// family per projection version.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/log/log.h"
#include "core/rocks/rocks.h"
#include "core/sequencer/projection_set.h"
#include "core/subjects/subjects.h"
#include "projections/certificate_ends.h"
#include "projections/checked.h"
#include "projections/history_query.h"
#include "projections/position.h"

namespace latchkey::projections {

class Projections final : public ProjectionSet {
 public:
  struct Progress {
    std::uint64_t done;
    std::uint64_t total;
  };
  // Opens or creates the projections and replays the events of `log` that they lack, calling
  // `progress` now and then. `log` and `subjects` outlive it. Refuses with kInUse, kUnusable (an
  // event this binary does not know: the detail names it; a ledger that has lost its end), kIo.
  // `segment_events` overrides the length of the history's segments; for tests, and the same at
  // every opening of a directory.
  static Result<std::unique_ptr<Projections>> Open(
      const std::filesystem::path& directory, const rocks::Resources& resources,
      const log::Log& log, const Subjects& subjects,
      const std::function<void(Progress)>& progress = {}, std::uint64_t segment_events = 0);
  // Compares the projections in `directory` with a rebuild in `scratch`, which must not exist and
  // is kept; changes nothing in `directory`, which nobody may write meanwhile. Refuses when the
  // ledger cannot be read or is of a newer version, or `scratch` cannot be written.
  static Result<Checked> Check(const std::filesystem::path& directory,
                               const std::filesystem::path& scratch,
                               const rocks::Resources& resources, const log::Log& log,
                               const Subjects& subjects,
                               const std::function<void(Progress)>& progress = {},
                               std::uint64_t segment_events = 0);
  // Flushes first.
  ~Projections() override;

  // The directory in which a new version can build its projections while the old version still
  // serves. The first opening of `directory` by a version whose projections are missing there takes
  // them over.
  static std::filesystem::path Beside(const std::filesystem::path& directory);
  // Whether `directory` has all projections of this version, at any position; works while another
  // process serves it.
  static Result<bool> HasAll(const std::filesystem::path& directory,
                             const rocks::Resources& resources);

  // The position of each projection in `directory`, by its name; also of other versions, and while
  // another process serves it. Empty when there are none or they cannot be read.
  static std::map<std::string, StoredPosition> PositionsIn(const std::filesystem::path& directory,
                                                           const rocks::Resources& resources);

  // ProjectionSet, see there.
  const domain::StateReader& state() const override;
  void Prepare(const EventBatch& batch) override;
  void Show() override;
  std::optional<FinishedRequest> Finished(std::string_view key_sha256, Time since) const override;
  void ScanDeadlines(domain::DeadlineKind kind, Time from, Time until,
                     const std::function<bool(const domain::Deadline&)>& visit) const override;
  void ScanTokens(const std::function<void(const domain::TokenRow&)>& visit) const override;

  // See there. Lives as long as the projections.
  const CertificateEnds& certificate_ends() const;

  // How many events are in all projections. Thread-safe; never goes back.
  std::uint64_t size() const;

  // What was dropped and rebuilt at opening, and why, as messages.
  const std::vector<std::string>& notes() const;

  // Rows of the state in [range.from, range.until), from a consistent snapshot, in key order, until
  // `visit` returns false. Thread-safe.
  void Scan(const domain::KeyRange& range,
            const std::function<bool(std::string_view key, std::string_view value)>& visit) const;

  // Thread-safe. Reads a bounded number of index entries: a page may therefore be shorter than
  // `limit` and still have a `next`. Refuses when the ledger cannot be read.
  Result<HistoryPage> FindEvents(const HistoryQuery& query) const;
  // Whether one event meets the query's conditions (page members aside); for streams. Thread-safe.
  bool Matches(const HistoryQuery& query, const events::Event& event) const;

  // Writes memory to disk, so that the next start replays little. A thread of its own does so every
  // so many events and after some idle seconds (projections/runner.h). Thread-safe.
  void Flush();

  // Compares every row of every projection with those of `other` and returns the first differences
  // as messages (at most ten). No events may be applied to either meanwhile.
  std::vector<std::string> Compare(const Projections& other) const;

 private:
  struct Impl;
  explicit Projections(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey::projections
