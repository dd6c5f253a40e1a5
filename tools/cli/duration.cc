#include "tools/cli/duration.h"

#include <charconv>
#include <cstdint>

namespace latchkey::tools {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kMax = 10 * 365 * 24h;

std::optional<std::chrono::seconds> Unit(char letter) {
  switch (letter) {
    case 's':
      return 1s;
    case 'm':
      return 1min;
    case 'h':
      return 1h;
    case 'd':
      return 24h;
    case 'w':
      return 7 * 24h;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<std::chrono::seconds> ParseDuration(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  const auto unit = Unit(text.back());
  const std::string_view digits = text.substr(0, text.size() - 1);
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), count);
  if (!unit || error != std::errc() || end != digits.end() || count < 0 || count > kMax / *unit) {
    return std::nullopt;
  }
  return count * *unit;
}

std::string CheckDuration(const std::string& text) {
  if (ParseDuration(text)) return {};
  return "'" + text +
         "' is not a duration. Write a number and a unit, such as 90s, 15m, 12h, 7d or 2w.";
}

}  // namespace latchkey::tools
