// Bytes as base64 (RFC 4648). Thread-safe: free functions without state. Parsers accept exactly
// what the writers give, and return null for anything else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace latchkey::text {

// The standard alphabet (§4), padded.
std::string ToBase64(std::string_view bytes);
std::optional<std::string> FromBase64(std::string_view text);

// The alphabet for URLs (§5), unpadded as in RFC 7515.
std::string ToBase64Url(std::string_view bytes);
std::optional<std::string> FromBase64Url(std::string_view text);

}  // namespace latchkey::text
