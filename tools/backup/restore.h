// Makes a data directory from a backup. The new ledger holds the backup's entries byte for byte and
// goes on as a new epoch: what was issued before is void (docs/design.md §2).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/crypto/secret.h"
#include "core/log/log.h"
#include "core/log/note.h"
#include "core/rocks/rocks.h"
#include "tools/ledger/unserved.h"
#include "tools/process/step_hook.h"

namespace latchkey::tools {

struct RestoreOptions {
  std::filesystem::path source;
  // Must not exist, be empty, or hold only what the backup does not: secrets/ and subjects/.
  std::filesystem::path data;
  // Where secrets/ and subjects/ are when the backup is opened without them; `data` unless given.
  std::filesystem::path brought{};
  std::filesystem::path credentials{};  // see SecretFiles
  CaFiles ca{};                         // of a ledger that is served with --ca-cert
  std::optional<crypto::Secret> passphrase{};
  std::optional<log::NoteKey> key{};        // that must have signed the backup
  std::optional<std::string> checkpoint{};  // the highest one known, a signed note
  bool without_subjects = false;            // the sealing keys are lost
  std::filesystem::path scratch;            // for verification
  const Clock* clock = nullptr;             // null: the machine's own
  std::function<void(std::uint64_t done, std::uint64_t total)> progress{};
  StepHook step{};
};

struct RestoreReport {
  log::Head backup;
  log::Head known;              // the highest checkpoint known; the backup's own at least
  std::uint64_t abandoned = 0;  // pending registrations that ended
  bool confidential = false;    // secrets and sealing keys were in the backup
  std::size_t lost_keys = 0;    // sealing keys that its events need and that are missing
  std::string epoch{};          // as in positions
};

// Grows under a temporary name beside `data` and takes its place when all of it is verified; when
// killed it can be run again. Refuses with kUnusable a backup that is damaged, incomplete, not
// signed with the key, or behind another history than the checkpoint, and a directory that holds
// other things; with kInUse while another restore makes the same directory; with kIo.
Result<RestoreReport> Restore(const RestoreOptions& options, const rocks::Resources& resources,
                              Random& random);

}  // namespace latchkey::tools
