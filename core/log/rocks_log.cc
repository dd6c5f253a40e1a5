#include "core/log/rocks_log.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <rocksdb/env.h>
#include <rocksdb/write_batch.h>

#include "core/log/layout.h"
#include "core/log/startup_check.h"
#include "core/rocks/counts.h"

namespace latchkey::log {
namespace {

// From here on a scan reads far ahead of itself, and does not push others out of the cache.
constexpr std::uint64_t kLongScan = 4'096;
constexpr std::size_t kReadAheadBytes = 1u << 20;
// A reader beside a writer can find files gone that it has just read the names of.
constexpr int kReaderAttempts = 5;
// Around each row of a WriteBatch: lengths, column family, checksum.
constexpr std::size_t kRowOverheadBytes = 32;

struct Opened {
  std::unique_ptr<rocks::Database> db;
  Tree tree;
};

Result<Opened> OpenChecked(const std::filesystem::path& directory,
                           const rocks::Resources& resources, rocks::Mode mode) {
  auto db = rocks::Database::Open(directory, LogOptions(resources, mode), Families(resources), mode,
                                  kWhat);
  if (!db) return tl::unexpected<Error>(db.error());
  Result<Tree> tree = CheckAtStart(**db);
  if (!tree) return tl::unexpected<Error>(tree.error());
  return Opened{*std::move(db), *std::move(tree)};
}

struct Unlock {
  rocksdb::Env* env;
  void operator()(rocksdb::FileLock* lock) const { env->UnlockFile(lock).PermitUncheckedError(); }
};
using Lock = std::unique_ptr<rocksdb::FileLock, Unlock>;

// The lock of a writer. Refuses with kInUse while another process, or another opening in this one,
// has it.
Result<Lock> TakeLock(const std::filesystem::path& directory, rocksdb::Env* env) {
  rocksdb::FileLock* lock = nullptr;
  const rocksdb::Status status = env->LockFile((directory / "LOCK").string(), &lock);
  if (!status.ok()) return tl::unexpected<Error>(rocks::FromRocks(status, kWhat));
  return Lock(lock, {env});
}

// A log whose making was cut short lacks column families, and holds nothing yet.
Result<bool> HasFamilies(const std::filesystem::path& directory,
                         const rocks::Resources& resources) {
  std::vector<std::string> names;
  const rocksdb::Status status = rocksdb::DB::ListColumnFamilies(
      LogOptions(resources, rocks::Mode::kReadOnly), directory.string(), &names);
  if (!status.ok()) return tl::unexpected<Error>(rocks::FromRocks(status, kWhat));
  return names.size() > Families(resources).size();
}

Result<Opened> OpenReader(const std::filesystem::path& directory,
                          const rocks::Resources& resources) {
  for (int attempt = 1;; ++attempt) {
    Result<Opened> opened = OpenChecked(directory, resources, rocks::Mode::kReadOnly);
    if (opened || attempt == kReaderAttempts) return opened;
  }
}

// First a look that changes nothing: replay into memory, and the check over it. Tables then hold
// exactly what was flushed before, and a log that is refused stays as it was found, with every
// file, and is refused again next time. Only then the opening that flushes the replayed tail to
// tables and drops the old write-ahead logs; its check is a short one, as no tail is left.
Result<Opened> OpenWriter(const std::filesystem::path& directory,
                          const rocks::Resources& resources) {
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  if (failed) return Refuse(ErrorCode::kIo, "the ledger's directory cannot be made");
  if (const auto lock = TakeLock(directory, resources.env); !lock) {
    return tl::unexpected<Error>(lock.error());
  }
  Result<bool> exists = rocks::Exists(directory, resources.env, kWhat);
  if (exists && *exists) exists = HasFamilies(directory, resources);
  if (!exists) return tl::unexpected<Error>(exists.error());
  std::optional<Tree> before;
  if (*exists) {
    Result<Opened> look = OpenChecked(directory, resources, rocks::Mode::kReadOnly);
    if (!look) return look;
    before = std::move(look->tree);
  }
  Result<Opened> opened = OpenChecked(directory, resources, rocks::Mode::kReadWrite);
  if (opened && before &&
      (opened->tree.size() != before->size() || opened->tree.Root() != before->Root())) {
    return Refuse(ErrorCode::kUnusable, "the ledger changed while it was opened");
  }
  return opened;
}

}  // namespace

struct RocksLog::Impl {
  Impl(Opened opened, bool can_write, Lock held)
      : lock(std::move(held)),
        db(std::move(opened.db)),
        writable(can_write),
        tree(std::move(opened.tree)),
        size(tree.size()),
        head{tree.size(), tree.Root()} {}

