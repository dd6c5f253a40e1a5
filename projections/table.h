// The rows of one projection: a column family, read and walked. What goes wrong here leaves a
// projection that cannot be trusted, and one that can be deleted: the process stops and says so.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/rocks/rocks.h"

namespace latchkey::projections {

inline rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// Numbers in keys and rows: big-endian, so that they sort. Widths are in bytes.
void PutNumber(std::uint64_t number, std::size_t width, std::string* out);
std::uint64_t GetNumber(std::string_view bytes);  // of all of them

// Stops the process unless `status` is good.
void Must(const rocksdb::Status& status, std::string_view doing);
[[noreturn]] void Stop(std::string_view doing, std::string_view why);

// Does not own what it points to. Thread-safe, as RocksDB is.
struct Table {
  rocksdb::DB* db = nullptr;
  rocksdb::ColumnFamilyHandle* family = nullptr;

  std::optional<std::string> Get(std::string_view key) const;
  // Over a snapshot; the caller seeks. Ask `Must(it->status(), …)` when it is no longer valid.
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
