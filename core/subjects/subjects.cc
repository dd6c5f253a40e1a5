#include "core/subjects/subjects.h"

#include <list>
#include <mutex>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "core/base/check.h"
#include "core/crypto/aead.h"
#include "core/crypto/hash.h"
#include "core/crypto/secret.h"

namespace latchkey {
namespace {

constexpr std::string_view kWhat = "the store of sealing keys";
constexpr std::string_view kLabel = "latchkey/personal/v1";
constexpr std::size_t kSubjectBytes = 16;
// The names of what is no sealing key are shorter than a subject.
constexpr std::string_view kPepper = "pepper";
constexpr std::string_view kLedger = "ledger";  // the id of the ledger whose keys these are
constexpr std::size_t kPseudonymBytes = 16;
// Keys in memory: those of the accounts and operators at work, some 300 bytes each.
constexpr std::size_t kCachedKeys = 16'384;
constexpr std::size_t kWriteBufferBytes = 4u << 20;

// A key in use stays whole when it falls out of the cache; the last to let go wipes it.
using SharedKey = std::shared_ptr<const crypto::Secret>;

// The keys last used. Thread-safe.
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
  std::unique_ptr<rocks::Database> db;
  bool read_only;
  mutable KeyCache cache;
  std::mutex making;  // one maker at a time, so that a subject never has two keys

  // The key of `subject`; null when there is none.
  Result<SharedKey> Find(std::string_view subject) const;
  Result<SharedKey> Make(std::string_view subject, Random& random);
  Result<SharedKey> FindOrMake(std::string_view subject, Random& random);
};

Result<SharedKey> Subjects::Impl::Find(std::string_view subject) const {
  if (SharedKey key = cache.Find(subject)) return key;
  std::string bytes;
  const rocksdb::Status status =
      (*db)->Get(rocksdb::ReadOptions(), db->family(0), rocksdb::Slice(subject), &bytes);
  if (status.IsNotFound()) return SharedKey();
  if (!status.ok()) return tl::unexpected<Error>(rocks::FromRocks(status, kWhat));
  if (bytes.size() != crypto::kAeadKeyBytes) {
    return Refuse(ErrorCode::kUnusable, std::string(kWhat) + " is damaged: a key is malformed");
  }
  auto key = std::make_shared<const crypto::Secret>(std::move(bytes));
  cache.Insert(subject, key);
  return key;
}

Result<SharedKey> Subjects::Impl::Make(std::string_view subject, Random& random) {
  if (read_only) return Refuse(ErrorCode::kReadOnly, std::string(kWhat) + " is open for reading");
  const std::lock_guard lock(making);
  Result<SharedKey> key = Find(subject);  // another thread may have been first
  if (!key || *key) return key;
  auto made = std::make_shared<const crypto::Secret>(random.Bytes(crypto::kAeadKeyBytes));
  // In use only after it is durable: what is sealed under a lost key is lost.
  const rocksdb::Status status = (*db)->Put(rocks::SyncedWrite(), db->family(0),
                                            rocksdb::Slice(subject), rocksdb::Slice(made->view()));
  if (!status.ok()) {
    Error error = rocks::FromRocks(status, kWhat);
    error.code = ErrorCode::kIo;
    return tl::unexpected<Error>(std::move(error));
  }
  cache.Insert(subject, made);
  return made;
}

Result<SharedKey> Subjects::Impl::FindOrMake(std::string_view subject, Random& random) {
  Result<SharedKey> key = Find(subject);
  return key && !*key ? Make(subject, random) : std::move(key);
}

Result<std::unique_ptr<Subjects>> Subjects::Open(const std::filesystem::path& directory,
                                                 const rocks::Resources& resources, Access access) {
  const Result<bool> exists = rocks::Exists(directory, resources.env, kWhat);
  if (!exists) return tl::unexpected<Error>(exists.error());
  if (!*exists && access != Access::kMake) {
    return Refuse(ErrorCode::kUnusable, std::string(kWhat) + " is missing");
  }
  const bool read_only = access == Access::kRead;
  if (!read_only) {
    std::error_code failed;
    std::filesystem::create_directories(directory, failed);
    // The keys are as secret as what they seal.
    if (!failed) {
      std::filesystem::permissions(directory, std::filesystem::perms::owner_all, failed);
    }
    if (failed) {
      return Refuse(ErrorCode::kIo, "the directory of sealing keys cannot be made private");
    }
  }
  rocksdb::ColumnFamilyOptions keys = rocks::CommonColumnOptions(resources);
  keys.compression = rocksdb::kNoCompression;  // random bytes
  keys.write_buffer_size = kWriteBufferBytes;
  auto db =
      rocks::Database::Open(directory, rocks::CommonOptions(resources), {{"keys", keys}},
                            read_only ? rocks::Mode::kReadOnly : rocks::Mode::kReadWrite, kWhat);
  if (!db) return tl::unexpected<Error>(db.error());
  auto impl = std::make_unique<Impl>();
  impl->db = *std::move(db);
  impl->read_only = read_only;
  return std::unique_ptr<Subjects>(new Subjects(std::move(impl)));
}

Subjects::Subjects(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Subjects::~Subjects() = default;

Status Subjects::Bind(std::string_view ledger_id) {
  rocks::Database& db = *impl_->db;
  const rocksdb::Status status = db->Put(rocks::SyncedWrite(), db.family(0),
                                         rocksdb::Slice(kLedger), rocksdb::Slice(ledger_id));
  if (!status.ok()) return tl::unexpected<Error>(rocks::FromRocks(status, kWhat));
  return {};
}

Result<std::optional<std::string>> Subjects::BoundTo() const {
  const rocks::Database& db = *impl_->db;
  std::string ledger_id;
  const rocksdb::Status status =
      db->Get(rocksdb::ReadOptions(), db.family(0), rocksdb::Slice(kLedger), &ledger_id);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return tl::unexpected<Error>(rocks::FromRocks(status, kWhat));
  return std::optional(std::move(ledger_id));
}

Result<events::Sealed> Subjects::Seal(std::string_view subject, const events::Personal& personal,
                                      Random& random) {
  Check(subject.size() == kSubjectBytes, "a subject has 16 bytes");
  const Result<SharedKey> key = impl_->FindOrMake(subject, random);
  if (!key) return tl::unexpected<Error>(key.error());
  events::Sealed sealed;
  sealed.set_subject(subject.data(), subject.size());
  sealed.set_nonce(random.Bytes(crypto::kAeadNonceBytes));
  sealed.set_box(crypto::AeadSeal((*key)->view(), sealed.nonce(), Associated(subject),
                                  personal.SerializeAsString()));
  return sealed;
}

Result<std::string> Subjects::Pseudonym(std::string_view text, Random& random) {
  const Result<SharedKey> pepper = impl_->FindOrMake(kPepper, random);
  if (!pepper) return tl::unexpected<Error>(pepper.error());
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
