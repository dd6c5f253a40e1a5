#include "projections/store.h"

#include <rocksdb/slice_transform.h>

#include <algorithm>
#include <utility>

#include "core/rocks/counts.h"

namespace latchkey::projections {
namespace {

// RocksDB ignores names that are not its own.
constexpr std::string_view kNewFiles = "new";

rocksdb::DBOptions Options(const rocks::Resources& resources) {
  rocksdb::DBOptions options = rocks::CommonOptions(resources);
  options.atomic_flush = true;
  // One writer at a time, so that rows in key order can be inserted next to the previous one.
  options.allow_concurrent_memtable_write = false;
  return options;
}

rocksdb::ColumnFamilyOptions FamilyOptions(const rocks::Resources& resources) {
  rocksdb::ColumnFamilyOptions options = rocks::CommonColumnOptions(resources);
  // Most rows that are read are either in the memtable or flushed long ago: the filter saves the
  // search.
  options.memtable_prefix_bloom_size_ratio = 0.02;
  options.memtable_whole_key_filtering = true;
  // A batch's rows are in key order and the first byte of a key is its table: each table remembers
  // where its last row was inserted.
  options.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewCappedPrefixTransform(1));
  // A bad write is found when it is read, and can be rebuilt.
  options.paranoid_file_checks = false;
  options.memtable_protection_bytes_per_key = 0;
  return options;
}

Result<std::vector<std::string>> Existing(const std::filesystem::path& directory,
                                          const rocksdb::DBOptions& options) {
  std::vector<std::string> names;
  if (!options.env->FileExists((directory / "CURRENT").string()).ok()) {
    return std::vector<std::string>{rocksdb::kDefaultColumnFamilyName};
  }
  const rocksdb::Status status =
      rocksdb::DB::ListColumnFamilies(options, directory.string(), &names);
  if (!status.ok()) return rocks::FromRocks(status, kWhat);
  return names;
}

// What a killed process has left there was never in the database.
Status DropNewFiles(const std::filesystem::path& directory) {
  std::error_code failed;
  std::filesystem::remove_all(directory / kNewFiles, failed);
  if (!failed) return {};
  return Refuse(ErrorCode::kIo, std::string(kWhat) + " cannot be emptied: " + failed.message());
}

}  // namespace

Status Store::Attach(const std::filesystem::path& directory, const rocksdb::DBOptions& options,
                     const Opener& open) {
  if (IsMarkedDamaged(directory)) {
    return Refuse(ErrorCode::kUnusable, std::string(kWhat) + " was found damaged");
  }
  const auto names = Existing(directory, options);
  if (!names) return names.error();
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const std::string& name : *names) descriptors.emplace_back(name, options_);
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = open(descriptors, &handles, &db);
  if (!status.ok()) return rocks::FromRocks(status, kWhat);
  db_.reset(db);
  for (std::size_t i = 0; i < handles.size(); ++i) {
    if ((*names)[i] == rocksdb::kDefaultColumnFamilyName) {
      positions_ = handles[i];
    } else {
      families_.emplace((*names)[i], handles[i]);
    }
  }
  return {};
}

Result<std::unique_ptr<Store>> Store::Open(const std::filesystem::path& directory,
                                           const rocks::Resources& resources,
                                           std::vector<std::string>* notes) {
  const rocksdb::DBOptions options = Options(resources);
  std::unique_ptr<Store> store(new Store);
  store->database_options_ = options;
  store->options_ = FamilyOptions(resources);
  for (bool again = false;; again = true) {
    const Status opened =
        store->Attach(directory, options, [&](const auto& families, auto* handles, auto* db) {
          return rocksdb::DB::Open(options, directory.string(), families, handles, db);
        });
    if (opened) {
      if (Status dropped = DropNewFiles(directory); !dropped) return dropped.error();
      return store;
    }
    if (again || opened.error().code != ErrorCode::kUnusable) return opened.error();
    notes->push_back(opened.error().detail + "; the projections are made anew");
    const rocksdb::Status gone =
        rocksdb::DestroyDB(directory.string(), rocksdb::Options(options, store->options_));
    if (!gone.ok()) return rocks::FromRocks(gone, kWhat);
    // Last: if this is interrupted, the next start does it again.
    if (Status removed = RemoveDamagedMark(directory); !removed) return removed.error();
  }
}

Result<std::unique_ptr<Store>> Store::OpenToRead(const std::filesystem::path& directory,
                                                 const rocks::Resources& resources) {
  const Result<bool> exists = rocks::Exists(directory, resources.env, kWhat);
  if (!exists) return exists.error();
  if (!*exists) return Refuse(ErrorCode::kUnusable, std::string(kWhat) + " is missing");
  const rocksdb::DBOptions options = Options(resources);
  std::unique_ptr<Store> store(new Store);
  store->options_ = FamilyOptions(resources);
  store->read_only_ = true;
  const Status opened =
      store->Attach(directory, options, [&](const auto& families, auto* handles, auto* db) {
        return rocksdb::DB::OpenForReadOnly(options, directory.string(), families, handles, db);
      });
  if (!opened) return opened.error();
  const rocksdb::Status whole = store->db_->VerifyChecksum();
  if (!whole.ok()) return rocks::FromRocks(whole, kWhat);
  return store;
}

