// The registration key as text, docs/key_format.md (test vectors there and in tests/golden/).
//
//   LK1-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX
//
// 40 Crockford base32 characters = 200 bits, big-endian: gateway number (40), generation (16),
// secret (128), CRC-16 of the 23 bytes before it. docs/key_format.md says which CRC, and proves
// that it catches every single wrong character and every swap of neighbours. Thread-safe: free
// functions without state.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/crypto/secret.h"

namespace latchkey::domain {

inline constexpr std::size_t kSecretBytes = 16;
inline constexpr std::size_t kKeyPayloadBytes = 23;  // all but the checksum

struct RegistrationKey {
  std::uint64_t gateway;     // 1 … 2^40-1
  std::uint32_t generation;  // 1 … 65535
  crypto::Secret secret;     // kSecretBytes
};

// Precondition: the fields are in range.
crypto::Secret FormatKey(const RegistrationKey& key);

// Ignores case, spaces and dashes, reads O as 0, I and L as 1. Refuses with kKeyMalformed (naming
// the length, or the character and its position) or kKeyMistyped (CRC); never quotes the key.
Result<RegistrationKey> ParseKey(std::string_view text);

// The CRC-16 of a key's first kKeyPayloadBytes.
std::uint16_t KeyChecksum(std::string_view payload);

}  // namespace latchkey::domain
