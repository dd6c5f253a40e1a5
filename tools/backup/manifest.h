// The manifest of a backup: which files hold which entries, under the root of the ledger's tree. It
// is a signed note whose text is a checkpoint with extension lines; docs/backup_format.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/limits.h"
#include "core/crypto/ed25519.h"
#include "core/log/log.h"
#include "core/log/note.h"

namespace latchkey::tools {

inline constexpr std::string_view kManifestFile = "manifest";
inline constexpr std::string_view kVolumeFolder = "ledger";
inline constexpr std::string_view kConfidentialFile = "confidential";

// A volume that has reached this size gets no more entries.
inline constexpr std::uint64_t kFullVolumeBytes = 256u << 20;
inline constexpr std::uint64_t kLengthBytes = 4;  // before each entry
inline constexpr std::uint64_t kMaxVolumeBytes =
    kFullVolumeBytes + kLengthBytes + ledger_limits::kMaxEntryBytes;

// One file of entries that follow one another.
struct Volume {
  std::uint64_t first = 0;  // sequence of the first
  std::uint64_t bytes =
      0;          // of the file that count; what a killed backup left behind them does not
  log::Head end;  // of the ledger up to the last
};
std::string VolumeName(std::uint64_t first);  // "00000000000000000000.entries"

struct Manifest {
  std::string origin;             // of the ledger's checkpoints
  std::uint64_t epoch_start = 0;  // see log::Log
  std::vector<Volume> volumes;    // at least one

  const log::Head& head() const { return volumes.back().end; }
};

// The note. kUnusable when the ledger is too large for one manifest.
Result<std::string> SignManifest(const Manifest& manifest, const crypto::Ed25519Signer& signer);
// The content of a note; its signature is not checked. kUnusable unless its volumes follow one
// another from 0 and are no larger than a volume can be.
Result<Manifest> ReadManifest(std::string_view note);
// Whether it is signed with the key `epoch`, under the name that manifests of its ledger have.
// kUnusable with the reason when it is not.
Status VerifyManifest(std::string_view note, const log::NoteKey& epoch);

}  // namespace latchkey::tools
