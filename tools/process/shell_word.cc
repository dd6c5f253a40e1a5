#include "tools/process/shell_word.h"

namespace latchkey::tools {
namespace {

// Not "~" and "=", which mean something at the start of a word or before a command.
constexpr std::string_view kPlain =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:@_";

}  // namespace

std::string ShellWord(std::string_view text) {
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(text);
  }
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += R"('\'')";  // ends the quotes, a quote, and begins them again
    } else {
      word += c;
    }
  }
  return word + "'";
}

}  // namespace latchkey::tools