Store::~Store() {
  if (db_ == nullptr) return;
  for (const auto& [name, handle] : families_) db_->DestroyColumnFamilyHandle(handle);
  db_->DestroyColumnFamilyHandle(positions_);
}

Result<std::vector<std::string>> Store::FamiliesIn(const std::filesystem::path& directory,
                                                   const rocks::Resources& resources) {
  return Existing(directory, Options(resources));
}

std::map<std::string, StoredPosition> Store::PositionsIn(const std::filesystem::path& directory,
                                                         const rocks::Resources& resources) {
  std::map<std::string, StoredPosition> positions;
  const rocksdb::DBOptions options = Options(resources);
  if (!options.env->FileExists((directory / "CURRENT").string()).ok()) return positions;
  // Opens only the family that holds the positions.
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status = rocksdb::DB::OpenForReadOnly(
      options, directory.string(), {{rocksdb::kDefaultColumnFamilyName, FamilyOptions(resources)}},
      &handles, &opened);
  if (!status.ok()) return positions;
  const std::unique_ptr<rocksdb::DB> db(opened);
  std::unique_ptr<rocksdb::Iterator> row(db->NewIterator(rocksdb::ReadOptions(), handles[0]));
  for (row->SeekToFirst(); row->Valid(); row->Next()) {
    if (auto position = DecodePosition(ToView(row->value()))) {
      positions.emplace(row->key().ToString(), *std::move(position));
    }
  }
  row.reset();
  db->DestroyColumnFamilyHandle(handles[0]);
  return positions;
}

std::vector<std::string> Store::Families() const {
  std::vector<std::string> names;
  for (const auto& [name, handle] : families_) names.push_back(name);
  return names;
}

StoredRows Store::At(const std::string& family) const {
  return {db_.get(), families_.at(family), read_only_};
}

Status Store::Renew(const std::string& family) {
  if (const Status dropped = Drop(family); !dropped) return dropped;
  rocksdb::ColumnFamilyHandle* handle = nullptr;
  const rocksdb::Status status = db_->CreateColumnFamily(options_, family, &handle);
  if (!status.ok()) return rocks::FromRocks(status, kWhat);
  families_.emplace(family, handle);
  return {};
}

// The position goes first, and to disk: rows without a position are ignored, but a position without
// its rows would be trusted.
Status Store::Drop(const std::string& family) {
  const auto found = families_.find(family);
  if (found == families_.end()) return {};
  rocksdb::WriteBatch batch;
  Must(batch.Delete(positions_, family), "dropping a position");
  Write(&batch);
  if (const Status flushed = Flush(); !flushed) return flushed;
  const rocksdb::Status status = db_->DropColumnFamily(found->second);
  if (!status.ok()) return rocks::FromRocks(status, kWhat);
  db_->DestroyColumnFamilyHandle(found->second);
  families_.erase(found);
  return {};
}

std::optional<StoredPosition> Store::Position(const std::string& family) const {
  const std::optional<std::string> bytes =
      StoredRows{db_.get(), positions_, read_only_}.Get(family);
  if (!bytes) return std::nullopt;
  return DecodePosition(*bytes);
}

void Store::PutPosition(const std::string& family, const StoredPosition& position,
                        rocksdb::WriteBatch* out) const {
  Must(out->Put(positions_, family, Encode(position)), "adding a position");
}

SortedTables Store::TablesOf(const std::string& family) const {
  return SortedTables({db_.get(), families_.at(family), positions_,
                       rocksdb::Options(database_options_, options_),
                       std::filesystem::path(db_->GetName()) / kNewFiles});
}

void Store::Write(rocksdb::WriteBatch* rows) const {
  rocks::CountNothing();
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  const rocksdb::Status status = db_->Write(options, rows);
  if (!status.ok()) Stop("writing", rocks::FromRocks(status, kWhat));
}

Status Store::Flush() const {
  std::vector<rocksdb::ColumnFamilyHandle*> all{positions_};
  for (const auto& [name, handle] : families_) all.push_back(handle);
  const rocksdb::Status status = db_->Flush(rocksdb::FlushOptions(), all);
  if (!status.ok()) return rocks::FromRocks(status, kWhat);
  return {};
}

void Store::Stop(std::string_view doing, const Error& error) const {
  if (error.code == ErrorCode::kUnusable) StopDamaged(db_->GetName(), doing, error.detail);
  projections::Stop(
      doing, error.detail + ". The ledger is not concerned: see to the disk and start again");
}

}  // namespace latchkey::projections
