#include "core/domain/key_codec.h"

#include <array>
#include <string>

#include "core/base/base32.h"
#include "core/base/big_endian.h"
#include "core/base/check.h"
#include "core/base/limits.h"

namespace latchkey::domain {
namespace {

constexpr std::string_view kPrefix = "LK1";
constexpr std::size_t kGroup = 5;
constexpr std::size_t kChars = 40;  // after the prefix
constexpr std::size_t kGatewayBytes = 5;
constexpr std::size_t kGenerationBytes = 2;
constexpr std::size_t kBytes = kKeyPayloadBytes + 2;
constexpr std::size_t kTextChars = kPrefix.size() + kChars + kChars / kGroup;

static_assert(kGatewayBytes + kGenerationBytes + kSecretBytes == kKeyPayloadBytes);
static_assert(kBytes * 8 == kChars * 5);

Error Malformed(std::string detail) { return Refuse(ErrorCode::kKeyMalformed, std::move(detail)); }

Error WrongCharacter(char c, std::size_t place) {
  const bool printable = c > 0x20 && c < 0x7f;
  return Malformed(
      (printable ? "The character \"" + std::string(1, c) + "\"" : "The character") + " at place " +
      std::to_string(place) +
      " does not occur in keys. Compare what you entered with the key as it was shown.");
}

Error WrongLength(std::size_t chars) {
  return Malformed("A key has 43 characters, LK1 and 40 more, besides its dashes; this has " +
                   std::to_string(chars) + ".");
}

}  // namespace

// CRC-16/IBM-3740: polynomial 0x1021, start 0xffff, not reflected.
std::uint16_t KeyChecksum(std::string_view payload) {
  std::uint32_t crc = 0xffff;
  for (const char c : payload) {
    crc ^= static_cast<std::uint32_t>(static_cast<unsigned char>(c)) << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc << 1) ^ ((crc & 0x8000) != 0 ? 0x1021 : 0);
  }
  return static_cast<std::uint16_t>(crc);
}

crypto::Secret FormatKey(const RegistrationKey& key) {
  Check(key.gateway >= 1 && key.gateway <= ledger_limits::kMaxGatewayNumber,
        "gateway number of a key");
  Check(key.generation >= 1 && key.generation <= ledger_limits::kMaxGenerations,
        "generation of a key");
  Check(key.secret.view().size() == kSecretBytes, "secret of a key");
  std::string bytes;
  bytes.reserve(kBytes);  // no reallocation may leave a part of the secret behind
  PutNumber(key.gateway, kGatewayBytes, &bytes);
  PutNumber(key.generation, kGenerationBytes, &bytes);
  bytes += key.secret.view();
  PutNumber(KeyChecksum(bytes), 2, &bytes);
  std::string plain = text::ToBase32(bytes, text::kBase32Upper);
  std::string grouped;
  grouped.reserve(kTextChars);
  grouped += kPrefix;
  for (std::size_t i = 0; i < kChars; i += kGroup) {
    grouped += '-';
    grouped.append(plain, i, kGroup);
  }
  crypto::Wipe(&bytes);
  crypto::Wipe(&plain);
  return crypto::Secret(std::move(grouped));
}

Result<RegistrationKey> ParseKey(std::string_view text) {
  std::string bytes;
  bytes.reserve(kBytes);
  const crypto::WipeAtEnd wipe(&bytes);
  std::size_t place = 0;  // position in the typed text, in characters
  std::size_t count = 0;  // of characters that are not skipped
  bool prefixed = true;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    ++place;
    if (c == '-' || c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    const int value = text::Base32Value(c);
    if (value < 0) return WrongCharacter(c, place);
    if (count < kPrefix.size()) {
      prefixed = prefixed && value == text::Base32Value(kPrefix[count]);
    } else if (count < kPrefix.size() + kChars) {
      bits = (bits << 5 | static_cast<std::uint32_t>(value)) & 0xfff;
      held += 5;
      if (held >= 8) {
        held -= 8;
        bytes += static_cast<char>(bits >> held);
      }
    }
    ++count;
  }
  if (count >= kPrefix.size() && !prefixed) return Malformed("A key begins with LK1.");
  if (count != kPrefix.size() + kChars) return WrongLength(count);
  const std::string_view all = bytes;
  if (GetNumber(all.substr(kKeyPayloadBytes)) != KeyChecksum(all.substr(0, kKeyPayloadBytes))) {
    return Refuse(ErrorCode::kKeyMistyped,
                  "A character of the key is wrong, or two are swapped. Compare it with the key "
                  "you were given.");
  }
  RegistrationKey key;
  key.gateway = GetNumber(all.substr(0, kGatewayBytes));
  key.generation = static_cast<std::uint32_t>(GetNumber(all.substr(kGatewayBytes, 2)));
  if (key.gateway == 0 || key.generation == 0) {
    return Malformed("No such key was ever issued: its gateway or generation is zero.");
  }
  key.secret =
      crypto::Secret(std::string(all.substr(kGatewayBytes + kGenerationBytes, kSecretBytes)));
  return key;
}

}  // namespace latchkey::domain
