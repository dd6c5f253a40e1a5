// All projections of one ledger, on disk in one RocksDB (DIR/projections/) that may be deleted at any
// time: rows and position are written together, without sync; at start the tail is replayed.
//
// A projection is a file pair and one line in the list of projections.cc. A position names ledger,
// epoch, sequence and root; a projection ahead of the ledger, or of another history, is dropped and
// rebuilt. One column family per projection version.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/log/log.h"
#include "core/rocks/rocks.h"
#include "core/sequencer/sequencer.h"
#include "core/subjects/subjects.h"

namespace latchkey::projections {

// Which events, all conditions together. Ids, digests and times as the domain has them.
struct HistoryQuery {
  std::optional<std::string> account;
  std::optional<std::uint64_t> gateway;
  std::vector<events::Event::FactCase> types;  // any of these; empty: all
  std::optional<std::string> actor;            // text as in API.md: "token:tok_…", "address:…"
  std::optional<Time> since;                   // inclusive
  std::optional<Time> until;                   // exclusive
  bool newest_first = false;
  std::optional<std::uint64_t> after;          // a sequence; the page starts beyond it
  std::uint64_t limit = 100;
};

struct HistoryPage {
  std::vector<std::uint64_t> sequences;  // in the order asked for
  std::optional<std::uint64_t> next;     // `after` of the next page; nothing at the end
};

class Projections final : public ProjectionSet {
 public:
  struct Progress {
    std::uint64_t done;
    std::uint64_t total;
  };
  // Opens or makes the projections and replays what they lack of `log`, calling `progress` now and
  // then. `log` and `subjects` outlive it. Refuses with kInUse, kUnusable (an event this binary does
  // not know: the detail names it), kIo.
  static Result<std::unique_ptr<Projections>> Open(
      const std::filesystem::path& directory, const rocks::Resources& resources,
      const log::Log& log, const Subjects& subjects,
      const std::function<void(Progress)>& progress = {});
  ~Projections() override;

  // ProjectionSet, see there.
  const domain::StateReader& state() const override;
  void Apply(const DurableBatch& batch) override;
  std::optional<FinishedRequest> Finished(std::string_view key_sha256, Time since) const override;
  void ScanDeadlines(domain::DeadlineKind kind, Time from, Time until,
                     const std::function<bool(const domain::Deadline&)>& visit) const override;

  // How many events are in all projections. Thread-safe; never goes back.
  std::uint64_t size() const;

  // Rows of the state in [range.from, range.until), from a consistent snapshot, in key order, until
  // `visit` returns false. Thread-safe.
  void Scan(const domain::KeyRange& range,
            const std::function<bool(std::string_view key, std::string_view value)>& visit) const;

  // Thread-safe. Looks at no more than a named number of index entries: a page may therefore be
  // shorter than `limit` and still have a `next`.
  HistoryPage FindEvents(const HistoryQuery& query) const;
  // Whether one event meets the query's conditions (page members aside); for streams.
  bool Matches(const HistoryQuery& query, const events::Event& event) const;

  // Writes memory to disk, so that the next start replays little. Thread-safe.
  void Flush();

  // Compares every row of every projection with those of `other` and returns the first differences in
  // words (at most ten); for `replay --check`.
  std::vector<std::string> Compare(const Projections& other) const;

 private:
  struct Impl;
  explicit Projections(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey::projections
