#include "core/subjects/subjects.h"

#include <atomic>
#include <list>
#include <mutex>
#include <shared_mutex>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>

#include <rocksdb/iterator.h>
#include <rocksdb/write_batch.h>

#include "core/base/big_endian.h"
#include "core/base/check.h"
#include "core/crypto/aead.h"
#include "core/crypto/hash.h"
#include "core/crypto/secret.h"

namespace latchkey {
namespace {

constexpr std::string_view kWhat = "the store of sealing keys";
constexpr std::string_view kLabel = "latchkey/personal/v1";
constexpr std::size_t kSubjectBytes = 16;
// Rows that are not sealing keys have names shorter than a subject.
constexpr std::string_view kPepper = "pepper";
constexpr std::string_view kLedger = "ledger";  // the id of the ledger that the keys belong to
constexpr std::string_view kMade = "made";      // how many keys were made, the pepper included
constexpr std::size_t kMadeBytes = 8;
constexpr std::size_t kPseudonymBytes = 16;
// Keys in memory, those of active accounts and operators: some 300 bytes each.
constexpr std::size_t kCachedKeys = 16'384;
constexpr std::size_t kWriteBufferBytes = 4u << 20;

// A key in use stays intact when it is evicted from the cache; the last owner wipes it.
using SharedKey = std::shared_ptr<const crypto::Secret>;

// The most recently used keys. Thread-safe.
class KeyCache {
 public:
  SharedKey Find(std::string_view subject) {
    const std::lock_guard lock(mutex_);
    const auto found = by_subject_.find(subject);
    if (found == by_subject_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->key;
  }

  void Insert(std::string_view subject, SharedKey key) {
    const std::lock_guard lock(mutex_);
    if (by_subject_.contains(subject)) return;
    if (entries_.size() == kCachedKeys) {
      by_subject_.erase(entries_.back().subject);
      entries_.pop_back();
    }
    entries_.push_front({std::string(subject), std::move(key)});
    by_subject_.emplace(entries_.front().subject, entries_.begin());
  }

 private:
  struct Entry {
    std::string subject;
    SharedKey key;
  };
  std::mutex mutex_;
  std::list<Entry> entries_;  // the last used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_subject_;
};

std::string Associated(std::string_view subject) {
  std::string bytes;
  bytes.reserve(kLabel.size() + subject.size());
  return bytes.append(kLabel).append(subject);
}

}  // namespace

struct Subjects::Impl {
  Impl(std::filesystem::path where, const rocks::Resources& with, bool reading)
      : directory(std::move(where)), resources(with), read_only(reading) {}

  // Opens the database. Nobody else uses it.
  Status Open();
  Result<std::uint64_t> CountMade() const;
  Result<std::optional<std::string>> Get(std::string_view name) const;  // under `reopening`

  // The key of `subject`; null when there is none.
  Result<SharedKey> Find(std::string_view subject) const;
  Result<SharedKey> Make(std::string_view subject, Random& random);
  Result<SharedKey> FindOrMake(std::string_view subject, Random& random);

