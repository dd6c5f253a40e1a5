#include "core/log/cosignature.h"

#include <limits>

#include "core/base/big_endian.h"
#include "core/base/check.h"

namespace latchkey::log {
namespace {

constexpr std::size_t kTimeBytes = 8;
constexpr std::uint64_t kLatestSecond = std::numeric_limits<std::int64_t>::max();

// What is signed. The first line keeps it apart from every note.
std::string CosignedMessage(std::string_view text, std::uint64_t seconds) {
  return "cosignature/v1\ntime " + std::to_string(seconds) + "\n" + std::string(text);
}

// The time of a signature over `text`, if `key` has made it.
std::optional<std::uint64_t> TimeOf(std::string_view signature, std::string_view text,
                                    const NoteKey& key) {
  if (signature.size() != kTimeBytes + crypto::kEd25519SignatureBytes) return std::nullopt;
  const std::uint64_t seconds = GetNumber(signature.substr(0, kTimeBytes));
  if (seconds > kLatestSecond) return std::nullopt;
  const bool holds = crypto::Ed25519Verify(key.public_key, CosignedMessage(text, seconds),
                                           signature.substr(kTimeBytes));
  return holds ? std::optional(seconds) : std::nullopt;
}

}  // namespace

std::string CosignerKeyText(const NoteKey& key) {
  return KeyText(key, SignatureType::kCosignature);
}

Result<NoteKey> ParseCosignerKey(std::string_view text) {
  return ParseKeyText(text, SignatureType::kCosignature);
}

std::string Cosign(std::string_view text, std::string_view name,
                   const crypto::Ed25519Signer& signer, std::uint64_t seconds) {
  Check(IsNoteText(text), "a checkpoint is text that ends with a newline");
  Check(seconds <= kLatestSecond, "a cosignature's time fits 63 bits");
  std::string signature;
  PutNumber(seconds, kTimeBytes, &signature);
  signature += signer.Sign(CosignedMessage(text, seconds));
  return SignatureLine({std::string(name), signer.public_key()}, SignatureType::kCosignature,
                       signature);
}

Result<std::optional<Cosignature>> FindCosignature(std::string_view note, const NoteKey& key) {
  const auto parts = SplitNote(note);
  if (!parts) return parts.error();
  std::optional<Cosignature> found;
  for (const std::string_view line : parts->lines) {
    const auto signature = SignatureOf(line, key, SignatureType::kCosignature);
    if (!signature) continue;
    const auto seconds = TimeOf(*signature, parts->text, key);
    if (!seconds) return Refuse(ErrorCode::kUnusable, "the cosignature of a witness is wrong");
    if (!found || *seconds > found->seconds) found = Cosignature{*seconds, SignatureLine(line)};
  }
  return found;
}

}  // namespace latchkey::log
