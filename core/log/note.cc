#include "core/log/note.h"

#include <algorithm>
#include <optional>

#include "core/base/base64.h"
#include "core/base/check.h"
#include "core/base/hex.h"
#include "core/crypto/hash.h"

namespace latchkey::log {
namespace {

constexpr std::string_view kDash = "\xe2\x80\x94 ";  // U+2014 and a space begin a signature line
constexpr char kEd25519 = 0x01;
constexpr std::size_t kHashBytesOfKey = 4;

std::string TypedKey(std::string_view public_key) { return kEd25519 + std::string(public_key); }

std::string HashOfKey(std::string_view name, std::string_view public_key) {
  return crypto::Sha256({name, "\n", TypedKey(public_key)}).substr(0, kHashBytesOfKey);
}

bool IsNoteText(std::string_view text) {
  return text.ends_with('\n') && std::none_of(text.begin(), text.end(), [](unsigned char c) {
           return c < 0x20 && c != '\n';
         });
}

Error NotANote(const std::string& why) {
  return Refuse(ErrorCode::kUnusable, "it is not a signed note: " + why);
}

// The signature in a line, if it is one of that key.
std::optional<std::string> SignatureOf(std::string_view line, const NoteKey& key) {
  const auto space = line.find(' ');
  if (space == std::string_view::npos || line.substr(0, space) != key.name) return std::nullopt;
  const std::optional<std::string> bytes = text::FromBase64(line.substr(space + 1));
  const std::string hash = HashOfKey(key.name, key.public_key);
  if (!bytes || !bytes->starts_with(hash)) return std::nullopt;
  return bytes->substr(hash.size());
}

}  // namespace

std::string VerifierKey(const NoteKey& key) {
  return key.name + "+" + text::ToHex(HashOfKey(key.name, key.public_key)) + "+" +
         text::ToBase64(TypedKey(key.public_key));
}

Result<NoteKey> ParseVerifierKey(std::string_view text) {
  const auto hash = text.find('+');
  const auto typed = hash == std::string_view::npos ? hash : text.find('+', hash + 1);
  if (typed == std::string_view::npos) {
    return Refuse(ErrorCode::kUnusable, "it is not a verifier key: NAME+HASH+KEY");
  }
  const std::optional<std::string> bytes = text::FromBase64(text.substr(typed + 1));
  if (!bytes || bytes->size() != crypto::kEd25519KeyBytes + 1 || bytes->front() != kEd25519) {
    return Refuse(ErrorCode::kUnusable, "it is not a verifier key: its key is not Ed25519");
  }
  NoteKey key{std::string(text.substr(0, hash)), bytes->substr(1)};
  if (key.name.empty() || VerifierKey(key) != text) {
    return Refuse(ErrorCode::kUnusable, "it is not a verifier key: its hash does not fit");
  }
  return key;
}

std::string SignNote(std::string_view text, std::string_view name,
                     const crypto::Ed25519Signer& signer) {
  Check(IsNoteText(text), "a note is text that ends with a newline");
  std::string note(text);
  note.append("\n").append(kDash).append(name).append(" ");
  note += text::ToBase64(HashOfKey(name, signer.public_key()) + signer.Sign(text));
  return note += '\n';
}

Result<std::string> OpenNote(std::string_view note, const NoteKey& key) {
  if (note.size() > kMaxNoteBytes) return NotANote("it is too long");
  if (!IsNoteText(note)) return NotANote("it has control characters or lacks its last newline");
  const auto gap = note.rfind("\n\n");
  if (gap == std::string_view::npos) return NotANote("no signatures stand below it");
  const std::string_view text = note.substr(0, gap + 1);
  std::string_view lines = note.substr(gap + 2);
  if (lines.empty()) return NotANote("no signatures stand below it");
  bool found = false;
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end + 1);
    if (!line.starts_with(kDash)) return NotANote("a signature line is malformed");
    line.remove_prefix(kDash.size());
    const std::optional<std::string> signature = SignatureOf(line, key);
    if (!signature) continue;
    if (!crypto::Ed25519Verify(key.public_key, text, *signature)) {
      return Refuse(ErrorCode::kUnusable, "its signature is wrong");
    }
    found = true;
  }
  if (!found) return Refuse(ErrorCode::kUnusable, "it is not signed with the key of this ledger");
  return std::string(text);
}

}  // namespace latchkey::log
