// Table files that are written outside of the database and then added to it as they are: rows that
// come in large sorted runs then never pass through memtables, and are merged at most once.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/sst_file_writer.h>

#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "projections/sorted_rows.h"

namespace latchkey::projections {

// Adds runs of rows to one column family. From Begin until Finish RocksDB does not merge the
// family's tables by itself; a family that was not finished stays readable, and RocksDB merges it
// after the next opening. All return kIo when the disk refuses, kUnusable for damage. One thread.
class SortedTables {
 public:
  struct Place {
    rocksdb::DB* db;  // outlives this
    rocksdb::ColumnFamilyHandle* rows;
    rocksdb::ColumnFamilyHandle* positions;
    rocksdb::Options options;  // of both families
    // For files that are not added yet: made by Begin, and removed by the last Finish. On the disk
    // of the database.
    std::filesystem::path directory{};
  };

  explicit SortedTables(Place place) : place_(std::move(place)) {}

  Status Begin();
  // The changes of a run, by the first byte of their keys; each list is sorted.
  using Run = std::map<char, std::vector<RowChange>>;
  // Adds them and, under `name`, the position in one step, durably.
  Status Add(const Run& run, std::string_view name, std::string_view position);
  // Merges the tables whose keys begin with one of these bytes if they are of many runs: a look-up
  // asks each of them.
  Status MergeMany(const std::set<char>& firsts);
  // Merges what is left to merge.
  Status Finish();

 private:
  // Writes rows with `put` to a new file.
  rocksdb::Status WriteFile(const std::function<rocksdb::Status(rocksdb::SstFileWriter&)>& put,
                            rocksdb::IngestExternalFileArg* out);
  rocksdb::Status WriteRows(const Run& run, rocksdb::IngestExternalFileArg* out);
  Status Merge(char first) const;
  Status SetOwnMerging(bool on) const;

  const Place place_;
  std::uint64_t files_ = 0;           // written so far
  std::map<char, std::size_t> runs_;  // with keys that begin with this byte, since the last merge
};

}  // namespace latchkey::projections
