// Numbers as big-endian bytes, so that they sort by value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace latchkey {

// Appends the lowest `width` bytes of `number`, at most 8.
inline void PutNumber(std::uint64_t number, std::size_t width, std::string* out) {
  while (width-- > 0) out->push_back(static_cast<char>(number >> (8 * width)));
}

// The number of all these bytes, at most 8.
inline std::uint64_t GetNumber(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

}  // namespace latchkey
