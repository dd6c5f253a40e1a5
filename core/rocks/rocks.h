// Settings and resources shared by all RocksDB databases of the process; docs/design.md §5 has the
// reasons.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include "core/base/error.h"
#include "core/rocks/diary.h"

namespace latchkey::rocks {

// One block cache and one write buffer manager for all databases, so that memory has one bound.
// Write buffers are charged to the cache: `cache_bytes` bounds both together.
struct Resources {
  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<rocksdb::WriteBufferManager> write_buffers;
  rocksdb::Env* env;  // not owned; tests put a faulty file system here

  // The defaults leave two thirds of the 600 MB that a server with a million gateways may use for
  // everything else: connections, open tables, the slack of the allocator.
  static Resources Create(std::size_t cache_bytes = 192u << 20,
                          std::size_t write_buffer_bytes = 96u << 20,
                          rocksdb::Env* env = EnvWithCalmDiary());
};

// Common to all databases: paranoid checks, checksums, the shared cache, bounded open files, no
// automatic resume after an error.
rocksdb::DBOptions CommonOptions(const Resources& resources);
// Point lookups through bloom filters; index and filter blocks partitioned and in the shared cache.
rocksdb::ColumnFamilyOptions CommonColumnOptions(const Resources& resources);
// Options for a write that is on disk when it returns.
rocksdb::WriteOptions SyncedWrite();

// kInUse for a lock held by another process, kUnusable for corruption, kIo otherwise. The detail
// names `what` ("the ledger") and no path.
Error FromRocks(const rocksdb::Status& status, std::string_view what);

// Whether there is a database in `directory`. If a database has lost its CURRENT file, RocksDB
// would create a new one and delete the rest: that is kUnusable, with the detail of FromRocks.
Result<bool> Exists(const std::filesystem::path& directory, rocksdb::Env* env,
                    std::string_view what);

enum class Mode { kReadWrite, kReadOnly };

// An open database and its column families, closed together.
class Database {
 public:
  // kReadWrite creates what does not exist yet. `families` names every column family that the
  // database may have besides RocksDB's own "default". Refuses as FromRocks does.
  static Result<std::unique_ptr<Database>> Open(
      const std::filesystem::path& directory, const rocksdb::DBOptions& options,
      const std::vector<rocksdb::ColumnFamilyDescriptor>& families, Mode mode,
      std::string_view what);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  rocksdb::DB* operator->() const { return db_.get(); }
  // In the order of `families`. Owned by the database.
  rocksdb::ColumnFamilyHandle* family(std::size_t i) const { return handles_[i]; }

 private:
  Database(std::unique_ptr<rocksdb::DB> db, std::vector<rocksdb::ColumnFamilyHandle*> handles);
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;  // "default" comes last
};

}  // namespace latchkey::rocks
