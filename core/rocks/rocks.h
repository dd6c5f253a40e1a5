// What all RocksDB databases of one process share, and the settings that DESIGN §5 gives reasons for.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include "core/base/error.h"

namespace latchkey::rocks {

// One block cache and one write buffer manager for all databases, so that memory has one bound.
struct Resources {
  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<rocksdb::WriteBufferManager> write_buffers;
  rocksdb::Env* env;  // not owned; tests put a faulty file system here

  static Resources Create(std::size_t cache_bytes = 160u << 20,
                          std::size_t write_buffer_bytes = 128u << 20,
                          rocksdb::Env* env = rocksdb::Env::Default());
};

// Common to all databases: paranoid checks, checksums, the shared cache, bounded open files, no
// automatic resume after an error.
rocksdb::DBOptions CommonOptions(const Resources& resources);
// Point lookups through bloom filters; index and filter blocks partitioned and in the shared cache.
rocksdb::ColumnFamilyOptions CommonColumnOptions(const Resources& resources);

// kInUse for a lock held by another process, kUnusable for corruption, kIo otherwise. The detail names
// `what` ("the ledger") and no path.
Error FromRocks(const rocksdb::Status& status, std::string_view what);

}  // namespace latchkey::rocks
