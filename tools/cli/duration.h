// Durations as people write them: 90s, 15m, 12h, 7d, 2w.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace latchkey::tools {

// A whole number and one unit; null for any other form, or beyond ten years.
std::optional<std::chrono::seconds> ParseDuration(std::string_view text);

// For CLI11: an empty string when `text` is a duration, otherwise what is wrong with it.
std::string CheckDuration(const std::string& text);

}  // namespace latchkey::tools
