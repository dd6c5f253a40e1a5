#include "api/webhooks/progress.h"

#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <rocksdb/iterator.h>
#include <rocksdb/write_batch.h>

#include "api/http/limits.h"
#include "core/base/big_endian.h"

namespace latchkey::api {
namespace {

constexpr std::string_view kProgressOf = "the store of webhooks' progress";
constexpr std::size_t kWriteBufferBytes = 1u << 20;
constexpr std::size_t kNumberBytes = 8;

std::string ProgressKey(std::uint64_t webhook) {
  std::string key = "p";
  PutNumber(webhook, kNumberBytes, &key);
  return key;
}

std::string RefusedPrefix(std::uint64_t webhook) {
  std::string key = "f";
  PutNumber(webhook, kNumberBytes, &key);
  return key;
}

std::string RefusedKey(std::uint64_t webhook, std::uint64_t sequence) {
  std::string key = RefusedPrefix(webhook);
  PutNumber(~sequence, kNumberBytes, &key);
  return key;
}

rocksdb::WriteBatch NewBatch() {
  return rocksdb::WriteBatch(0, 0, rocks::SyncedWrite().protection_bytes_per_key, 0);
}

// Calls `visit` with each key and row of the webhook's refused events, newest first, until it
// returns false.
template <typename Visit>
void WalkRefused(const rocks::Database& db, std::uint64_t webhook, Visit visit) {
  const std::string prefix = RefusedPrefix(webhook);
  const std::unique_ptr<rocksdb::Iterator> row(
      db->NewIterator(rocksdb::ReadOptions(), db.family(0)));
  for (row->Seek(prefix); row->Valid() && row->key().starts_with(prefix); row->Next()) {
    if (!visit(row->key(), row->value())) break;
  }
  row->status().PermitUncheckedError();  // what cannot be read is not shown
}

}  // namespace

Result<std::unique_ptr<ProgressStore>> ProgressStore::Open(const std::filesystem::path& directory,
                                                           const rocks::Resources& resources) {
  auto store = std::unique_ptr<ProgressStore>(new ProgressStore(directory, resources));
  Status opened = store->OpenDatabase();
  if (!opened && opened.error().code == ErrorCode::kUnusable) {
    std::error_code failed;
    std::filesystem::remove_all(directory, failed);
    opened = store->OpenDatabase();
    store->discarded_ = true;
  }
  if (!opened) return opened.error();
  return store;
}

Status ProgressStore::OpenDatabase() {
  db_.reset();  // closed before it is opened again
  failed_ = true;
  rocksdb::ColumnFamilyOptions rows = rocks::CommonColumnOptions(resources_);
  rows.write_buffer_size = kWriteBufferBytes;
  auto opened = rocks::Database::Open(directory_, rocks::CommonOptions(resources_),
                                      {{"webhooks", rows}}, rocks::Mode::kReadWrite, kProgressOf);
  if (!opened) return opened.error();
  db_ = *std::move(opened);
  failed_ = false;
  return {};
}

Status ProgressStore::Reopen() {
  const std::unique_lock lock(reopening_);
  return OpenDatabase();
}

std::optional<WebhookProgress> ProgressStore::Get(std::uint64_t webhook) const {
  const std::shared_lock lock(reopening_);
  if (db_ == nullptr) return std::nullopt;
  std::string bytes;
  WebhookProgress progress;
  const rocksdb::Status status =
      (*db_)->Get(rocksdb::ReadOptions(), db_->family(0), ProgressKey(webhook), &bytes);
  if (!status.ok() || !progress.ParseFromString(bytes)) return std::nullopt;
  return progress;
}

Status ProgressStore::Write(rocksdb::WriteBatch* batch, bool synced) {
  if (db_ == nullptr || failed_) {
    return Refuse(ErrorCode::kIo, std::string(kProgressOf) + " has failed before");
  }
  rocksdb::WriteOptions options = rocks::SyncedWrite();
  options.sync = synced;
  const rocksdb::Status status = (*db_)->Write(options, batch);
  if (status.ok()) return {};
  failed_ = true;
  Error error = rocks::FromRocks(status, kProgressOf);
  error.code = ErrorCode::kIo;
  return error;
}

// All but the newest, so that one more finds room.
void ProgressStore::Prune(std::uint64_t webhook, rocksdb::WriteBatch* batch) const {
  std::size_t kept = 0;
  WalkRefused(*db_, webhook, [&](rocksdb::Slice key, rocksdb::Slice) {
    if (++kept >= limits::kRefusedKept) {
      batch->Delete(db_->family(0), key).PermitUncheckedError();  // the write reports it
    }
    return true;
  });
}

Status ProgressStore::Put(std::uint64_t webhook, const WebhookProgress& progress, bool synced,
                          const WebhookAttempt* refused) {
  const std::shared_lock lock(reopening_);
  if (db_ == nullptr) return Write(nullptr, synced);
  rocksdb::WriteBatch batch = NewBatch();
  batch.Put(db_->family(0), ProgressKey(webhook), progress.SerializeAsString())
      .PermitUncheckedError();
  if (refused != nullptr) {
    Prune(webhook, &batch);
    batch
        .Put(db_->family(0), RefusedKey(webhook, refused->sequence()), refused->SerializeAsString())
        .PermitUncheckedError();
  }
  return Write(&batch, synced);
}

std::vector<WebhookAttempt> ProgressStore::Refused(std::uint64_t webhook) const {
  std::vector<WebhookAttempt> refused;
  const std::shared_lock lock(reopening_);
  if (db_ == nullptr) return refused;
  WalkRefused(*db_, webhook, [&](rocksdb::Slice, rocksdb::Slice value) {
    WebhookAttempt attempt;
    if (attempt.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
      refused.push_back(std::move(attempt));
    }
    return refused.size() < limits::kRefusedKept;
  });
  return refused;
}

Status ProgressStore::ForgetRefused(std::uint64_t webhook, std::uint64_t sequence) {
  const std::shared_lock lock(reopening_);
  if (db_ == nullptr) return Write(nullptr, true);
  rocksdb::WriteBatch batch = NewBatch();
  batch.DeleteRange(db_->family(0), RefusedPrefix(webhook), RefusedKey(webhook, sequence))
      .PermitUncheckedError();
  return Write(&batch, true);
}

Status ProgressStore::Forget(std::uint64_t webhook) {
  const std::shared_lock lock(reopening_);
  if (db_ == nullptr) return Write(nullptr, false);
  rocksdb::WriteBatch batch = NewBatch();
  batch.Delete(db_->family(0), ProgressKey(webhook)).PermitUncheckedError();
  batch.DeleteRange(db_->family(0), RefusedPrefix(webhook), RefusedPrefix(webhook + 1))
      .PermitUncheckedError();
  return Write(&batch, false);
}

}  // namespace latchkey::api
