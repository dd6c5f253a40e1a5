// The rows of one projection: a column family, read and walked. After a failure here a projection
// cannot be trusted, but it can be rebuilt: the process stops and says so, and the next start
// rebuilds it.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/big_endian.h"
#include "core/rocks/rocks.h"

namespace latchkey::projections {

inline rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// Numbers in keys and rows.
using latchkey::GetNumber;
using latchkey::PutNumber;
inline constexpr std::size_t kTimeBytes = 8;  // of microseconds

// The name of their database in error messages.
inline constexpr std::string_view kWhat = "the projections directory";

// Ends the process with 5 unless `status` is good; for operations that fail only when memory does.
void Must(const rocksdb::Status& status, std::string_view doing);
[[noreturn]] void Stop(std::string_view doing, std::string_view why);
// Ends the process with 5 for damaged rows. First leaves a mark beside them, so that the next start
// rebuilds the projections.
[[noreturn]] void StopDamaged(const std::filesystem::path& directory, std::string_view doing,
                              std::string_view why);
// Whether there is such a mark.
bool IsMarkedDamaged(const std::filesystem::path& directory);
Status RemoveDamagedMark(const std::filesystem::path& directory);  // kIo

// Does not own what it points to. Thread-safe, as RocksDB is.
struct StoredRows {
  rocksdb::DB* db = nullptr;
  rocksdb::ColumnFamilyHandle* family = nullptr;
  bool read_only = false;  // if set, nothing is marked as damaged

  // Stops the process unless a read went well.
  void Must(const rocksdb::Status& status, std::string_view doing) const;
  [[noreturn]] void Stop(std::string_view doing, std::string_view why) const;
  std::optional<std::string> Get(std::string_view key) const;
  // Over a snapshot; the caller seeks. Ask `Must(it->status(), …)` of these rows when it is no
  // longer valid.
  std::unique_ptr<rocksdb::Iterator> Iterate() const;
  // Calls `visit` for each row from `from` on, in key order, until it returns false.
  template <typename Visit>
  void Walk(std::string_view from, Visit visit) const {
    const std::unique_ptr<rocksdb::Iterator> it = Iterate();
    for (it->Seek(ToSlice(from)); it->Valid(); it->Next()) {
      if (!visit(ToView(it->key()), ToView(it->value()))) return;
    }
    Must(it->status(), "reading");
  }
};

}  // namespace latchkey::projections
