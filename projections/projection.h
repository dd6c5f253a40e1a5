// What every projection is to the runner (projections.cc): rows in a column family of its own that
// events are added to, in the ledger's order and each exactly once.
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

// What a projection may read besides its own rows. All outlive it.
struct Sources {
  const log::Log& log;
  const Subjects& subjects;
  std::uint64_t segment_events;  // of the history
};

// Differences in words, at most kMaxDifferences of them.
class Differences {
 public:
  void Add(std::string what);
  bool Full() const { return found_.size() >= kMaxDifferences; }
  std::vector<std::string> Take() { return std::move(found_); }

 private:
  static constexpr std::size_t kMaxDifferences = 10;
  std::vector<std::string> found_;
};

// What a look at projections on disk has found.
struct Checked {
  std::uint64_t size = 0;    // how many events are in all of them
  std::uint64_t behind = 0;  // how many more the ledger has
  // Missing, damaged, of something else, or which rows are not what these events add up to; in
  // words. None: all is well.
  std::vector<std::string> problems{};
};

// Load, Apply and Publish are called by one thread at a time; what a projection offers to readers
// is thread-safe beside them.
class Projection {
 public:
  virtual ~Projection() = default;

  // Makes up what is kept in memory. The rows stand at `size` events, which the log holds.
  virtual Status Load(std::uint64_t size) = 0;
  // Adds to `*out` what the batch changes. The caller writes it, with the position, once the events
  // are durable; readers, who know how many are shown, see nothing of it before.
  virtual void Apply(const EventBatch& batch, rocksdb::WriteBatch* out) = 0;
  // Whether, in a replay, Apply may be called while what the call before gave is still being
  // written.
  virtual bool AppliesAhead() const { return false; }
  // What the last Apply gave has been written.
  virtual void Publish() {}

  // Says where the rows of `other`, the same projection at the same size, are not these.
  virtual void Compare(const Projection& other, Differences* out) const = 0;
};

// Walks the rows of both tables in key order and names those that are not in both alike. `left_out`
// says which rows do not count.
void CompareRows(std::string_view name, const StoredRows& ours, const StoredRows& theirs,
                 const std::function<bool(std::string_view key, std::string_view value)>& left_out,
                 Differences* out);

}  // namespace latchkey::projections
