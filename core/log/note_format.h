// What signed notes and verifier keys look like (C2SP signed-note@v1.0.0), for every type of
// signature that we know: note.h and cosignature.h say what is signed. Thread-safe: free functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace latchkey::log {

inline constexpr std::size_t kMaxNoteBytes = 64 * 1024;

// A key whose signatures are trusted: a name without spaces or '+', and an Ed25519 public key.
struct NoteKey {
  std::string name;
  std::string public_key;  // 32 bytes
};

// The byte that stands for the type in verifier keys and in their hashes.
enum class SignatureType : char {
  kNote = 0x01,         // Ed25519 over the text of a note
  kCosignature = 0x04,  // Ed25519 over a time and the text of a checkpoint
};

inline constexpr std::size_t kMaxNoteNameChars = 255;

// A name for keys: printable ASCII without spaces and '+'.
bool IsNoteName(std::string_view text);

// "name+hash+key".
std::string KeyText(const NoteKey& key, SignatureType type);
// Returns kUnusable with the reason for any other text, and for keys of another type.
Result<NoteKey> ParseKeyText(std::string_view text, SignatureType type);

// Ends with a newline and has no other control characters.
bool IsNoteText(std::string_view text);

struct NoteParts {
  std::string_view text;                // with its last newline
  std::vector<std::string_view> lines;  // of signatures, at least one: "name signature"
};
// The parts of `note`, which outlives them. Returns kUnusable with the reason for anything else.
Result<NoteParts> SplitNote(std::string_view note);

// "name signature" as it stands below a note, with its dash and newline.
std::string SignatureLine(std::string_view line);
// The line by which `key` gives this signature.
std::string SignatureLine(const NoteKey& key, SignatureType type, std::string_view signature);
// The signature in a line of NoteParts; null when it is not one of that key and type.
std::optional<std::string> SignatureOf(std::string_view line, const NoteKey& key,
                                       SignatureType type);

}  // namespace latchkey::log
