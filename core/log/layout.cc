#include "core/log/layout.h"

#include <rocksdb/table.h>

#include "core/base/big_endian.h"
#include "core/base/check.h"

namespace latchkey::log {
namespace {

constexpr std::size_t kSequenceBytes = 8;
// A flush after so many bytes: limits what a start after a crash must replay (twice this while a
// flush runs), and gives tables of some 50,000 entries.
constexpr std::size_t kWriteBufferBytes = 16u << 20;
constexpr std::size_t kEntriesBlockBytes = 16u << 10;
constexpr std::uint64_t kMaxTotalWalBytes = 128u << 20;

std::string BigEndian(std::uint64_t value) {
  std::string bytes;
  PutNumber(value, kSequenceBytes, &bytes);
  return bytes;
}

rocksdb::ColumnFamilyOptions FamilyOptions(const rocks::Resources& resources) {
  rocksdb::ColumnFamilyOptions options = rocks::CommonColumnOptions(resources);
  // Every row that is read exists, so a bloom filter would only cost.
  rocksdb::BlockBasedTableOptions table =
      *options.table_factory->GetOptions<rocksdb::BlockBasedTableOptions>();
  table.filter_policy = nullptr;
  table.partition_filters = false;
  table.block_size = kEntriesBlockBytes;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.write_buffer_size = kWriteBufferBytes;
  return options;
}

rocksdb::WALRecoveryMode RecoveryMode(Tail tail) {
  switch (tail) {
    case Tail::kWhole:
      return rocksdb::WALRecoveryMode::kAbsoluteConsistency;
    case Tail::kMayBeTorn:
      return rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    case Tail::kUpToDamage:
      return rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  }
  Check(false, "there are three kinds of tail");
  return {};
}

}  // namespace

std::string EntryKey(std::uint64_t sequence) { return BigEndian(sequence); }

std::optional<std::uint64_t> ParseEntryKey(std::string_view key) {
  if (key.size() != kSequenceBytes) return std::nullopt;
  return GetNumber(key);
}

std::string TileKey(std::uint32_t level, std::uint64_t index) {
  return static_cast<char>(level) + BigEndian(index);
}

std::string EncodeHead(const Head& head) { return BigEndian(head.size) + head.root; }

std::optional<Head> ParseHead(std::string_view value) {
  if (value.size() != kSequenceBytes + kHashBytes) return std::nullopt;
  return Head{GetNumber(value.substr(0, kSequenceBytes)),
              std::string(value.substr(kSequenceBytes))};
}

rocksdb::DBOptions LogOptions(const rocks::Resources& resources, rocks::Mode mode, Tail tail) {
  rocksdb::DBOptions options = rocks::CommonOptions(resources);
  options.wal_recovery_mode = RecoveryMode(tail);
  // Entries, tiles and head of an append are flushed together, so that tables alone, without any
  // write-ahead log, are a whole ledger.
  options.atomic_flush = true;
  // Without a bound a quiet column family keeps old logs alive: 2.7 GB and 6 s of start-up,
  // measured.
  options.max_total_wal_size = kMaxTotalWalBytes;
  // Features that could hide a torn or reordered write stay off, whatever the defaults become.
  options.manual_wal_flush = false;
  options.unordered_write = false;
  options.enable_pipelined_write = false;
  options.wal_compression = rocksdb::kNoCompression;
  // A reader beside a writer holds every table open: compaction may delete them at any time.
  if (mode == rocks::Mode::kReadOnly) options.max_open_files = -1;
  return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> Families(const rocks::Resources& resources) {
  rocksdb::ColumnFamilyOptions entries = FamilyOptions(resources);
  // Entries are never overwritten or deleted, and keys only grow: tables never overlap, so that
  // compaction moves them down without rewriting. Age must not cause a rewrite.
  entries.ttl = 0;
  entries.periodic_compaction_seconds = 0;
  entries.enable_blob_files = false;

  rocksdb::ColumnFamilyOptions tiles = FamilyOptions(resources);
  tiles.compression = rocksdb::kNoCompression;  // hashes
  return {{"entries", entries}, {"tiles", tiles}, {"meta", FamilyOptions(resources)}};
}

Result<std::string> Get(const rocks::Database& db, std::size_t family, std::string_view key) {
  std::string value;
  const rocksdb::Status status =
      db->Get(rocksdb::ReadOptions(), db.family(family), rocksdb::Slice(key), &value);
  if (!status.ok()) return rocks::FromRocks(status, kWhat);
  return value;
}

Result<Head> ReadHead(const rocks::Database& db) {
  std::string value;
  const rocksdb::Status status =
      db->Get(rocksdb::ReadOptions(), db.family(kMeta), rocksdb::Slice(kHeadKey), &value);
  if (status.IsNotFound()) return Head{0, EmptyRoot()};
  if (!status.ok()) return rocks::FromRocks(status, kWhat);
  std::optional<Head> head = ParseHead(value);
  if (!head) return Refuse(ErrorCode::kUnusable, "the ledger is damaged: its head is malformed");
  return *std::move(head);
}

}  // namespace latchkey::log
