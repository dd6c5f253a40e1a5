#include "core/base/utf8.h"

namespace latchkey::text {

char32_t TakeCharacter(std::string_view* text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>((*text)[i]); };
  const unsigned char lead = byte(0);
  const std::size_t size = lead < 0x80   ? 1
                           : lead < 0xC2 ? 0
                           : lead < 0xE0 ? 2
                           : lead < 0xF0 ? 3
                           : lead < 0xF5 ? 4
                                         : 0;
  char32_t code = size == 1 ? lead : size == 0 ? kNotUtf8 : lead & (0xFF >> (size + 1));
  for (std::size_t i = 1; i < size && code != kNotUtf8; ++i) {
    const bool good = i < text->size() && (byte(i) & 0xC0) == 0x80;
    code = good ? code << 6 | (byte(i) & 0x3F) : kNotUtf8;
  }
  const bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
  if (overlong || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) code = kNotUtf8;
  text->remove_prefix(code == kNotUtf8 ? 1 : size);
  return code;
}

}  // namespace latchkey::text