  const Lock lock;  // of a reader that is alone; a writer's is the database's
  std::unique_ptr<rocks::Database> db;
  const bool writable;
  // Of the appending thread alone.
  bool failed = false;
  Tree tree;
  // What readers see.
  std::atomic<std::uint64_t> size;
  mutable std::mutex mutex;  // guards head
  Head head;
};

Result<std::unique_ptr<RocksLog>> RocksLog::Open(const std::filesystem::path& directory,
                                                 const rocks::Resources& resources, Mode mode) {
  Lock lock(nullptr, {resources.env});
  // Without that file no writer has been here yet, and a reader makes none.
  if (mode == Mode::kReadAlone && resources.env->FileExists((directory / "LOCK").string()).ok()) {
    Result<Lock> taken = TakeLock(directory, resources.env);
    if (!taken) return tl::unexpected<Error>(taken.error());
    lock = *std::move(taken);
  }
  const bool write = mode == Mode::kReadWrite;
  Result<Opened> opened =
      write ? OpenWriter(directory, resources) : OpenReader(directory, resources);
  if (!opened) return tl::unexpected<Error>(opened.error());
  return std::unique_ptr<RocksLog>(
      new RocksLog(std::make_unique<Impl>(*std::move(opened), write, std::move(lock))));
}

RocksLog::RocksLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RocksLog::~RocksLog() = default;

AppendOutcome RocksLog::Append(std::uint64_t expected_size, std::span<const std::string> entries) {
  RequireAppendable(entries);
  if (impl_->failed) return AppendOutcome::kUnknown;
  if (!impl_->writable || expected_size != impl_->tree.size()) return AppendOutcome::kRefused;

  rocks::CountNothing();
  rocks::Database& db = *impl_->db;
  std::size_t bytes = 0;
  for (const std::string& entry : entries) bytes += entry.size() + kRowOverheadBytes;
  const rocksdb::WriteOptions options = rocks::SyncedWrite();
  rocksdb::WriteBatch batch(bytes, 0, options.protection_bytes_per_key, 0);
  Tree tree = impl_->tree;
  std::vector<FullTile> full;
  // Building the batch fails only together with the write, which reports it.
  for (const std::string& entry : entries) {
    batch.Put(db.family(kEntries), EntryKey(tree.size()), entry).PermitUncheckedError();
    if (tree.size() == 0) {
      batch.Put(db.family(kMeta), rocksdb::Slice(kFirstKey), entry).PermitUncheckedError();
    }
    tree.Add(LeafHash(entry), &full);
  }
  for (const FullTile& tile : full) {
    batch.Put(db.family(kTiles), TileKey(tile.level, tile.index), tile.hashes)
        .PermitUncheckedError();
  }
  Head head{tree.size(), tree.Root()};
  batch.Put(db.family(kMeta), rocksdb::Slice(kHeadKey), EncodeHead(head)).PermitUncheckedError();

  if (!db->Write(options, &batch).ok()) {
    // What a failed write or sync left on disk cannot be known, and a second sync may say yes to
    // lost pages: nothing is tried again.
    impl_->failed = true;
    return AppendOutcome::kUnknown;
  }
  impl_->tree = std::move(tree);
  const std::lock_guard lock(impl_->mutex);
  impl_->head = std::move(head);
  impl_->size.store(impl_->head.size, std::memory_order_release);
  return AppendOutcome::kDurable;
}

Head RocksLog::head() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->head;
}

std::uint64_t RocksLog::size() const { return impl_->size.load(std::memory_order_acquire); }

Result<std::string> RocksLog::Read(std::uint64_t sequence) const {
  if (sequence >= size()) return BeyondEnd(sequence, size());
  return Get(*impl_->db, kEntries, EntryKey(sequence));
}

Status RocksLog::Scan(std::uint64_t from, std::uint64_t until,
                      const std::function<bool(std::uint64_t, std::string_view)>& visit) const {
  until = std::min(until, size());
  if (from >= until) return {};
  rocks::CountNothing();
  const rocks::Database& db = *impl_->db;
  const std::string end = EntryKey(until);
  const rocksdb::Slice bound(end);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &bound;
  if (until - from >= kLongScan) {
    options.readahead_size = kReadAheadBytes;
    options.fill_cache = false;
  }
  const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(options, db.family(kEntries)));
  std::uint64_t sequence = from;
  for (it->Seek(EntryKey(from)); it->Valid(); it->Next(), ++sequence) {
    if (ParseEntryKey(it->key().ToStringView()) != sequence) break;
    if (!visit(sequence, it->value().ToStringView())) return {};
  }
  if (!it->status().ok()) return tl::unexpected<Error>(rocks::FromRocks(it->status(), kWhat));
  if (sequence < until) {
    return Refuse(ErrorCode::kUnusable,
                  "the ledger is damaged: event " + std::to_string(sequence) + " is missing");
  }
  return {};
}

Result<std::string> RocksLog::Tile(std::uint32_t level, std::uint64_t index) const {
  if (!IsFullTile(size(), level, index)) return IncompleteTile(level, index);
  return Get(*impl_->db, kTiles, TileKey(level, index));
}

}  // namespace latchkey::log
