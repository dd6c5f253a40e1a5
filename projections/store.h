// The RocksDB of all projections: column families by name, and the position of each.
//
// Nothing is synced and there is no write-ahead log. Column families are flushed together (atomic
// flush), so that a crash leaves the state after some write, with rows and positions consistent.
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
#include "projections/sorted_tables.h"
#include "projections/stored_rows.h"

namespace latchkey::projections {

// Thread-safe except Open, Renew and Drop.
class Store {
 public:
  // Opens or makes the database. A database that is damaged, or was found damaged before
  // (StopDamaged), is replaced by an empty one, and `*notes` says so: it holds nothing that the
  // ledger does not. Refuses with kInUse, kIo.
  static Result<std::unique_ptr<Store>> Open(const std::filesystem::path& directory,
                                             const rocks::Resources& resources,
                                             std::vector<std::string>* notes);
  // Opens it only to read, and reads all of it once. Changes nothing. Refuses with kUnusable when
  // it is missing, damaged or was found damaged before, and with kIo. The caller keeps writers out.
  static Result<std::unique_ptr<Store>> OpenToRead(const std::filesystem::path& directory,
                                                   const rocks::Resources& resources);
  // The column families of the stored database, also while another process writes it; none when
  // there is no database.
  static Result<std::vector<std::string>> FamiliesIn(const std::filesystem::path& directory,
                                                     const rocks::Resources& resources);
  // The position of each column family, read without changing or checking anything else, as
  // evidence for the start. Empty when there is no database or it cannot be read.
  static std::map<std::string, StoredPosition> PositionsIn(const std::filesystem::path& directory,
                                                           const rocks::Resources& resources);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  std::vector<std::string> Families() const;  // but for RocksDB's own "default"
  bool Has(const std::string& family) const { return families_.contains(family); }
  StoredRows At(const std::string& family) const;

  Status Renew(const std::string& family);  // an empty one, replacing an existing one
  Status Drop(const std::string& family);   // including its position

  std::optional<StoredPosition> Position(const std::string& family) const;
  void PutPosition(const std::string& family, const StoredPosition& position,
                   rocksdb::WriteBatch* out) const;

  // Adds whole tables to a family, with its position.
  SortedTables TablesOf(const std::string& family) const;

  // Stops the process when it cannot.
  void Write(rocksdb::WriteBatch* rows) const;
  // Refuses with kIo when the disk does, with kUnusable when it meets damage.
  Status Flush() const;
  // Stops the process after a failed write or flush; as StopDamaged does if the cause was damage.
  [[noreturn]] void Stop(std::string_view doing, const Error& error) const;

 private:
  Store() = default;
  using Opener = std::function<rocksdb::Status(
      const std::vector<rocksdb::ColumnFamilyDescriptor>& families,
      std::vector<rocksdb::ColumnFamilyHandle*>* handles, rocksdb::DB** db)>;
  Status Attach(const std::filesystem::path& directory, const rocksdb::DBOptions& options,
                const Opener& open);

  rocksdb::DBOptions database_options_;
  rocksdb::ColumnFamilyOptions options_;
  bool read_only_ = false;
  std::unique_ptr<rocksdb::DB> db_;
  std::map<std::string, rocksdb::ColumnFamilyHandle*> families_;
  rocksdb::ColumnFamilyHandle* positions_ = nullptr;
};

}  // namespace latchkey::projections
