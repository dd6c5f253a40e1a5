// SHA-256 and HMAC-SHA-256 (FIPS 180-4, RFC 2104). Bytes are std::string, as in protobuf and
// RocksDB; a digest always has 32. Thread-safe.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace latchkey::crypto {

inline constexpr std::size_t kSha256Bytes = 32;

std::string Sha256(std::string_view data);
std::string Sha256(std::initializer_list<std::string_view> parts);  // of the parts joined
void Sha256To(std::initializer_list<std::string_view> parts, unsigned char out[kSha256Bytes]);

std::string HmacSha256(std::string_view key, std::string_view data);

// Equal length and content, in time that depends only on the length.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

}  // namespace latchkey::crypto
