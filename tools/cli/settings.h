// The text of a configuration file: `name = value`, one a line. Blank lines and lines that begin
// with `#` say nothing; a value is all behind the first `=` without the blanks around it, never in
// quotes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace latchkey::tools {

struct Setting {
  std::size_t line;   // from 1
  std::string name;   // lower-case letters, digits and dashes
  std::string value;  // without control characters; not empty
};

struct SettingError {
  std::size_t line;
  std::string words;
};

// In the order of the file; a name can be there again.
Expected<std::vector<Setting>, SettingError> ReadSettings(std::string_view text);

}  // namespace latchkey::tools
