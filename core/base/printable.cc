#include "core/base/printable.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "core/base/utf8.h"

namespace latchkey::text {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Range {
  char32_t first, last;
};

// In order. U+200C and U+200D stay: some languages need them in words.
constexpr Range kUnprintable[] = {
    {0x00, 0x1F},        // C0 controls, ESC among them
    {0x7F, 0x9F},        // DEL, C1 controls, CSI among them
    {0xAD, 0xAD},        // soft hyphen
    {0x61C, 0x61C},      // Arabic letter mark
    {0x180E, 0x180E},    // Mongolian vowel separator
    {0x200B, 0x200B},    // zero width space
    {0x200E, 0x200F},    // left-to-right and right-to-left mark
    {0x2028, 0x202E},    // line and paragraph separator, embeddings and overrides
    {0x2060, 0x206F},    // word joiner, invisible operators, isolates
    {0xFEFF, 0xFEFF},    // byte order mark
    {0xFFF9, 0xFFFB},    // annotations
    {0xE0000, 0xE0FFF},  // tags and further variation selectors
};

bool IsPrintable(char32_t code) {
  return std::none_of(std::begin(kUnprintable), std::end(kUnprintable), [&](const Range& range) {
    return range.first <= code && code <= range.last;
  });
}

void AppendUnit(std::uint16_t unit, std::string* out) {
  char escaped[8];
  std::snprintf(escaped, sizeof escaped, "\\u%04x", unit);
  out->append(escaped);
}

void AppendEscaped(char32_t code, std::string* out) {
  if (code < 0x10000) return AppendUnit(static_cast<std::uint16_t>(code), out);
  AppendUnit(static_cast<std::uint16_t>(0xD800 + ((code - 0x10000) >> 10)), out);
  AppendUnit(static_cast<std::uint16_t>(0xDC00 + ((code - 0x10000) & 0x3FF)), out);
}

constexpr std::size_t kMaxGrowth = 6;  // one byte becomes \uXXXX

// In JSON only strings can have non-ASCII characters, and they have no control character below
// 0x20.
bool IsPlain(char c) { return static_cast<unsigned char>(c) < 0x7F; }

}  // namespace

std::string Printable(std::string_view text, std::size_t max_bytes) {
  std::string safe;
  safe.reserve(std::min(text.size(), max_bytes));
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t code = TakeCharacter(&text);
    const bool shown = code != kNotUtf8 && IsPrintable(code);
    const std::string_view as = shown ? before.substr(0, before.size() - text.size()) : "?";
    if (safe.size() + as.size() > max_bytes) return safe.append("…");
    safe.append(as);
  }
  return safe;
}

std::string PrintableLines(std::string_view text) {
  std::string safe;
  for (bool first = true;; first = false) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (!first) safe.append(line.starts_with("  ") ? "\n" : "\n  ");
    safe.append(Printable(line));
    if (line.size() == text.size()) return safe;
    text.remove_prefix(line.size() + 1);
  }
}

std::string EscapeUnprintable(std::string_view json) {
  if (std::all_of(json.begin(), json.end(), IsPlain)) return std::string(json);
  std::string safe;
  safe.reserve(json.size() * kMaxGrowth);
  for (std::string_view rest = json; !rest.empty();) {
    if (IsPlain(rest.front())) {
      safe.push_back(rest.front());
      rest.remove_prefix(1);
      continue;
    }
    const std::string_view before = rest;
    const char32_t code = TakeCharacter(&rest);
    if (code != kNotUtf8 && IsPrintable(code)) {
      safe.append(before.substr(0, before.size() - rest.size()));
    } else {
      AppendEscaped(code == kNotUtf8 ? kReplacement : code, &safe);
    }
  }
  return safe;
}

}  // namespace latchkey::text
