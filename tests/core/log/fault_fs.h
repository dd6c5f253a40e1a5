// A file system under RocksDB that fails when told to, and that knows what a crash would leave.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include "core/rocks/rocks.h"

namespace latchkey::log {

// Thread-safe. A fault strikes the files whose name ends in a suffix (".log": the write-ahead log,
// ".sst": tables), from when it is set until Heal.
class FaultFs final : public rocksdb::FileSystemWrapper {
 public:
  FaultFs();
  const char* Name() const override { return "FaultFs"; }

  void FailSync(std::string suffix);    // the data is written, the sync fails
  void FailAppend(std::string suffix);  // half of the data is written, then the device is full
  void Hold(std::string suffix);        // whoever makes such a file waits
  void Heal();                          // ends all of these

  // Copies `from` to `to` as it stands at this instant, while whoever writes goes on.
  void CopyAsWritten(const std::filesystem::path& from, const std::filesystem::path& to);
  // The same as after a power failure: every file as it was last synced, write-ahead logs with up
  // to `torn` bytes more. (What was renamed or deleted stays so: directories count as synced.)
  void CopyAsSynced(const std::filesystem::path& from, const std::filesystem::path& to,
                    std::uint64_t torn = 0);

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  class File;
  struct Lengths {
    std::uint64_t written = 0;
    std::uint64_t synced = 0;
  };

  // Held over every change of a file, so that a copy is of one instant.
  std::mutex mutex_;
  std::condition_variable healed_;
  std::optional<std::string> fail_sync_, fail_append_, hold_;
  std::map<std::string, Lengths> files_;
};

// Resources of a test over a FaultFs of its own; small write buffers, so that flushes come soon.
struct FaultyResources {
  FaultyResources();
  std::shared_ptr<FaultFs> fs;
  std::unique_ptr<rocksdb::Env> env;
  rocks::Resources resources;
};

}  // namespace latchkey::log
