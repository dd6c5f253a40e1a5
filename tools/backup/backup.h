// Copies a ledger to a directory that later backups extend. The ledger is read as `verify` reads
// it: beside the server, in a prefix that is consistent in itself. Its entries never change, so a
// backup writes those that the one before did not have. docs/backup_format.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/crypto/secret.h"
#include "core/log/log.h"
#include "core/rocks/rocks.h"
#include "tools/process/step_hook.h"

namespace latchkey::tools {

struct BackupOptions {
  std::filesystem::path data;
  std::filesystem::path destination;
  std::filesystem::path credentials{};         // see SecretFiles
  std::optional<crypto::Secret> passphrase{};  // null: secrets and sealing keys stay behind
  std::uint64_t bytes_per_second = 0;          // at most; 0: as fast as the disks are
  std::function<void(std::uint64_t done, std::uint64_t total)> progress{};
  StepHook step{};
};

struct BackupReport {
  log::Head head;             // of the ledger, up to which everything is in the backup
  std::uint64_t added = 0;    // events that the backup before did not have
  bool confidential = false;  // secrets and sealing keys are in the backup
};

// What was in the destination stays restorable until the new manifest is in its place; a backup
// that was killed is continued by the next one. What was written is read back from the disk and
// compared with the ledger's tree first. Refuses with kUnusable when the ledger is, or the
// destination holds something other than a backup of this ledger in this epoch; kInUse; kIo.
Result<BackupReport> BackUp(const BackupOptions& options, const rocks::Resources& resources,
                            Random& random);

}  // namespace latchkey::tools
