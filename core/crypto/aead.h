// AES-256-GCM (NIST SP 800-38D) with a random 12-byte nonce and a 16-byte tag after the ciphertext.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace latchkey::crypto {

inline constexpr std::size_t kAeadKeyBytes = 32;
inline constexpr std::size_t kAeadNonceBytes = 12;

// Thread-safe (a context per thread is kept inside). Preconditions on the sizes stop the process.
std::string AeadSeal(std::string_view key, std::string_view nonce, std::string_view associated,
                     std::string_view plain);
std::optional<std::string> AeadOpen(std::string_view key, std::string_view nonce,
                                    std::string_view associated, std::string_view box);

}  // namespace latchkey::crypto
