#include "core/log/note.h"

#include <optional>

#include "core/base/check.h"

namespace latchkey::log {

std::string VerifierKey(const NoteKey& key) { return KeyText(key, SignatureType::kNote); }

Result<NoteKey> ParseVerifierKey(std::string_view text) {
  return ParseKeyText(text, SignatureType::kNote);
}

std::string SignNote(std::string_view text, std::string_view name,
                     const crypto::Ed25519Signer& signer) {
  Check(IsNoteText(text), "a note is text that ends with a newline");
  const NoteKey key{std::string(name), signer.public_key()};
  return std::string(text) + "\n" + SignatureLine(key, SignatureType::kNote, signer.Sign(text));
}

Result<std::string> OpenNote(std::string_view note, const NoteKey& key) {
  const auto parts = SplitNote(note);
  if (!parts) return parts.error();
  bool found = false;
  for (const std::string_view line : parts->lines) {
    const std::optional<std::string> signature = SignatureOf(line, key, SignatureType::kNote);
    if (!signature) continue;
    if (!crypto::Ed25519Verify(key.public_key, parts->text, *signature)) {
      return Refuse(ErrorCode::kUnusable, "its signature is wrong");
    }
    found = true;
  }
  if (!found) return Refuse(ErrorCode::kUnusable, "it is not signed with the key of this ledger");
  return std::string(parts->text);
}

}  // namespace latchkey::log
