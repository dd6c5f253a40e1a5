// DIR/head: the head of the ledger as its writer knows it, kept apart from RocksDB, so that a start
// sees that the database has lost its end. Two slots of 64 bytes, written in turn, each numbered
// and with a checksum; docs/log_format.md has them byte by byte.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include "core/base/error.h"
#include "core/log/log.h"

namespace latchkey::log {

struct HeadRecord {
  Head head;                       // the ledger has at least this size, and this root at that size
  std::uint64_t log_file = 0;      // number of RocksDB's write-ahead log in use; 0: not known
  std::uint64_t sealing_keys = 0;  // made so far (core/subjects)
  bool clean = false;              // the writer has stopped with no write in progress
};

inline constexpr std::size_t kHeadSlotBytes = 64;
inline constexpr std::size_t kHeadFileBytes = 2 * kHeadSlotBytes;

// `number` counts the records written; the slot with the higher number is the record in force.
std::string EncodeHeadSlot(std::uint64_t number, const HeadRecord& record);
struct HeadSlot {
  std::uint64_t number;
  HeadRecord record;
};
std::optional<HeadSlot> DecodeHeadSlot(std::string_view bytes);     // null for anything else
std::optional<HeadSlot> DecodeHeadFile(std::string_view contents);  // the slot in force

class HeadFile {
 public:
  // The record in the file; null when there is no file. Returns kUnusable when neither slot is
  // valid, kIo when the file cannot be read.
  static Result<std::optional<HeadRecord>> Read(const std::filesystem::path& path,
                                                rocksdb::Env* env);
  // Opens the file, which is created if it is absent or not valid, and writes `record` into
  // it, synced. Returns kIo.
  static Result<std::unique_ptr<HeadFile>> Open(const std::filesystem::path& path,
                                                rocksdb::Env* env, const HeadRecord& record);

  // After an append that is durable, before it is answered. Not synced. Returns kIo. Thread-safe.
  Status Appended(const Head& head, std::uint64_t log_file);
  // From the next record on, each has the count that `made` then returns. Call before the first
  // append.
  void CountSealingKeysOf(std::function<std::uint64_t()> made);
  // Syncs all records written so far. Returns kIo. Thread-safe.
  Status Sync();
  // The last record: the writer has stopped. Synced. Returns kIo.
  Status Stopped();

 private:
  HeadFile(std::unique_ptr<rocksdb::FSRandomRWFile> file, std::uint64_t number, HeadRecord record)
      : file_(std::move(file)), number_(number), record_(std::move(record)) {}
  Status Write();  // record_ into the next slot, under mutex_

  const std::unique_ptr<rocksdb::FSRandomRWFile> file_;
  std::mutex mutex_;  // guards the following
  std::uint64_t number_;
  HeadRecord record_;
  std::function<std::uint64_t()> sealing_keys_;
};

}  // namespace latchkey::log
