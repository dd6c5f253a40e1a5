#include "api/auth/session_store.h"

#include <system_error>

#include <rocksdb/iterator.h>
#include <rocksdb/write_batch.h>

#include "api/http/limits.h"
#include "core/base/big_endian.h"
#include "core/crypto/files.h"
#include "core/crypto/hash.h"

namespace latchkey::api {
namespace {

constexpr std::string_view kSessionsOf = "the store of sessions";
constexpr std::string_view kBelongsKey = "b";
constexpr std::string_view kTimeKey = "t";
constexpr std::size_t kWrittenBytes = 8;
constexpr std::size_t kSessionBufferBytes = 1u << 20;

rocksdb::Slice SliceOf(std::string_view text) { return {text.data(), text.size()}; }
std::string RowKey(const SessionId& id) { return "s" + id; }
std::string LastUseKey(const SessionId& id) { return "u" + id; }

std::string TimeText(Time time) {
  std::string bytes;
  PutNumber(static_cast<std::uint64_t>(ToMicros(time)), kWrittenBytes, &bytes);
  return bytes;
}

Error Damaged() {
  return {ErrorCode::kUnusable, std::string(kSessionsOf) + " is damaged: a row is not one", {}};
}

// Null when there is no such row.
Result<std::optional<std::string>> Get(const rocks::Database& db, const std::string& key) {
  std::string bytes;
  const rocksdb::Status status = db->Get(rocksdb::ReadOptions(), db.family(0), key, &bytes);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return rocks::FromRocks(status, kSessionsOf);
  return std::optional(std::move(bytes));
}

}  // namespace

std::unique_ptr<SessionStore> SessionStore::Open(std::filesystem::path directory,
                                                 const rocks::Resources& resources,
                                                 std::string belongs_to, Found* found) {
  std::unique_ptr<SessionStore> store(
      new SessionStore(std::move(directory), resources, std::move(belongs_to)));
  Status opened = store->OpenDatabase().and_then([&] { return store->Read(found); });
  if (!opened && opened.error().code == ErrorCode::kUnusable) {
    *found = Found();
    found->discarded = true;
    opened = store->Discard();
  }
  if (!opened) {
    store->db_.reset();
    store->failed_ = true;
    found->sessions.clear();
  }
  return store;
}

Status SessionStore::Remove(const std::filesystem::path& directory) {
  std::error_code none;
  if (!std::filesystem::exists(directory, none)) return {};
  // Without it the rest is nothing, however much of it is left.
  if (Status destroyed = crypto::DestroyFile(directory / "CURRENT"); !destroyed) return destroyed;
  std::error_code failed;
  std::filesystem::remove_all(directory, failed);
  if (failed) return Error{ErrorCode::kIo, "removing " + std::string(kSessionsOf) + " failed", {}};
  return {};
}

Status SessionStore::OpenDatabase() {
  db_.reset();  // closed before it is opened again
  failed_ = true;
  rocksdb::DBOptions options = rocks::CommonOptions(resources_);
  // A torn end is damage, too: what it held may be the end of a session.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kAbsoluteConsistency;
  rocksdb::ColumnFamilyOptions rows = rocks::CommonColumnOptions(resources_);
  rows.write_buffer_size = kSessionBufferBytes;
  auto opened = rocks::Database::Open(directory_, options, {{"sessions", rows}},
                                      rocks::Mode::kReadWrite, kSessionsOf);
  if (!opened) return opened.error();
  db_ = *std::move(opened);
  failed_ = false;
  return {};
}

Status SessionStore::Read(Found* found) {
  const auto belongs_to = Get(*db_, std::string(kBelongsKey));
  if (!belongs_to) return belongs_to.error();
  if (*belongs_to != belongs_to_) return Write({.anew = true, .synced = true}, Time());
  const auto written = Get(*db_, std::string(kTimeKey));
  if (!written) return written.error();
  if (*written) {
    const auto us = static_cast<std::int64_t>(GetNumber(**written));
    if ((*written)->size() != kWrittenBytes || us < 0) return Damaged();
    found->written = FromMicros(us);
  }
  const std::unique_ptr<rocksdb::Iterator> row(
      (*db_)->NewIterator(rocksdb::ReadOptions(), db_->family(0)));
  for (row->Seek("s"); row->Valid() && row->key().starts_with("s"); row->Next()) {
    const SessionId id = row->key().ToString().substr(1);
    const auto use = Get(*db_, LastUseKey(id));
    if (!use) return use.error();
    auto session = DecodeSession(row->value().ToStringView(), use->value_or(""));
    if (!session || id.size() != crypto::kSha256Bytes ||
        found->sessions.size() == limits::kMaxSessions) {
      return Damaged();
    }
    found->sessions.emplace_back(id, *std::move(session));
  }
  if (!row->status().ok()) return rocks::FromRocks(row->status(), kSessionsOf);
  return {};
}

Status SessionStore::Discard() {
  db_.reset();
  return Remove(directory_).and_then([&] { return OpenDatabase(); }).and_then([&] {
    return Write({.anew = true, .synced = true}, Time());
  });
}

Status SessionStore::Reopen() {
  const Status opened = OpenDatabase();
  if (opened || opened.error().code != ErrorCode::kUnusable) return opened;
  return Discard();
}

Status SessionStore::Write(const SessionChanges& changes, Time now) {
  if (db_ == nullptr || failed_) {
    return Error{ErrorCode::kIo, std::string(kSessionsOf) + " has failed before", {}};
  }
  const rocksdb::WriteOptions synced = rocks::SyncedWrite();
  rocksdb::WriteBatch batch(0, 0, synced.protection_bytes_per_key, 0);
  rocksdb::ColumnFamilyHandle* const rows = db_->family(0);
  // What is wrong with one of these, the write reports.
  if (changes.anew) {
    batch.DeleteRange(rows, "s", "t").PermitUncheckedError();
    batch.DeleteRange(rows, "u", "v").PermitUncheckedError();
    batch.Put(rows, SliceOf(kBelongsKey), belongs_to_).PermitUncheckedError();
  }
  for (const auto& [id, session] : changes.begun) {
    batch.Put(rows, RowKey(id), EncodeSession(session)).PermitUncheckedError();
    batch.Put(rows, LastUseKey(id), EncodeUse(session.use)).PermitUncheckedError();
  }
  for (const auto& [id, use] : changes.used) {
    batch.Put(rows, LastUseKey(id), EncodeUse(use)).PermitUncheckedError();
  }
  for (const SessionId& id : changes.ended) {
    batch.Delete(rows, RowKey(id)).PermitUncheckedError();
    batch.Delete(rows, LastUseKey(id)).PermitUncheckedError();
  }
  batch.Put(rows, SliceOf(kTimeKey), TimeText(now)).PermitUncheckedError();
  rocksdb::WriteOptions options = synced;
  options.sync = changes.synced;
  const rocksdb::Status status = (*db_)->Write(options, &batch);
  if (status.ok()) return {};
  failed_ = true;
  Error error = rocks::FromRocks(status, kSessionsOf);
  error.code = ErrorCode::kIo;
  return error;
}

}  // namespace latchkey::api
