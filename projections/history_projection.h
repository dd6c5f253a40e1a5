// The history: an inverted index over the events. The ledger is cut into segments of equal length;
// for each term (account, gateway, type, actor) that occurs in a complete segment there is one row
//
//   term ‖ segment (5 bytes, big-endian) → the offsets of its events in the segment
//
// A query reads the lists of its terms and intersects them segment by segment. The segment that is
// still filling is kept in memory, and read from the log at start. Time needs no index: it never
// goes back, so a binary search in the log finds it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "projections/history_query.h"
#include "projections/history_terms.h"
#include "projections/projection.h"

namespace latchkey::projections {

class HistoryProjection final : public Projection {
 public:
  static constexpr const char* kFamily = "history.1";
  static constexpr std::uint64_t kSegmentEvents = 4'096;
  // A page ends after so many segments, and says where to continue.
  static constexpr std::uint64_t kMaxSegmentsOfPage = 1'024;

  HistoryProjection(const StoredRows& stored, const Sources& sources);
  ~HistoryProjection() override;

  Status Load(std::uint64_t size) override;
  void Apply(const EventBatch& batch, rocksdb::WriteBatch* out) override;
  AsksFor BuildsInBulk() const override {
    return [](std::string_view) { return false; };
  }
  void ApplyInBulk(const EventBatch& batch, BulkRows* out) override;
  void Publish() override;
  void Compare(const Projection& other, Differences* out) const override;

  // Among the first `size` events, all of which are applied. Refuses when a condition on time needs
  // entries of the ledger that cannot be read.
  Result<HistoryPage> Find(const HistoryQuery& query, std::uint64_t size) const;
  bool Matches(const HistoryQuery& query, const events::Event& event) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view term) const {
      return std::hash<std::string_view>()(term);
    }
  };
  using Postings = std::unordered_map<std::string, Offsets, Hash, std::equal_to<>>;
  using OpenLists = std::map<std::uint64_t, Offsets>;  // of one term, by segment

  void Add(const events::Event& event, std::uint64_t sequence, Postings* postings) const;
  // Adds the events to the lists of open segments, and calls `complete` for each segment that this
  // completes.
  template <typename Complete>
  void Gather(const EventBatch& batch, Complete complete);
  void Write(std::uint64_t segment, const Postings& postings, rocksdb::WriteBatch* out) const;
  OpenLists Open(std::string_view term) const;
  // The first event of [from, until) that is not before `time`, or `until`.
  Result<std::uint64_t> FirstSince(Time time, std::uint64_t from, std::uint64_t until) const;
  // [first, second): the sequences among `size` events that meet the conditions on time and
  // position.
  Result<std::pair<std::uint64_t, std::uint64_t>> Bounds(const HistoryQuery& query,
                                                         std::uint64_t size) const;
  std::map<std::string, std::string> OpenRows() const;
  std::string AddressDigest() const;

  const StoredRows stored_;
  const log::Log& log_;
  const Subjects& subjects_;
  const std::uint64_t segment_events_;
  std::unique_ptr<ActorTerms> actors_;  // from Load on

  mutable std::shared_mutex mutex_;
  std::map<std::uint64_t, Postings> open_;  // segments whose rows are not written yet
  std::uint64_t written_ = 0;               // the first segment without rows, once published
};

}  // namespace latchkey::projections
