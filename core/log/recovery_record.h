// DIR/recovery.json: what a data directory remembers of its backups and drills, for those who watch
// it. The commands write it, the server reads it. It says nothing about the ledger's history, and
// losing it costs nothing but the memory. docs/cli.md has its form.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <rocksdb/env.h>

#include "core/base/error.h"
#include "core/base/time.h"

namespace latchkey::log {

// A backup or a drill that ended well.
struct GoodRun {
  Time at;
  std::uint64_t size = 0;  // events in the backup
  std::string place;       // the backup's directory; "-" for a tar archive

  bool operator==(const GoodRun&) const = default;
};

struct FailedRun {
  Time at;
  std::string place;
  std::string reason;  // for a person

  bool operator==(const FailedRun&) const = default;
};

struct Runs {
  std::optional<GoodRun> good{};      // the last that ended well
  std::optional<FailedRun> failed{};  // the last run; null when that ended well

  bool operator==(const Runs&) const = default;
};

struct RecoveryRecord {
  Runs backup{};
  Runs drill{};

  bool operator==(const RecoveryRecord&) const = default;
};

std::string RenderRecoveryRecord(const RecoveryRecord& record);
// Null for anything but such a file. Members that it does not know are passed over.
std::optional<RecoveryRecord> ParseRecoveryRecord(std::string_view json);

std::filesystem::path RecoveryRecordPath(const std::filesystem::path& data);

// Empty when there is no file. kUnusable when it is damaged, kIo when it cannot be read.
Result<RecoveryRecord> ReadRecoveryRecord(const std::filesystem::path& data, rocksdb::Env* env);

// Records one run in the file, which is replaced as a whole; a damaged one is begun again. Texts
// are made printable and cut. One process at a time does so, others wait. kIo.
Status RecordRun(const std::filesystem::path& data, Runs RecoveryRecord::*kind, GoodRun run,
                 rocksdb::Env* env);
Status RecordRun(const std::filesystem::path& data, Runs RecoveryRecord::*kind, FailedRun run,
                 rocksdb::Env* env);

}  // namespace latchkey::log
