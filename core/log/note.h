// Signed notes (C2SP signed-note@v1.0.0): a text and below it, after an empty line, a line for each
// signature. Ours are signed with Ed25519 (signature type 0x01). Thread-safe: free functions.
#pragma once

#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/crypto/ed25519.h"
#include "core/log/note_format.h"

namespace latchkey::log {

// The verifier key as text, "name+hash+key": with which other tools check a note.
std::string VerifierKey(const NoteKey& key);
// Returns kUnusable with the reason for any other text, and for keys that are not Ed25519.
Result<NoteKey> ParseVerifierKey(std::string_view text);

// `text` ends with a newline and has no other control characters.
std::string SignNote(std::string_view text, std::string_view name,
                     const crypto::Ed25519Signer& signer);

// The text of a note that `key` has signed. Signature lines of other names, keys and types are
// ignored. Returns kUnusable with the reason for anything else.
Result<std::string> OpenNote(std::string_view note, const NoteKey& key);

}  // namespace latchkey::log
