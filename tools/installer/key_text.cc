#include "tools/installer/key_text.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "core/base/utf8.h"
#include "core/crypto/wiping.h"

namespace latchkey::tools {
namespace {

struct Range {
  char32_t first, last;
};

constexpr Range kDashes[] = {
    {0x2010, 0x2015}, {0x2043, 0x2043}, {0x2212, 0x2212}, {0xFE58, 0xFE58}, {0xFE63, 0xFE63}};
constexpr Range kBlankRanges[] = {{0x09, 0x0D},     {0x85, 0x85},     {0xA0, 0xA0},
                                  {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F},
                                  {0x205F, 0x205F}, {0x3000, 0x3000}};
// Soft hyphen, zero-width spaces and joiners, marks of direction, byte order mark; quotes.
constexpr Range kLeftOut[] = {{0x22, 0x22},     {0x27, 0x27},     {0x60, 0x60},
                              {0xAB, 0xAB},     {0xAD, 0xAD},     {0xBB, 0xBB},
                              {0x200B, 0x200F}, {0x2018, 0x201F}, {0x202A, 0x202E},
                              {0x2039, 0x203A}, {0x2060, 0x2069}, {0xFEFF, 0xFEFF}};
constexpr Range kFullWidth = {0xFF01, 0xFF5E};
constexpr char32_t kFullWidthOffset = 0xFEE0;

bool IsIn(const Range& range, char32_t code) { return range.first <= code && code <= range.last; }

template <std::size_t kCount>
bool IsAny(const Range (&ranges)[kCount], char32_t code) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [&](const Range& range) { return IsIn(range, code); });
}

// Where the text is UTF-16, the offset of the high byte in a unit; null for UTF-8. Half of the
// bytes of ASCII in UTF-16 are zero, and a key has no zero byte.
std::optional<std::size_t> HighByteOfUtf16(std::string_view text) {
  if (text.starts_with("\xff\xfe")) return 1;
  if (text.starts_with("\xfe\xff")) return 0;
  if (text.size() < 2 || text.size() % 2 != 0) return std::nullopt;
  if (text[1] == '\0' && text[0] != '\0') return 1;
  if (text[0] == '\0' && text[1] != '\0') return 0;
  return std::nullopt;
}

// One unit: all that a key can mean is in the basic plane.
char32_t TakeUnit(std::string_view* text, std::size_t high) {
  const auto byte = [&](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>((*text)[i]));
  };
  const char32_t unit = text->size() < 2 ? text::kNotUtf8 : byte(high) << 8 | byte(1 - high);
  text->remove_prefix(std::min<std::size_t>(2, text->size()));
  return unit;
}

Failure Strange(char32_t code, std::size_t place) {
  if (code == text::kNotUtf8) {
    return Fail(ExitCode::kUsage,
                fmt::format("What is at place {} of the key is not text in UTF-8. Save the file as "
                            "UTF-8, or enter the key by hand.",
                            place));
  }
  return Fail(ExitCode::kUsage,
              fmt::format("The character U+{:04X} at place {} does not occur in keys. Copy the key "
                          "again from where it was shown, or enter it by hand.",
                          static_cast<std::uint32_t>(code), place));
}

}  // namespace

std::optional<char> KeyCharacter(char32_t code) {
  if (IsIn(kFullWidth, code)) code -= kFullWidthOffset;  // quotes among them
  if (IsAny(kLeftOut, code)) return '\0';
  if (IsAny(kBlankRanges, code)) return ' ';
  if (IsAny(kDashes, code)) return '-';
  if (code == 0 || code > 0x7F) return std::nullopt;
  return static_cast<char>(code);
}

CliResult<crypto::Secret> ReadKeyText(std::string_view given) {
  std::string key;
  const crypto::WipeAtEnd wipe(&key);
  crypto::MakeRoom(&key, given.size());
  const auto high = HighByteOfUtf16(given);
  while (!given.empty()) {
    const char32_t code = high ? TakeUnit(&given, *high) : text::TakeCharacter(&given);
    const auto meant = KeyCharacter(code);
    if (!meant) return Strange(code, key.size() + 1);
    if (*meant == '\0' || (*meant == ' ' && key.empty())) continue;
    key.push_back(*meant);
  }
  return crypto::Secret(key);
}

}  // namespace latchkey::tools
