#include "core/log/rocks_log.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <rocksdb/env.h>
#include <rocksdb/listener.h>
#include <rocksdb/write_batch.h>

#include "core/log/layout.h"
#include "core/log/startup_check.h"
#include "core/log/writer_lock.h"
#include "core/rocks/counts.h"

namespace latchkey::log {
namespace {

// Scans of at least so many entries use read-ahead, and do not displace other blocks in the cache.
constexpr std::uint64_t kLongScan = 4'096;
// For a reader beside a writer, files can disappear between listing and opening them.
constexpr int kReaderAttempts = 5;
// Around each row of a WriteBatch: lengths, column family, checksum.
constexpr std::size_t kRowOverheadBytes = 32;

struct Opened {
  std::unique_ptr<rocks::Database> db;  // null: there is no database, and so no entry
  Tree tree;
  std::uint64_t epoch_start = 0;
};

// Reports when RocksDB switches to a new write-ahead log.
class LogSwitches final : public rocksdb::EventListener {
 public:
  void OnMemTableSealed(const rocksdb::MemTableInfo&) override { switched_ = true; }
  bool Take() { return switched_.exchange(false); }

 private:
  std::atomic<bool> switched_{true};
};

bool HasRow(const rocks::Database& db, std::string_view key) {
  std::string value;
  return db->Get(rocksdb::ReadOptions(), db.family(kMeta), rocksdb::Slice(key), &value).ok();
}

// Where the present epoch of a log of `size` entries began.
Result<std::uint64_t> EpochStart(const rocks::Database& db, std::uint64_t size) {
  if (!HasRow(db, kEpochKey)) return std::uint64_t{0};
  const Result<std::string> row = Get(db, kMeta, kEpochKey);
  if (!row) return row.error();
  const auto start = ParseEntryKey(*row);
  if (start && *start < size) return *start;
  return Refuse(ErrorCode::kUnusable,
                "the ledger is damaged: where its epoch began is not one of its events");
}

// Everything written so far, to tables: rows of `meta` are not lost with the newest write-ahead
// log.
rocksdb::Status FlushAll(const rocks::Database& db) {
  return db->Flush(rocksdb::FlushOptions(),
                   {db.family(kEntries), db.family(kTiles), db.family(kMeta)});
}

// A row that says something by being there.
Status PutMark(const rocks::Database& db, std::string_view key) {
  const rocksdb::Status written =
      db->Put(rocks::SyncedWrite(), db.family(kMeta), rocksdb::Slice(key), rocksdb::Slice("1"));
  if (!written.ok()) return rocks::FromRocks(written, kWhat);
  const rocksdb::Status flushed = FlushAll(db);
  if (!flushed.ok()) return rocks::FromRocks(flushed, kWhat);
  return {};
}

Result<Opened> OpenChecked(const std::filesystem::path& directory,
                           const rocks::Resources& resources, rocks::Mode mode, Tail tail,
                           std::shared_ptr<LogSwitches> switches = nullptr) {
  rocksdb::DBOptions options = LogOptions(resources, mode, tail);
  if (switches != nullptr) options.listeners.push_back(std::move(switches));
  auto db = rocks::Database::Open(directory, options, Families(resources), mode, kWhat);
  if (!db) return db.error();
  Result<Tree> tree = CheckAtStart(**db);
  if (!tree) return tree.error();
  const Result<std::uint64_t> epoch = EpochStart(**db, tree->size());
  if (!epoch) return epoch.error();
  return Opened{*std::move(db), *std::move(tree), *epoch};
}

// A log whose creation was interrupted lacks column families, and has no entries yet.
Result<bool> HasFamilies(const std::filesystem::path& directory,
                         const rocks::Resources& resources) {
  std::vector<std::string> names;
  const rocksdb::Status status = rocksdb::DB::ListColumnFamilies(
      LogOptions(resources, rocks::Mode::kReadOnly), directory.string(), &names);
  if (!status.ok()) return rocks::FromRocks(status, kWhat);
  return names.size() > Families(resources).size();
}

Result<Opened> OpenReader(const std::filesystem::path& directory, const rocks::Resources& resources,
                          Tail tail) {
  for (int attempt = 1;; ++attempt) {
    Result<Opened> opened = OpenChecked(directory, resources, rocks::Mode::kReadOnly, tail);
    if (opened || attempt == kReaderAttempts) return opened;
  }
}

// The stored log, for a future writer; every other writer is kept out meanwhile.
Result<Opened> LookFirst(const std::filesystem::path& directory, const rocks::Resources& resources,
                         Tail tail) {
  Result<bool> exists = rocks::Exists(directory, resources.env, kWhat);
  if (exists && *exists) exists = HasFamilies(directory, resources);
  if (!exists) return exists.error();
  if (!*exists) return Opened{};
  return OpenChecked(directory, resources, rocks::Mode::kReadOnly, tail);
}

Status MakeDirectory(const std::filesystem::path& directory) {
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  if (failed) return Refuse(ErrorCode::kIo, "the ledger's directory cannot be made");
  return {};
}

}  // namespace

struct RocksLog::Impl {
  Impl(Opened opened, bool can_write, WriterLock held)
      : lock(std::move(held)),
        db(std::move(opened.db)),
        writable(can_write),
        evidence(db != nullptr && HasRow(*db, kEvidenceKey)),
        copy(db != nullptr && HasRow(*db, kCopyKey)),
        epoch_start(opened.epoch_start),
        size(opened.tree.size()),
        tree(std::move(opened.tree)),
        head{tree.size(), tree.Root()} {}

