// The runner's view of a projection (projections.cc): rows in a column family of its own, to which
// events are applied in the ledger's order, each exactly once.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/log/log.h"
#include "core/sequencer/projection_set.h"
#include "core/subjects/subjects.h"
#include "events/event.pb.h"
#include "projections/stored_rows.h"

namespace latchkey::projections {

class BulkRows;

// About as much memory as rows take that are built in bulk before they are written; twice as much
// is used at a time.
inline constexpr std::size_t kRunBytes = 64u << 20;

// What a projection may read besides its own rows. All outlive it.
struct Sources {
  const log::Log& log;
  const Subjects& subjects;
  std::uint64_t segment_events;  // of the history
  std::size_t run_bytes = kRunBytes;
};

// Differences as messages, at most kMaxDifferences of them.
class Differences {
 public:
  void Add(std::string what);
  bool Full() const { return found_.size() >= kMaxDifferences; }
  std::vector<std::string> Take() { return std::move(found_); }

 private:
  static constexpr std::size_t kMaxDifferences = 10;
  std::vector<std::string> found_;
};

// Load, Apply and Publish are called by one thread at a time; a projection's functions for readers
// are thread-safe at the same time.
class Projection {
 public:
  virtual ~Projection() = default;

  // Fills what is kept in memory. The rows are at `size` events, which the log holds.
  virtual Status Load(std::uint64_t size) = 0;
  // Adds the batch's changes to `*out`. The caller writes them, with the position, once the events
  // are durable; readers, who know how many events are visible, do not see them before.
  virtual void Apply(const EventBatch& batch, rocksdb::WriteBatch* out) = 0;
  // Whether, in a replay, Apply may be called while the previous call's rows are still being
  // written.
  virtual bool AppliesAhead() const { return false; }
  // Of a projection that ApplyInBulk can build where very many events are missing: whether it then
  // asks for the row of a key. Null: of another one.
  using AsksFor = bool (*)(std::string_view key);
  virtual AsksFor BuildsInBulk() const { return nullptr; }
  // Adds the batch's changes to rows that are written later. Until the last of them are, nothing
  // else is called but Publish, and nobody reads.
  virtual void ApplyInBulk(const EventBatch&, BulkRows*) {}
  // The rows of the last Apply have been written.
  virtual void Publish() {}

  // Reports the rows that differ from those of `other`, the same projection at the same size.
  virtual void Compare(const Projection& other, Differences* out) const = 0;
};

// Walks the rows of both tables in key order and reports those that differ or are missing in one.
// `left_out` says which rows to ignore.
void CompareRows(std::string_view name, const StoredRows& ours, const StoredRows& theirs,
                 const std::function<bool(std::string_view key, std::string_view value)>& left_out,
                 Differences* out);

}  // namespace latchkey::projections
