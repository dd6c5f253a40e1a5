// A text of rows that a command works off: CSV with a header, or one value a line.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tools/process/exit_code.h"

namespace latchkey::tools {

inline constexpr std::size_t kMaxSheetBytes = 16u << 20;
inline constexpr std::size_t kMaxSheetRows = 10'000;

struct SheetRow {
  std::size_t line;                          // in the file, from 1
  std::map<std::string, std::string> cells;  // by the column's name in lower case
};

struct SheetForm {
  // Names of the column that every row needs, in lower case. A line without a header is a value of
  // the first.
  std::vector<std::string> main;
  // The other columns that may be there.
  std::vector<std::string> others{};
  bool ignores_unknown = false;
};

// The first line is a header when one of its fields is a main column; fields are separated by
// commas, semicolons or tabs. Fails with kUsage, the file's `name` and the line when that is not
// what a person can have meant, so that nothing is done by half.
CliResult<std::vector<SheetRow>> ReadSheet(std::string_view text, const std::string& name,
                                           const SheetForm& form);

}  // namespace latchkey::tools
