// Points in time as people write them.
#pragma once

#include <string>

namespace latchkey::tools {

// RFC 3339 of a point in time: a date, a date and a time with or without an offset (in the time
// zone of this process without), or a duration before now. Empty for any other form.
std::string ParseWhen(const std::string& text);

// For CLI11: an empty string when ParseWhen reads it, otherwise what is wrong with it.
std::string CheckWhen(const std::string& text);

}  // namespace latchkey::tools
