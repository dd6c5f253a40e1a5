#include "core/log/note_format.h"

#include <algorithm>

#include "core/base/base64.h"
#include "core/base/hex.h"
#include "core/crypto/ed25519.h"
#include "core/crypto/hash.h"

namespace latchkey::log {
namespace {

constexpr std::string_view kDash = "\xe2\x80\x94 ";  // U+2014 and a space begin a signature line
constexpr std::size_t kHashBytesOfKey = 4;

std::string TypedKey(std::string_view public_key, SignatureType type) {
  return static_cast<char>(type) + std::string(public_key);
}

std::string HashOfKey(const NoteKey& key, SignatureType type) {
  return crypto::Sha256({key.name, "\n", TypedKey(key.public_key, type)})
      .substr(0, kHashBytesOfKey);
}

Error NotANote(const std::string& why) {
  return Refuse(ErrorCode::kUnusable, "it is not a signed note: " + why);
}

Error NotAKey(const std::string& why) {
  return Refuse(ErrorCode::kUnusable, "it is not a verifier key: " + why);
}

std::string WrongType(SignatureType type) {
  return type == SignatureType::kNote ? "its key is not Ed25519"
                                      : "its key is not an Ed25519 key for cosignatures";
}

}  // namespace

bool IsNoteName(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNoteNameChars &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return c > ' ' && c < 0x7f && c != '+'; });
}

std::string KeyText(const NoteKey& key, SignatureType type) {
  return key.name + "+" + text::ToHex(HashOfKey(key, type)) + "+" +
         text::ToBase64(TypedKey(key.public_key, type));
}

Result<NoteKey> ParseKeyText(std::string_view text, SignatureType type) {
  const auto hash = text.find('+');
  const auto typed = hash == std::string_view::npos ? hash : text.find('+', hash + 1);
  if (typed == std::string_view::npos) return NotAKey("NAME+HASH+KEY");
  const std::optional<std::string> bytes = text::FromBase64(text.substr(typed + 1));
  if (!bytes || bytes->size() != crypto::kEd25519KeyBytes + 1 ||
      bytes->front() != static_cast<char>(type)) {
    return NotAKey(WrongType(type));
  }
  NoteKey key{std::string(text.substr(0, hash)), bytes->substr(1)};
  if (key.name.empty() || KeyText(key, type) != text) return NotAKey("its hash does not fit");
  return key;
}

bool IsNoteText(std::string_view text) {
  return text.ends_with('\n') && std::none_of(text.begin(), text.end(), [](unsigned char c) {
           return c < 0x20 && c != '\n';
         });
}

Result<NoteParts> SplitNote(std::string_view note) {
  if (note.size() > kMaxNoteBytes) return NotANote("it is too long");
  if (!IsNoteText(note)) return NotANote("it has control characters or lacks its last newline");
  const auto gap = note.rfind("\n\n");
  if (gap == std::string_view::npos) return NotANote("no signatures stand below it");
  NoteParts parts{note.substr(0, gap + 1), {}};
  std::string_view lines = note.substr(gap + 2);
  if (lines.empty()) return NotANote("no signatures stand below it");
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end + 1);
    if (!line.starts_with(kDash)) return NotANote("a signature line is malformed");
    parts.lines.push_back(line.substr(kDash.size()));
  }
  return parts;
}

std::string SignatureLine(std::string_view line) {
  return std::string(kDash).append(line).append("\n");
}

std::string SignatureLine(const NoteKey& key, SignatureType type, std::string_view signature) {
  return SignatureLine(key.name + " " +
                       text::ToBase64(HashOfKey(key, type) + std::string(signature)));
}

std::optional<std::string> SignatureOf(std::string_view line, const NoteKey& key,
                                       SignatureType type) {
  const auto space = line.find(' ');
  if (space == std::string_view::npos || line.substr(0, space) != key.name) return std::nullopt;
  const std::optional<std::string> bytes = text::FromBase64(line.substr(space + 1));
  const std::string hash = HashOfKey(key, type);
  if (!bytes || !bytes->starts_with(hash)) return std::nullopt;
  return bytes->substr(hash.size());
}

}  // namespace latchkey::log
