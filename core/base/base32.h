// Bytes as Crockford's base32. Thread-safe: free functions without state.
#pragma once

#include <string>
#include <string_view>

namespace latchkey::text {

inline constexpr std::string_view kBase32Upper = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // of keys
inline constexpr std::string_view kBase32Lower = "0123456789abcdefghjkmnpqrstvwxyz";  // of ids

// Five bits a character, most significant bits first; the last character is padded with zero bits.
// `alphabet` is one of the two above.
std::string ToBase32(std::string_view bytes, std::string_view alphabet);

// The value of one character, reading O as 0, I and L as 1 and ignoring case; -1 for others.
int Base32Value(char c);

}  // namespace latchkey::text
