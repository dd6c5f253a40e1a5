// A file system under RocksDB, and under the small files beside it, that fails when told to, and
// that models what a power failure could leave of everything written through it.
//
// The files are real ones and show what a running system sees (the page cache). Beside them it
// keeps what is durable: of each file the bytes as of its last sync, of each directory the entries
// as of its last sync, and all changes since, in order.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include "core/rocks/rocks.h"
#include "tests/support/fakes.h"

namespace latchkey::testing {

// The calls that can fail, and how.
enum class DiskCall { kOpen, kWrite, kSync, kRename, kDelete, kSyncDirectory };
enum class DiskFault {
  kError,    // EIO, and nothing has happened
  kNoSpace,  // ENOSPC, and nothing has happened
  kTorn      // of a write half is there, of everything else all of it; then EIO
};
inline constexpr DiskCall kDiskCalls[] = {DiskCall::kOpen,   DiskCall::kWrite,
                                          DiskCall::kSync,   DiskCall::kRename,
                                          DiskCall::kDelete, DiskCall::kSyncDirectory};
inline constexpr DiskFault kDiskFaults[] = {DiskFault::kError, DiskFault::kNoSpace,
                                            DiskFault::kTorn};

struct DiskRule {
  DiskCall call;
  DiskFault fault;
  std::string in;         // part of the path: "/ledger/", ".log"
  std::uint64_t nth = 0;  // of the calls that match, from 0
  bool lasting = false;   // all after it too, until Heal
};

// Thread-safe. Of a path one process at a time.
class FaultFs final : public rocksdb::FileSystemWrapper {
 public:
  FaultFs();
  ~FaultFs() override;
  const char* Name() const override { return "FaultFs"; }

  void Fail(DiskRule rule);             // beside those that are set already
  void FailSync(std::string suffix);    // of files: the data is written, the sync fails
  void FailAppend(std::string suffix);  // half of the data is written, then the device is full
  void Hold(std::string suffix);        // creating such a file waits
  void Heal();                          // ends all of these
  bool struck() const;                  // whether any call was made to fail
  // How many calls there were so far to paths that have `part` in them.
  std::uint64_t CallsIn(DiskCall call, const std::string& part) const;

  // Copies the tree `from` as it is at this instant to `to`, which must not exist; writers go on
  // meanwhile.
  void CopyAsWritten(const std::filesystem::path& from, const std::filesystem::path& to);
  // The same as after a power failure that took all that was not synced. Write-ahead logs keep up
  // to `torn` bytes more.
  void CopyAsSynced(const std::filesystem::path& from, const std::filesystem::path& to,
                    std::uint64_t torn = 0);
  // The same where some of it had reached the disk, by chance: of a file any later state of each
  // sector (512 bytes) and any length in between, of a directory any of the changes.
  void CopyAsLost(const std::filesystem::path& from, const std::filesystem::path& to,
                  SeededRandom& random);

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomRWFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSRandomRWFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& name, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  // Fails as a rename does.
  rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  template <typename Owner>
  class SyncedFile;
  class AppendedFile;
  class RandomFile;
  class Directory;
  struct Change {
    std::uint64_t offset;
    std::string data;
  };
  struct Inode {
    std::string durable;
    std::vector<Change> changes;  // since, in order
    std::uint64_t size = 0;       // as written
  };
  using InodePtr = std::shared_ptr<Inode>;
  struct EntryChange {
    std::string name;
    InodePtr inode;  // null: the name is gone
  };
  struct Entries {
    std::map<std::string, InodePtr> durable;  // null: not there. Names not listed are as they were
    std::vector<EntryChange> changes;
  };
  struct ActiveRule {
    DiskRule rule;
    std::uint64_t seen = 0;
  };
  enum class Left { kAllWritten, kSynced, kByChance };

  // Takes the mutex and does `work`, unless that is to fail. `work` is told whether it is to be
  // torn.
  template <typename Work>
  rocksdb::IOStatus Do(DiskCall call, const std::string& path, Work work);

  // Under mutex_, all of them.
  std::optional<DiskFault> Strikes(DiskCall call, const std::string& path);
  InodePtr InodeAt(const std::string& path);  // made from the real file when it is not known yet
  // `before` is what the name stood for; null: for nothing.
  void SetEntry(const std::string& path, InodePtr before, InodePtr inode);
  void Write(Inode* inode, std::uint64_t offset, std::string_view data);
  static void SyncInode(Inode* inode);
  void CopyTree(const std::filesystem::path& from, const std::filesystem::path& to, Left left,
                std::uint64_t torn, SeededRandom* random);
  static std::string ContentOf(const Inode& inode, Left left, std::uint64_t more,
                               SeededRandom* random);

  template <typename File, typename Open>
  rocksdb::IOStatus OpenFile(const std::string& name, bool fresh, Open open,
                             std::unique_ptr<File>* file);

  // Held over every change of a file, so that a copy is of one instant.
  mutable std::mutex mutex_;
  std::condition_variable healed_;
  std::vector<ActiveRule> rules_;
  std::optional<std::string> hold_;
  bool struck_ = false;
  std::map<std::pair<DiskCall, std::string>, std::uint64_t> calls_;  // how many, by path
  std::map<std::string, InodePtr> live_;                             // by path
  std::map<std::string, Entries> directories_;                       // by path
};

// Resources of a test over a FaultFs of its own; small write buffers, so that flushes come soon.
struct FaultyResources {
  FaultyResources();
  std::shared_ptr<FaultFs> fs;
  std::unique_ptr<rocksdb::Env> env;
  rocks::Resources resources;
};

}  // namespace latchkey::testing
