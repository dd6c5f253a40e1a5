// Cosignatures (C2SP tlog-cosignature@v1.0.1, Ed25519, signature type 0x04): the line that a
// witness puts below a checkpoint, and with it the statement that at that time this was the longest
// tree that it had seen of the log, and that all it had seen before is in it. Thread-safe: free
// functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/crypto/ed25519.h"
#include "core/log/note_format.h"

namespace latchkey::log {

// The verifier key as text, "name+hash+key": with which others check cosignatures.
std::string CosignerKeyText(const NoteKey& key);
// Returns kUnusable with the reason for any other text, and for keys of another type.
Result<NoteKey> ParseCosignerKey(std::string_view text);

// The signature line (with its newline) by which `name` cosigns the checkpoint whose text is
// `text`, at `seconds` since 1970. `text` is as in SignNote.
std::string Cosign(std::string_view text, std::string_view name,
                   const crypto::Ed25519Signer& signer, std::uint64_t seconds);

struct Cosignature {
  std::uint64_t seconds;  // since 1970
  std::string line;       // with its dash and newline
};

// The cosignature of `key` among the signature lines below the text of `note`, the latest if it has
// given several; null when there is none. Lines of other names, keys and types are ignored. Returns
// kUnusable when a line of that name and key does not verify, or `note` is malformed.
Result<std::optional<Cosignature>> FindCosignature(std::string_view note, const NoteKey& key);

}  // namespace latchkey::log
