// UTF-8 (RFC 3629), one character after another. Thread-safe: free functions without state.
#pragma once

#include <string_view>

namespace latchkey::text {

inline constexpr char32_t kNotUtf8 = 0xFFFFFFFF;
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // begins files of Windows

// Removes one character from the front of a text that is not empty; returns kNotUtf8 and removes
// one byte where it is not UTF-8.
char32_t TakeCharacter(std::string_view* text);

}  // namespace latchkey::text
