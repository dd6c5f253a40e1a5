// Spans of time as people write them: 90s, 15m, 12h, 7d, 2w.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace latchkey::tools {

// A whole number and one unit; nothing for any other form, or one beyond ten years.
std::optional<std::chrono::seconds> ParseDuration(std::string_view text);

// For CLI11: an empty string when `text` is a duration, else what is wrong with it.
std::string CheckDuration(const std::string& text);

}  // namespace latchkey::tools