  Status NoteHead(const Head& appended);

  const WriterLock lock;  // of an exclusive reader; a writer has the database's
  std::unique_ptr<rocks::Database> db;
  const bool writable;
  bool build = false;
  std::shared_ptr<LogSwitches> switches;  // of a writer
  HeadFile* head_file = nullptr;
  std::uint64_t log_file = 0;
  bool evidence;
  bool copy;
  std::atomic<std::uint64_t> epoch_start;
  // Used only by the appending thread.
  bool failed = false;
  // Visible to readers.
  std::atomic<std::uint64_t> size;
  mutable std::mutex mutex;  // guards the following; the appending thread alone changes them
  Tree tree;
  Head head;
};

// For a writer: first a look that changes nothing: replay into memory, and the check over it.
// Tables then hold exactly what was flushed before, and a log that is refused stays as it was
// found, with every file, and is refused again next time. Only then the opening that flushes the
// replayed tail to tables and drops the old write-ahead logs; its check is a short one, as no tail
// is left.
Result<std::unique_ptr<RocksLog>> RocksLog::Open(const std::filesystem::path& directory,
                                                 const rocks::Resources& resources,
                                                 const Options& options) {
  const bool write = options.mode == Mode::kReadWrite;
  if (write) {
    if (Status made = MakeDirectory(directory); !made) return made.error();
  }
  WriterLock lock(nullptr, {resources.env});
  if (options.mode != Mode::kReadOnly) {
    Result<WriterLock> taken =
        write ? TakeWriterLock(directory, resources.env) : KeepWritersOut(directory, resources.env);
    if (!taken) return taken.error();
    lock = *std::move(taken);
  }
  Result<Opened> found = write ? LookFirst(directory, resources, options.tail)
                               : OpenReader(directory, resources, options.tail);
  if (!found) return found.error();
  std::unique_ptr<RocksLog> look(
      new RocksLog(std::make_unique<Impl>(*std::move(found), false, std::move(lock))));
  if (options.inspect) {
    if (Status inspected = options.inspect(*look); !inspected) return inspected.error();
  }
  if (!write) return look;
  const Head before = look->head();
  look.reset();  // releases the lock, which the database takes
  auto switches = std::make_shared<LogSwitches>();
  Result<Opened> opened =
      OpenChecked(directory, resources, rocks::Mode::kReadWrite, options.tail, switches);
  if (!opened) return opened.error();
  if (opened->tree.size() != before.size || opened->tree.Root() != before.root) {
    return Refuse(ErrorCode::kUnusable, "the ledger changed while it was opened");
  }
  auto impl =
      std::make_unique<Impl>(*std::move(opened), true, WriterLock(nullptr, {resources.env}));
  impl->switches = std::move(switches);
  impl->build = options.build;
  return std::unique_ptr<RocksLog>(new RocksLog(std::move(impl)));
}

RocksLog::RocksLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RocksLog::~RocksLog() = default;

Status RocksLog::Impl::NoteHead(const Head& appended) {
  if (head_file == nullptr) return {};
  if (switches->Take()) {
    std::unique_ptr<rocksdb::LogFile> current;
    log_file = (*db)->GetCurrentWalFile(&current).ok() ? current->LogNumber() : 0;
  }
  return head_file->Appended(appended, log_file);
}

void RocksLog::NoteHeadsIn(HeadFile* file) { impl_->head_file = file; }

bool RocksLog::failed() const { return impl_->failed; }

Status RocksLog::Flush() {
  const rocksdb::Status flushed = FlushAll(*impl_->db);
  if (!flushed.ok()) return rocks::FromRocks(flushed, kWhat);
  return {};
}

bool RocksLog::has_evidence() const { return impl_->evidence; }

Status RocksLog::BeginEvidence() {
  if (Status marked = PutMark(*impl_->db, kEvidenceKey); !marked) return marked;
  impl_->evidence = true;
  return {};
}

bool RocksLog::is_copy() const { return impl_->copy; }

Status RocksLog::MarkCopy() {
  if (Status marked = PutMark(*impl_->db, kCopyKey); !marked) return marked;
  impl_->copy = true;
  return {};
}

Status RocksLog::BeginEpoch(std::uint64_t start) {
  rocks::Database& db = *impl_->db;
  const rocksdb::WriteOptions options = rocks::SyncedWrite();
  rocksdb::WriteBatch batch(0, 0, options.protection_bytes_per_key, 0);
  batch.Put(db.family(kMeta), rocksdb::Slice(kEpochKey), EntryKey(start)).PermitUncheckedError();
  batch.Delete(db.family(kMeta), rocksdb::Slice(kEvidenceKey)).PermitUncheckedError();
  const rocksdb::Status written = db->Write(options, &batch);
  if (!written.ok()) return rocks::FromRocks(written, kWhat);
  const rocksdb::Status flushed = FlushAll(db);
  if (!flushed.ok()) return rocks::FromRocks(flushed, kWhat);
  impl_->epoch_start = start;
  impl_->evidence = false;
  return {};
}

AppendOutcome RocksLog::Append(std::uint64_t expected_size, std::span<const std::string> entries) {
  RequireAppendable(entries);
  if (impl_->failed) return AppendOutcome::kUnknown;
  if (!impl_->writable || expected_size != impl_->tree.size()) return AppendOutcome::kRefused;

  rocks::CountNothing();
  rocks::Database& db = *impl_->db;
  std::size_t bytes = 0;
  for (const std::string& entry : entries) bytes += entry.size() + kRowOverheadBytes;
  rocksdb::WriteOptions options = rocks::SyncedWrite();
  if (impl_->build) {
    options.sync = false;
    options.disableWAL = true;
  }
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
    // The result of a failed write or sync is unknown, and a second sync may succeed although pages
    // are lost: never retry.
    impl_->failed = true;
    return AppendOutcome::kUnknown;
  }
  if (!impl_->NoteHead(head)) {
    // The append is durable, but a start could not detect its loss: the disk is failing.
    impl_->failed = true;
    return AppendOutcome::kUnknown;
  }
  const std::lock_guard lock(impl_->mutex);
  impl_->tree = std::move(tree);
  impl_->head = std::move(head);
  impl_->size.store(impl_->head.size, std::memory_order_release);
  return AppendOutcome::kDurable;
}

Head RocksLog::head() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->head;
}

std::uint64_t RocksLog::epoch_start() const {
  return impl_->epoch_start.load(std::memory_order_acquire);
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
  if (!it->status().ok()) return rocks::FromRocks(it->status(), kWhat);
  if (sequence < until) {
    return Refuse(ErrorCode::kUnusable,
                  "the ledger is damaged: event " + std::to_string(sequence) + " is missing");
  }
  return {};
}

Result<std::string> RocksLog::Tile(std::uint32_t level, std::uint64_t index) const {
  {
    const std::lock_guard lock(impl_->mutex);
    const std::uint64_t hashes = TileHashes(impl_->tree.size(), level, index);
    if (hashes == 0) return NoSuchTile(level, index);
    if (hashes < kTileWidth) return std::string(impl_->tree.PartialTile(level));
  }
  return Get(*impl_->db, kTiles, TileKey(level, index));
}

}  // namespace latchkey::log
