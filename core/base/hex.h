// Bytes as hexadecimal. Thread-safe: free functions without state.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace latchkey::text {

std::string ToHex(std::string_view bytes);  // lower case

// Reads either case. Returns null for an odd number of digits or any other character.
std::optional<std::string> FromHex(std::string_view hex);

int HexValue(char c);  // of one digit, either case; -1 for others

}  // namespace latchkey::text
