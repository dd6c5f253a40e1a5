// Comma-separated values (RFC 4180), for scripts and spreadsheets. Lines end with LF alone.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

namespace latchkey::tools {

// A column of a list: its name in the first line, and where its value is in an item of the list.
struct CsvColumn {
  enum class Kind {
    kPlain,   // a text, a number or a flag; empty for null; texts of an array joined by ";"
    kLabels,  // key:value, joined by ";"
    kJson,    // an object as JSON
  };
  std::string_view name;
  std::string_view pointer;
  Kind kind = Kind::kPlain;
};

// One line each, with its LF. A text that a spreadsheet would take for a formula has an apostrophe
// before it (OWASP, CSV injection). Control characters become '?'.
std::string CsvHeader(std::span<const CsvColumn> columns);
std::string CsvLine(std::span<const CsvColumn> columns, const boost::json::value& item);

struct CsvRow {
  std::size_t line;  // where its first field ends, from 1
  std::vector<std::string> fields;
};
// The rows that are not empty. Blanks around a field that is not quoted do not belong to it.
// `broken_line` is where a quoted field goes wrong; 0 when all is well, else the rows before it are
// returned.
std::vector<CsvRow> ReadCsv(std::string_view text, char delimiter, std::size_t* broken_line);

}  // namespace latchkey::tools
