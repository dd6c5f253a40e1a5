// A domain state that may be larger than memory: rows in a table, and once that is full, in the
// sorted tables of a temporary RocksDB. Only rows that are read by their keys are kept; those that
// are only scanned, no rule asks for.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rocksdb/options.h>

#include "core/base/error.h"
#include "core/domain/state.h"
#include "projections/sorted_tables.h"
#include "tools/verify/row_table.h"

namespace latchkey::tools {

// One thread.
class SpillingState final : public domain::StateReader {
 public:
  // Beyond `max_bytes` of memory creates a directory in `scratch` that only its owner can enter,
  // because rows hold names, and removes it at the end.
  SpillingState(std::filesystem::path scratch, std::size_t max_bytes);
  ~SpillingState() override;
  SpillingState(const SpillingState&) = delete;
  SpillingState& operator=(const SpillingState&) = delete;

  // Stops the process when the scratch database cannot be read, or the row is only scanned.
  std::optional<std::string> Get(std::string_view key) const override;
  // kIo when rows cannot be written to disk. A kept state goes there with Keep alone.
  Status Write(const std::vector<domain::Change>& changes);

  // Keeps the rows in `directory`, which is made if it is missing; those that were kept there are
  // rows from now on. Before anything else. kIo.
  Status KeepIn(const std::filesystem::path& directory);
  bool kept() const { return kept_; }
  bool full() const { return rows_.bytes() > max_bytes_; }
  // All rows to disk, and the mark with them in one step. kIo.
  Status Keep(std::string_view mark);
  std::string Mark() const;  // of the last Keep; empty without any
  Status Clear();            // begins again without a row and a mark; kIo

 private:
  Status MakeOwnDirectory();
  Status OpenIn(const std::filesystem::path& directory);
  std::optional<std::string> Stored(rocksdb::ColumnFamilyHandle* family,
                                    std::string_view key) const;
  Status Spill(std::string_view mark);

  const std::filesystem::path scratch_;
  const std::size_t max_bytes_;
  const std::string scanned_;  // first bytes of the keys of rows that are only scanned
  bool kept_ = false;
  mutable RowTable rows_;      // newer than the database, or read from it
  std::filesystem::path own_;  // made in `scratch_`
  std::unique_ptr<rocksdb::DB> database_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;  // of rows, and of the mark
  std::unique_ptr<projections::SortedTables> tables_;
};

}  // namespace latchkey::tools
