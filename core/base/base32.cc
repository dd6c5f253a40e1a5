#include "core/base/base32.h"

#include <cstdint>

namespace latchkey::text {

std::string ToBase32(std::string_view bytes, std::string_view alphabet) {
  std::string out;
  out.reserve((bytes.size() * 8 + 4) / 5);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (held += 8; held >= 5; held -= 5) out += alphabet[bits >> (held - 5) & 31];
    bits &= 31;  // bits that are already written must not overflow the next shift
  }
  if (held > 0) out += alphabet[bits << (5 - held) & 31];
  return out;
}

int Base32Value(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'O') return 0;
  if (c == 'I' || c == 'L') return 1;
  const auto value = kBase32Upper.find(c);
  return value == std::string_view::npos ? -1 : static_cast<int>(value);
}

}  // namespace latchkey::text