  const std::filesystem::path directory;
  const rocks::Resources resources;
  const bool read_only;
  mutable std::shared_mutex reopening;  // held while using the database
  std::unique_ptr<rocks::Database> db;  // null: reopening failed
  mutable KeyCache cache;
  std::mutex making;  // one thread makes keys at a time, so that a subject never has two
  std::atomic<std::uint64_t> made{0};
  std::atomic<bool> failed{false};
};

Status Subjects::Impl::Open() {
  db.reset();  // closed before it is opened again: a directory can be open only once
  failed = true;
  rocksdb::ColumnFamilyOptions keys = rocks::CommonColumnOptions(resources);
  keys.compression = rocksdb::kNoCompression;  // random bytes
  keys.write_buffer_size = kWriteBufferBytes;
  auto opened =
      rocks::Database::Open(directory, rocks::CommonOptions(resources), {{"keys", keys}},
                            read_only ? rocks::Mode::kReadOnly : rocks::Mode::kReadWrite, kWhat);
  if (!opened) return opened.error();
  db = *std::move(opened);
  const Result<std::uint64_t> counted = CountMade();
  if (!counted) return counted.error();
  made = *counted;
  failed = false;
  return {};
}

// A store from before keys were counted has erased none: its keys are counted once.
Result<std::uint64_t> Subjects::Impl::CountMade() const {
  const Result<std::optional<std::string>> stored = Get(kMade);
  if (!stored) return stored.error();
  if (*stored) return GetNumber(**stored);
  std::uint64_t count = 0;
  const std::unique_ptr<rocksdb::Iterator> row(
      (*db)->NewIterator(rocksdb::ReadOptions(), db->family(0)));
  for (row->SeekToFirst(); row->Valid(); row->Next()) {
    if (row->key().size() == kSubjectBytes || row->key() == rocksdb::Slice(kPepper)) ++count;
  }
  if (!row->status().ok()) return rocks::FromRocks(row->status(), kWhat);
  return count;
}

Result<std::optional<std::string>> Subjects::Impl::Get(std::string_view name) const {
  if (db == nullptr) return Refuse(ErrorCode::kIo, std::string(kWhat) + " cannot be read");
  std::string value;
  const rocksdb::Status status =
      (*db)->Get(rocksdb::ReadOptions(), db->family(0), rocksdb::Slice(name), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return rocks::FromRocks(status, kWhat);
  return std::optional(std::move(value));
}

Result<SharedKey> Subjects::Impl::Find(std::string_view subject) const {
  if (SharedKey key = cache.Find(subject)) return key;
  Result<std::optional<std::string>> bytes = [&] {
    const std::shared_lock lock(reopening);
    return Get(subject);
  }();
  if (!bytes) return bytes.error();
  if (!*bytes) return SharedKey();
  if ((*bytes)->size() != crypto::kAeadKeyBytes) {
    return Refuse(ErrorCode::kUnusable, std::string(kWhat) + " is damaged: a key is malformed");
  }
  auto key = std::make_shared<const crypto::Secret>(std::move(**bytes));
  cache.Insert(subject, key);
  return key;
}

Result<SharedKey> Subjects::Impl::Make(std::string_view subject, Random& random) {
  if (read_only) return Refuse(ErrorCode::kReadOnly, std::string(kWhat) + " is open for reading");
  const std::lock_guard lock(making);
  Result<SharedKey> key = Find(subject);  // another thread may have been first
  if (!key || *key) return key;
  const std::shared_lock open(reopening);
  if (failed) return Refuse(ErrorCode::kIo, std::string(kWhat) + " has refused a key before");
  auto fresh = std::make_shared<const crypto::Secret>(random.Bytes(crypto::kAeadKeyBytes));
  std::string count;
  PutNumber(made + 1, kMadeBytes, &count);
  const rocksdb::WriteOptions options = rocks::SyncedWrite();
  rocksdb::WriteBatch batch(0, 0, options.protection_bytes_per_key, 0);
  batch.Put(db->family(0), rocksdb::Slice(subject), rocksdb::Slice(fresh->view()))
      .PermitUncheckedError();  // the write reports it
  batch.Put(db->family(0), rocksdb::Slice(kMade), count).PermitUncheckedError();
  // Used only once it is durable: data sealed under a lost key is lost.
  if (const rocksdb::Status status = (*db)->Write(options, &batch); !status.ok()) {
    failed = true;
    Error error = rocks::FromRocks(status, kWhat);
    error.code = ErrorCode::kIo;
    return error;
  }
  ++made;
  cache.Insert(subject, fresh);
  return fresh;
}

Result<SharedKey> Subjects::Impl::FindOrMake(std::string_view subject, Random& random) {
  Result<SharedKey> key = Find(subject);
  return key && !*key ? Make(subject, random) : std::move(key);
}

Result<std::unique_ptr<Subjects>> Subjects::Open(const std::filesystem::path& directory,
                                                 const rocks::Resources& resources, Access access) {
  const Result<bool> exists = rocks::Exists(directory, resources.env, kWhat);
  if (!exists) return exists.error();
  if (!*exists && access != Access::kMake) {
    return Refuse(ErrorCode::kUnusable, std::string(kWhat) + " is missing");
  }
  const bool read_only = access == Access::kRead;
  if (!read_only) {
    std::error_code failed;
    std::filesystem::create_directories(directory, failed);
    // The keys are as secret as the data they seal.
    if (!failed) {
      std::filesystem::permissions(directory, std::filesystem::perms::owner_all, failed);
    }
    if (failed) {
      return Refuse(ErrorCode::kIo, "the directory of sealing keys cannot be made private");
    }
  }
  auto impl = std::make_unique<Impl>(directory, resources, read_only);
  if (Status opened = impl->Open(); !opened) return opened.error();
  return std::unique_ptr<Subjects>(new Subjects(std::move(impl)));
}

Subjects::Subjects(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Subjects::~Subjects() = default;

Status Subjects::Bind(std::string_view ledger_id) {
  const std::shared_lock lock(impl_->reopening);
  rocks::Database& db = *impl_->db;
  const rocksdb::Status status = db->Put(rocks::SyncedWrite(), db.family(0),
                                         rocksdb::Slice(kLedger), rocksdb::Slice(ledger_id));
  if (!status.ok()) return rocks::FromRocks(status, kWhat);
  return {};
}

Result<std::optional<std::string>> Subjects::BoundTo() const {
  const std::shared_lock lock(impl_->reopening);
  return impl_->Get(kLedger);
}

Result<bool> Subjects::Has(std::string_view subject) const {
  const Result<SharedKey> key = impl_->Find(subject);
  if (!key) return key.error();
  return *key != nullptr;
}

Status Subjects::Visit(
    const std::function<void(std::string_view name, std::string_view value)>& visit) const {
  const std::shared_lock lock(impl_->reopening);
  const rocks::Database& db = *impl_->db;
  const std::unique_ptr<rocksdb::Iterator> row(
      db->NewIterator(rocksdb::ReadOptions(), db.family(0)));
  for (row->SeekToFirst(); row->Valid(); row->Next()) {
    visit(row->key().ToStringView(), row->value().ToStringView());
  }
  if (!row->status().ok()) return rocks::FromRocks(row->status(), kWhat);
  return {};
}

Status Subjects::Put(std::span<const Row> rows) {
  const std::shared_lock lock(impl_->reopening);
  const rocks::Database& db = *impl_->db;
  const rocksdb::WriteOptions options = rocks::SyncedWrite();
  rocksdb::WriteBatch batch(0, 0, options.protection_bytes_per_key, 0);
  for (const Row& row : rows) {
    batch.Put(db.family(0), rocksdb::Slice(row.name), rocksdb::Slice(row.value.view()))
        .PermitUncheckedError();  // the write reports it
  }
  const rocksdb::Status written = db->Write(options, &batch);
  if (!written.ok()) return rocks::FromRocks(written, kWhat);
  const Result<std::uint64_t> counted = impl_->CountMade();
  if (!counted) return counted.error();
  impl_->made = *counted;
  return {};
}

std::uint64_t Subjects::made() const { return impl_->made; }
bool Subjects::failed() const { return impl_->failed; }

Status Subjects::Reopen() {
  const std::unique_lock lock(impl_->reopening);
  return impl_->Open();
}

Result<events::Sealed> Subjects::Seal(std::string_view subject, const events::Personal& personal,
                                      Random& random) {
  Check(subject.size() == kSubjectBytes, "a subject has 16 bytes");
  const Result<SharedKey> key = impl_->FindOrMake(subject, random);
  if (!key) return key.error();
  events::Sealed sealed;
  sealed.set_subject(subject.data(), subject.size());
  sealed.set_nonce(random.Bytes(crypto::kAeadNonceBytes));
  sealed.set_box(crypto::AeadSeal((*key)->view(), sealed.nonce(), Associated(subject),
                                  personal.SerializeAsString()));
  return sealed;
}

Result<std::string> Subjects::Pseudonym(std::string_view text, Random& random) {
  const Result<SharedKey> pepper = impl_->FindOrMake(kPepper, random);
  if (!pepper) return pepper.error();
  std::string pseudonym = crypto::HmacSha256((*pepper)->view(), text);
  pseudonym.resize(kPseudonymBytes);
  return pseudonym;
}

std::optional<events::Personal> Subjects::Open(const events::Sealed& sealed) const {
  if (sealed.subject().size() != kSubjectBytes ||
      sealed.nonce().size() != crypto::kAeadNonceBytes) {
    return std::nullopt;
  }
  const Result<SharedKey> key = impl_->Find(sealed.subject());
  if (!key || !*key) return std::nullopt;
  const std::optional<std::string> plain =
      crypto::AeadOpen((*key)->view(), sealed.nonce(), Associated(sealed.subject()), sealed.box());
  events::Personal personal;
  if (!plain || !personal.ParseFromString(*plain)) return std::nullopt;
  return personal;
}

}  // namespace latchkey
