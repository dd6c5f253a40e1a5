// A key from a passphrase that people remember: scrypt (RFC 7914). Thread-safe: free functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/crypto/secret.h"

namespace latchkey::crypto {

// What one try costs: 128 · r · 2^log2_n bytes of memory, and the time to fill them p times.
struct ScryptCost {
  std::uint8_t log2_n;
  std::uint32_t r;
  std::uint32_t p;
};

// 32 bytes. The memory that the cost needs must be at most 1 GiB.
Secret KeyFromPassphrase(std::string_view passphrase, std::string_view salt, ScryptCost cost);

}  // namespace latchkey::crypto
