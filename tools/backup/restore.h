// Makes a data directory from a backup, or from a data directory whose ledger has lost its end. The
// new ledger holds the entries of the source byte for byte and goes on as a new epoch: what was
// issued before is void (docs/epochs.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/crypto/secret.h"
#include "core/log/log.h"
#include "core/log/note.h"
#include "core/log/sighting.h"
#include "core/rocks/rocks.h"
#include "tools/ledger/guards.h"
#include "tools/ledger/unserved.h"
#include "tools/process/step_hook.h"

namespace latchkey::tools {

struct RestoreOptions {
  std::filesystem::path source;  // of either kind
  // Must not exist, be empty, or hold only secrets/ and subjects/, which are taken for those that
  // the source does not have.
  std::filesystem::path data;
  // Where secrets/ and subjects/ are when the backup is opened without them; `data` unless given.
  std::filesystem::path brought{};
  std::filesystem::path credentials{};  // see SecretFiles
  CaFiles ca{};                         // of a ledger that is served with --ca-cert
  std::optional<crypto::Secret> passphrase{};
  std::optional<log::NoteKey> key{};        // of the ledger: it must have signed the backup
  std::optional<std::string> checkpoint{};  // the highest one known, a signed note
  // Asked what they have seen; of a data directory as source, those that it remembers when there
  // are none.
  Guards guards{};
  bool without_subjects = false;  // the sealing keys are lost
  std::filesystem::path scratch;  // for verification
  const Clock* clock = nullptr;   // null: the machine's own
  // Called before a data directory's lost end is given up, with the intact part and the highest
  // head that anything has seen; its refusal ends the restore. Null: agreed.
  std::function<Status(const log::Head& intact, const log::Sighting& highest)> agree{};
  std::function<void(std::uint64_t done, std::uint64_t total)> progress{};
  StepHook step{};
};

struct RestoreReport {
  log::Head taken;                      // from the source
  log::Head known;                      // the highest known of the ledger; `taken` at least
  std::uint64_t abandoned = 0;          // pending registrations that ended
  bool confidential = false;            // secrets and sealing keys were in the backup
  std::size_t lost_keys = 0;            // sealing keys that its events need and that are missing
  std::string epoch{};                  // as in positions
  std::vector<std::string> warnings{};  // of guards that were not asked
};

// Whether `source` is a data directory, or was before it was damaged; otherwise it is a backup.
bool IsDataDirectory(const std::filesystem::path& source);

// Grows under a temporary name beside `data` and takes its place when all of it is verified; when
// killed it can be run again. Refuses with kUnusable a backup that is damaged, incomplete, not
// signed with the key, or behind another history than the checkpoint or a guard has seen, a data
// directory without one intact event, and a new directory that holds other things; with kInUse
// while another restore makes the same directory, or the source is served; with kIo.
Result<RestoreReport> Restore(const RestoreOptions& options, const rocks::Resources& resources,
                              Random& random);

}  // namespace latchkey::tools
