#include "tools/cli/settings.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace latchkey::tools {
namespace {

constexpr std::string_view kBlanks = " \t\r";

std::string_view Trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

bool IsName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// What is wrong with a line; null when nothing is.
std::optional<std::string> Problem(std::string_view line, std::string_view name,
                                   std::string_view value) {
  if (line.find('=') == std::string_view::npos) return "write NAME = VALUE.";
  if (!IsName(name)) return "what is before = is not the name of an option.";
  if (value.empty()) return std::string(name) + " has no value.";
  if (std::any_of(value.begin(), value.end(), IsControl)) {
    return "the value of " + std::string(name) + " has a control character.";
  }
  return std::nullopt;
}

}  // namespace

Expected<std::vector<Setting>, SettingError> ReadSettings(std::string_view text) {
  std::vector<Setting> settings;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const std::string_view line = Trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    const auto equals = line.find('=');
    const std::string_view name = Trimmed(line.substr(0, equals));
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : Trimmed(line.substr(equals + 1));
    if (auto wrong = Problem(line, name, value)) return SettingError{number, *std::move(wrong)};
    settings.push_back({number, std::string(name), std::string(value)});
  }
  return settings;
}

}  // namespace latchkey::tools
