#include "core/base/unicode.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <memory>

#include <utf8proc.h>

namespace latchkey::text {
namespace {

constexpr char32_t kInvalid = 0xffffffff;
constexpr char32_t kZeroWidthNonJoiner = 0x200c;
constexpr char32_t kZeroWidthJoiner = 0x200d;
// Letters and symbols by their category, but shown as nothing or as a blank.
constexpr char32_t kFillers[] = {0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x2800, 0x3164, 0xffa0};

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

char FoldAscii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// The next code point, moving `*at` past it; kInvalid where there is none.
char32_t Next(std::string_view text, std::size_t* at) {
  utf8proc_int32_t point = 0;
  const utf8proc_ssize_t read =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + *at,
                       static_cast<utf8proc_ssize_t>(text.size() - *at), &point);
  if (read <= 0) {
    *at = text.size();
    return kInvalid;
  }
  *at += static_cast<std::size_t>(read);
  return static_cast<char32_t>(point);
}

std::optional<std::string> Map(std::string_view text, int how) {
  utf8proc_uint8_t* made = nullptr;
  const utf8proc_ssize_t size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                             static_cast<utf8proc_ssize_t>(text.size()), &made,
                                             static_cast<utf8proc_option_t>(UTF8PROC_STABLE | how));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(made, &std::free);
  if (size < 0) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(made), static_cast<std::size_t>(size));
}

utf8proc_category_t CategoryOf(char32_t point) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(point));
}

bool IsBlank(char32_t point) {
  const utf8proc_category_t category = CategoryOf(point);
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
         category == UTF8PROC_CATEGORY_ZP;
}

// Marks are part of letters.
bool IsLetter(char32_t point) {
  const utf8proc_category_t category = CategoryOf(point);
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_ME;
}

bool IsUnseen(char32_t point) {
  switch (CategoryOf(point)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return true;
    default:
      return std::find(std::begin(kFillers), std::end(kFillers), point) != std::end(kFillers);
  }
}

// The cells of the next code point, or of a byte that is none, moving `*at` past it.
std::size_t TakeCells(std::string_view text, std::size_t* at) {
  const std::size_t begin = *at;
  const char32_t point = Next(text, at);
  if (point == kInvalid) {
    *at = begin + 1;
    return 1;
  }
  return static_cast<std::size_t>(utf8proc_charwidth(static_cast<utf8proc_int32_t>(point)));
}

}  // namespace

std::optional<std::string> Nfc(std::string_view text) {
  if (IsAscii(text)) return std::string(text);
  return Map(text, UTF8PROC_COMPOSE);
}

// Most names are ASCII, and a search folds all names of an account.
std::optional<std::string> Fold(std::string_view text) {
  if (!IsAscii(text)) {
    return Map(text, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD);
  }
  std::string folded(text);
  std::transform(folded.begin(), folded.end(), folded.begin(), FoldAscii);
  return folded;
}

std::string_view Trim(std::string_view text) {
  std::size_t from = text.size();
  std::size_t until = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    if (IsBlank(Next(text, &at))) continue;
    from = std::min(from, begin);
    until = at;
  }
  return text.substr(from, until - std::min(from, until));
}

bool HasControls(std::string_view text, std::string_view allowed) {
  for (std::size_t at = 0; at < text.size();) {
    const char32_t point = Next(text, &at);
    if (CategoryOf(point) == UTF8PROC_CATEGORY_CC &&
        allowed.find(static_cast<char>(point)) == std::string_view::npos) {
      return true;
    }
  }
  return false;
}

std::optional<std::size_t> CountChars(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) {
    if (Next(text, &at) == kInvalid) return std::nullopt;
  }
  return count;
}

std::optional<char32_t> FindUnseen(std::string_view text) {
  char32_t before = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t point = Next(text, &at);
    const bool joins = point == kZeroWidthJoiner || point == kZeroWidthNonJoiner;
    std::size_t after = at;
    const bool spells =
        joins && IsLetter(before) && at < text.size() && IsLetter(Next(text, &after));
    if (IsUnseen(point) && !spells) return point;
    before = point;
  }
  return std::nullopt;
}

std::size_t CountCells(std::string_view text) {
  std::size_t cells = 0;
  for (std::size_t at = 0; at < text.size();) cells += TakeCells(text, &at);
  return cells;
}

std::string_view CutToCells(std::string_view text, std::size_t cells) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t next = at;
    const std::size_t taken = TakeCells(text, &next);
    if (taken > cells) break;
    cells -= taken;
    at = next;
  }
  return text.substr(0, at);
}

std::string CodePointName(char32_t point) {
  char name[16];
  std::snprintf(name, sizeof name, "U+%04X", static_cast<unsigned>(point));
  return name;
}

}  // namespace latchkey::text
