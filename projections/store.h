// The RocksDB of all projections: column families by name, and the position of each.
//
// Nothing is synced and there is no write-ahead log. Column families are flushed together (atomic
// flush), so that what a crash leaves is the state after some write, rows and positions alike.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/rocks/rocks.h"
#include "projections/position.h"
#include "projections/stored_rows.h"

namespace latchkey::projections {

// Thread-safe but for Open, Renew and Drop.
class Store {
 public:
  // Opens or makes the database. One that is damaged, or was found damaged before (StopDamaged), is
  // replaced by an empty one, and `*notes` says so: it holds nothing that the ledger does not.
  // Refuses with kInUse, kIo.
  static Result<std::unique_ptr<Store>> Open(const std::filesystem::path& directory,
                                             const rocks::Resources& resources,
                                             std::vector<std::string>* notes);
  // Opens it to read alone, and reads all of it once. Changes nothing. Refuses with kUnusable when
  // it is missing, damaged or was found so before, with kIo. The caller keeps writers out.
  static Result<std::unique_ptr<Store>> OpenToRead(const std::filesystem::path& directory,
                                                   const rocks::Resources& resources);
  // The families of a database as it lies there, also while another process writes it; none when
  // there is none.
  static Result<std::vector<std::string>> FamiliesIn(const std::filesystem::path& directory,
                                                     const rocks::Resources& resources);
  // Where each family of a database stands, read without changing or checking anything else: what a
  // start may not lose sight of. Empty when there is no database or it cannot be read.
  static std::map<std::string, StoredPosition> PositionsIn(const std::filesystem::path& directory,
                                                           const rocks::Resources& resources);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  std::vector<std::string> Families() const;  // but for RocksDB's own "default"
  bool Has(const std::string& family) const { return families_.contains(family); }
  StoredRows At(const std::string& family) const;

  Status Renew(const std::string& family);  // an empty one, in the place of one that may be there
  Status Drop(const std::string& family);   // with its position

  std::optional<StoredPosition> Position(const std::string& family) const;
  void PutPosition(const std::string& family, const StoredPosition& position,
                   rocksdb::WriteBatch* out) const;

  // Stops the process when it cannot.
  void Write(rocksdb::WriteBatch* rows) const;
  // Refuses with kIo when the disk does, with kUnusable when it meets damage.
  Status Flush() const;
  // Stops the process over a write or flush that failed, as StopDamaged does when it met damage.
  [[noreturn]] void Stop(std::string_view doing, const Error& error) const;

 private:
  Store() = default;
  using Opener = std::function<rocksdb::Status(
      const std::vector<rocksdb::ColumnFamilyDescriptor>& families,
      std::vector<rocksdb::ColumnFamilyHandle*>* handles, rocksdb::DB** db)>;
  Status Attach(const std::filesystem::path& directory, const rocksdb::DBOptions& options,
                const Opener& open);

  rocksdb::ColumnFamilyOptions options_;
  bool read_only_ = false;
  std::unique_ptr<rocksdb::DB> db_;
  std::map<std::string, rocksdb::ColumnFamilyHandle*> families_;
  rocksdb::ColumnFamilyHandle* positions_ = nullptr;
};

}  // namespace latchkey::projections
