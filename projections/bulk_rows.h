// Rows of a projection that is built from many events at once: gathered in memory, where only the
// last value of a key counts, and written in runs, each as sorted tables together with the position
// that it brings the projection to. While one run is written the next one is gathered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <memory_resource>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>

#include <boost/unordered/unordered_flat_map.hpp>

#include "core/domain/state.h"
#include "projections/position.h"
#include "projections/sorted_rows.h"
#include "projections/sorted_tables.h"
#include "projections/store.h"

namespace latchkey::projections {

// One thread. Stops the process when rows cannot be written or read, as Store does.
class BulkRows final : public domain::StateReader {
 public:
  // Whether the row of that key may be asked for.
  using AsksFor = bool (*)(std::string_view key);

  // A run is full when its rows take about `run_bytes` of memory; up to two are kept. The store
  // outlives this, and nothing else writes to the family meanwhile.
  BulkRows(const Store& store, std::string family, std::size_t run_bytes, AsksFor asks_for);
  ~BulkRows() override;

  // Null: the row is deleted.
  void Put(std::string_view key, std::optional<std::string_view> value);
  // A row with all changes so far, wherever it is.
  std::optional<std::string> Get(std::string_view key) const override;

  bool IsFull() const { return gathered_->bytes >= run_bytes_; }
  // Begins to write the rows added since the last call, and the position after them. Waits until
  // the previous run is written.
  void Write(const StoredPosition& position);
  // Returns when everything is on disk, and in its last place there.
  void Finish();

 private:
  struct Run {
    std::pmr::monotonic_buffer_resource memory;  // of keys and values
    SortedTables::Run changes;
    std::uint32_t count = 0;  // of changes
    // The last change of each key that may be asked for.
    boost::unordered_flat_map<std::string_view, std::optional<std::string_view>, domain::KeyHash,
                              std::equal_to<>>
        index;
    std::size_t bytes = 0;
  };

  static std::string_view Keep(std::string_view bytes, Run* run);
  void Wait();

  const Store& store_;
  const std::string family_;
  const std::size_t run_bytes_;
  const AsksFor asks_for_;
  const StoredRows stored_;
  SortedTables tables_;
  std::unique_ptr<Run> gathered_;
  std::unique_ptr<Run> written_;  // being written, or written last
  std::future<void> writer_;
  // What was looked up on disk since the last Write: keys without a row, of which there are a few
  // that are asked for with most events, and the first bytes of all keys.
  mutable std::unordered_set<std::string, domain::KeyHash, std::equal_to<>> missing_;
  mutable std::set<char> looked_up_;
};

}  // namespace latchkey::projections
