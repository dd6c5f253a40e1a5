#include "core/rocks/rocks.h"

#include <cctype>
#include <utility>

#include <rocksdb/cache.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

namespace latchkey::rocks {
namespace {

// 7.8 resumes by itself when space comes back after ENOSPC. The state after a failed write is then
// unknown; we stop instead, and restart through recovery and its checks.
class NoAutomaticRecovery final : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }
};

// The name of the database file in a message ("000012.sst"), without its directory; otherwise "".
std::string FileName(const std::string& message) {
  const std::size_t slash = message.rfind('/');
  if (slash == std::string::npos) return "";
  std::string name;
  for (std::size_t i = slash + 1; i < message.size(); ++i) {
    const char c = message[i];
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '-') break;
    name += c;
  }
  const bool known = name.ends_with(".sst") || name.ends_with(".log") || name == "CURRENT" ||
                     name.starts_with("MANIFEST-");
  return known ? name : "";
}

bool IsLockHeld(const rocksdb::Status& status, const std::string& message) {
  return status.IsIOError() && (message.find("While lock file") != std::string::npos ||
                                message.find("lock hold by current process") != std::string::npos);
}

}  // namespace

Resources Resources::Create(std::size_t cache_bytes, std::size_t write_buffer_bytes,
                            rocksdb::Env* env) {
  auto cache = rocksdb::NewLRUCache(cache_bytes);
  auto write_buffers = std::make_shared<rocksdb::WriteBufferManager>(write_buffer_bytes, cache);
  return {std::move(cache), std::move(write_buffers), env};
}

rocksdb::DBOptions CommonOptions(const Resources& resources) {
  rocksdb::DBOptions options;
  options.env = resources.env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.write_buffer_manager = resources.write_buffers;

  // Damage is found where it happens, not years later.
  options.paranoid_checks = true;
  options.verify_sst_unique_id_in_manifest = true;
  options.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();

  // No automatic resume after an error, see NoAutomaticRecovery.
  options.max_bgerror_resume_count = 0;
  options.listeners.push_back(std::make_shared<NoAutomaticRecovery>());

  // The default, kPointInTimeRecovery, stops at damage in the middle of the write-ahead log and
  // drops acknowledged writes after it. This mode takes only a torn end for a crash and refuses the
  // rest.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  // Otherwise replayed data is served from memory although its log may never have been synced.
  options.avoid_flush_during_recovery = false;
  // Tracking refuses good databases after a crash (facebook/rocksdb#10892).
  options.track_and_verify_wals_in_manifest = false;

  // Start-up opens few files, and a large database never holds them all.
  options.max_open_files = 512;
  // One flush and one compaction at a time: flushes stay in order and leave a core to the server.
  options.max_background_jobs = 2;

  // RocksDB's own diary, bounded; its periodic statistics would keep waking the disk of an idle
  // server.
  options.keep_log_file_num = 4;
  options.max_log_file_size = 4u << 20;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

rocksdb::ColumnFamilyOptions CommonColumnOptions(const Resources& resources) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = resources.cache;
  // Indexes and filters grow with the data: partitioned and in the shared cache they do not use
  // more memory. Their top levels, a few kilobytes a file, stay there.
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_top_level_index_and_filter = true;
  // Every lookup asks the newest tables first; those that a flush made are small.
  table.metadata_cache_options.unpartitioned_pinning = rocksdb::PinningTier::kFlushedAndSimilar;
  table.metadata_cache_options.partition_pinning = rocksdb::PinningTier::kFlushedAndSimilar;
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));  // 1 % false positives
  table.optimize_filters_for_memory = true;
  table.format_version = 5;

  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.compression = rocksdb::kLZ4Compression;
  options.level_compaction_dynamic_level_bytes = true;  // least space for overwritten rows
  options.force_consistency_checks = true;
  options.paranoid_file_checks = true;            // reads every new table back
  options.memtable_protection_bytes_per_key = 8;  // a flipped bit in memory does not reach the disk
  return options;
}

rocksdb::WriteOptions SyncedWrite() {
  rocksdb::WriteOptions options;
  options.sync = true;
  options.protection_bytes_per_key = 8;
  return options;
}

Error FromRocks(const rocksdb::Status& status, std::string_view what) {
  const std::string message = status.ToString();
  const std::string subject(what);
  if (IsLockHeld(status, message)) {
    return {
        ErrorCode::kInUse,
        subject + " is in use by another process. Stop that one first: only one process may write.",
        {}};
  }
  std::string file = FileName(message);
  if (!file.empty()) file = " (" + file + ")";
  if (status.IsNoSpace()) {
    return {ErrorCode::kIo, "no space left on the device of " + subject + file, {}};
  }
  if (status.IsCorruption()) {
    return {
        ErrorCode::kUnusable, subject + " is damaged: a checksum or a length is wrong" + file, {}};
  }
  if (status.IsNotFound() || status.IsPathNotFound()) {
    return {ErrorCode::kUnusable, subject + " is damaged: a file or row is missing" + file, {}};
  }
  if (status.IsInvalidArgument() || status.IsNotSupported()) {
    return {
        ErrorCode::kUnusable, subject + " was not written by this version of latchkey" + file, {}};
  }
  return {ErrorCode::kIo, "reading or writing " + subject + " failed" + file, {}};
}

Result<bool> Exists(const std::filesystem::path& directory, rocksdb::Env* env,
                    std::string_view what) {
  if (env->FileExists((directory / "CURRENT").string()).ok()) return true;
  std::vector<std::string> names;
  if (!env->GetChildren(directory.string(), &names).ok()) return false;
  for (const std::string& name : names) {
    if (name.ends_with(".sst") || name.ends_with(".log")) {
      return Refuse(ErrorCode::kUnusable, std::string(what) + " is damaged: CURRENT is missing");
    }
  }
  return false;
}

Result<std::unique_ptr<Database>> Database::Open(
    const std::filesystem::path& directory, const rocksdb::DBOptions& options,
    const std::vector<rocksdb::ColumnFamilyDescriptor>& families, Mode mode,
    std::string_view what) {
  auto descriptors = families;
  descriptors.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      mode == Mode::kReadWrite
          ? rocksdb::DB::Open(options, directory.string(), descriptors, &handles, &db)
          : rocksdb::DB::OpenForReadOnly(options, directory.string(), descriptors, &handles, &db);
  if (!status.ok()) return FromRocks(status, what);
  return std::unique_ptr<Database>(
      new Database(std::unique_ptr<rocksdb::DB>(db), std::move(handles)));
}

Database::Database(std::unique_ptr<rocksdb::DB> db,
                   std::vector<rocksdb::ColumnFamilyHandle*> handles)
    : db_(std::move(db)), handles_(std::move(handles)) {}

Database::~Database() {
  for (rocksdb::ColumnFamilyHandle* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
}

}  // namespace latchkey::rocks
