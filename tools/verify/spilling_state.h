// A domain state that may be larger than memory: rows in a hash map, and in a temporary RocksDB
// once there are too many.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/domain/state.h"

namespace rocksdb {
class DB;
}

namespace latchkey::tools {

// One thread.
class SpillingState final : public domain::StateReader {
 public:
  // Beyond `max_rows` creates a directory in `scratch` that only its owner can enter, because rows
  // hold names, and removes it at the end.
  SpillingState(std::filesystem::path scratch, std::size_t max_rows);
  ~SpillingState() override;
  SpillingState(const SpillingState&) = delete;
  SpillingState& operator=(const SpillingState&) = delete;

  // Stops the process when the scratch database cannot be read.
  std::optional<std::string> Get(std::string_view key) const override;
  // kIo when rows cannot be written to disk. A kept state goes there with Keep alone.
  Status Write(std::vector<domain::Change> changes);

  // Keeps the rows in `directory`, which is made if it is missing; those that were kept there are
  // rows from now on. Before anything else. kIo.
  Status KeepIn(const std::filesystem::path& directory);
  bool kept() const { return kept_; }
  bool full() const { return rows_.size() > max_rows_; }
  // All rows, and `mark` among them, to disk in one step. kIo.
  Status Keep(domain::Change mark);
  Status Clear();  // begins again without a row; kIo

 private:
  Status MakeOwnDirectory();
  Status OpenIn(const std::filesystem::path& directory);
  Status Spill();

  const std::filesystem::path scratch_;
  const std::size_t max_rows_;
  bool kept_ = false;
  domain::Rows rows_;          // newer than the database
  std::filesystem::path own_;  // made in `scratch_`
  std::unique_ptr<rocksdb::DB> database_;
};

}  // namespace latchkey::tools
