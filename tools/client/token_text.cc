#include "tools/client/token_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/base/utf8.h"

namespace latchkey::tools {
namespace {

constexpr std::string_view kBlank = " \t\r\n";
constexpr std::string_view kQuotes = "\"'`";

bool IsUtf16(std::string_view text) {
  return text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff") ||
         text.find('\0') != std::string_view::npos;
}

bool IsVisibleAscii(char c) { return c > 0x20 && c < 0x7f; }

// What is wrong with a text without blanks around it; null when it can be a token.
const char* WrongIn(std::string_view text) {
  if (IsUtf16(text)) return "holds UTF-16 text. Save it as UTF-8";
  if (text.starts_with(text::kByteOrderMark))
    return "begins with a byte order mark. Save it without";
  if (text.empty()) return "is empty";
  if (text.starts_with("Bearer ") || text.starts_with("bearer ")) {
    return "begins with the word Bearer. Give the token alone";
  }
  if (kQuotes.find(text.front()) != std::string_view::npos) {
    return "has quotes around the token. Give it without";
  }
  if (!std::all_of(text.begin(), text.end(), IsVisibleAscii)) {
    return "holds a space, a line break or a letter that no token has. Give the token alone";
  }
  return nullptr;
}

}  // namespace

CliResult<crypto::Secret> ReadTokenText(std::string_view text, const std::string& source) {
  const auto from = std::min(text.find_first_not_of(kBlank), text.size());
  text.remove_prefix(from);
  text = text.substr(0, text.find_last_not_of(kBlank) + 1);
  if (const char* wrong = WrongIn(text)) {
    return Fail(ExitCode::kUsage, fmt::format("{} {}.", source, wrong));
  }
  return crypto::Secret(std::string(text));
}

}  // namespace latchkey::tools
