#include "tools/client/sheet.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include <fmt/format.h>

#include "core/base/unicode.h"
#include "core/base/utf8.h"
#include "tools/client/csv.h"

namespace latchkey::tools {
namespace {

constexpr std::string_view kSeparators = ",;\t";

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Failure Wrong(const std::string& name, std::size_t line, const std::string& why) {
  return Fail(ExitCode::kUsage, fmt::format("{}, line {}: {}", name, line, why));
}

std::string ColumnsOf(const SheetForm& form) {
  std::string all;
  for (const auto* names : {&form.main, &form.others}) {
    for (const std::string& name : *names) all += (all.empty() ? "" : ", ") + name;
  }
  return all;
}

struct SheetHeader {
  char separator;
  std::vector<std::string> columns;
};

// The first row, when it names a main column.
std::optional<SheetHeader> FindHeader(std::string_view text, const SheetForm& form) {
  std::string_view first;
  while (!text.empty() && first.find_first_not_of(" \t\r") == std::string_view::npos) {
    first = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(first.size() + 1, text.size()));
  }
  for (const char separator : kSeparators) {
    std::size_t broken = 0;
    const std::vector<CsvRow> rows = ReadCsv(first, separator, &broken);
    if (broken != 0 || rows.empty()) continue;
    SheetHeader header{separator, {}};
    for (const std::string& field : rows[0].fields) header.columns.push_back(Lower(field));
    const bool found = std::any_of(form.main.begin(), form.main.end(), [&](const auto& name) {
      return Contains(header.columns, name);
    });
    if (found) return header;
  }
  return std::nullopt;
}

CliResult<void> CheckHeader(const SheetHeader& header, const std::string& name, std::size_t line,
                            const SheetForm& form) {
  std::vector<std::string> seen;
  for (const std::string& column : header.columns) {
    const bool known = Contains(form.main, column) || Contains(form.others, column);
    if (!known && !form.ignores_unknown) {
      return Wrong(name, line,
                   fmt::format("there is no column '{}', only {}.", column, ColumnsOf(form)));
    }
    if (known && Contains(seen, column)) {
      return Wrong(name, line, fmt::format("the column '{}' appears twice.", column));
    }
    seen.push_back(column);
  }
  return {};
}

// One value a line.
CliResult<std::vector<SheetRow>> ReadLines(std::string_view text, const std::string& name,
                                           const SheetForm& form) {
  std::vector<SheetRow> rows;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view value = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!value.empty() && std::isspace(static_cast<unsigned char>(value.back())) != 0) {
      value.remove_suffix(1);
    }
    if (value.empty()) continue;
    if (value.find_first_of(kSeparators) != std::string_view::npos) {
      return Wrong(name, line,
                   fmt::format("is this CSV? Then begin with a line that names the columns, such "
                               "as {}. A value with a comma in it is written in quotes there.",
                               form.main[0]));
    }
    rows.push_back({line, {{form.main[0], std::string(value)}}});
  }
  return rows;
}

CliResult<std::vector<SheetRow>> ReadRows(std::string_view text, const std::string& name,
                                          const SheetHeader& header, const SheetForm& form) {
  std::size_t broken = 0;
  const std::vector<CsvRow> read = ReadCsv(text, header.separator, &broken);
  if (broken != 0) {
    return Wrong(name, broken, "a field in quotes does not end, or goes on behind its quotes.");
  }
  if (auto good = CheckHeader(header, name, read[0].line, form); !good) return good.error();
  std::vector<SheetRow> rows;
  for (std::size_t i = 1; i < read.size(); ++i) {
    SheetRow row{read[i].line, {}};
    if (read[i].fields.size() > header.columns.size()) {
      return Wrong(name, row.line,
                   fmt::format("there are {} fields below {} columns.", read[i].fields.size(),
                               header.columns.size()));
    }
    for (std::size_t j = 0; j < read[i].fields.size(); ++j) {
      if (!read[i].fields[j].empty()) row.cells[header.columns[j]] = read[i].fields[j];
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

CliResult<std::vector<SheetRow>> ReadSheet(std::string_view text, const std::string& name,
                                           const SheetForm& form) {
  if (text.size() > kMaxSheetBytes) {
    return Fail(ExitCode::kUsage,
                fmt::format("{} is longer than {} MiB.", name, kMaxSheetBytes >> 20));
  }
  if (text.starts_with(text::kByteOrderMark)) text.remove_prefix(text::kByteOrderMark.size());
  if (!text::CountChars(text) || text.find('\0') != std::string_view::npos) {
    return Fail(ExitCode::kUsage,
                name + " is not UTF-8. Save it as UTF-8; in a spreadsheet choose \"CSV UTF-8\".");
  }
  const auto header = FindHeader(text, form);
  auto rows = header ? ReadRows(text, name, *header, form) : ReadLines(text, name, form);
  if (!rows) return rows;
  if (rows->empty()) return Fail(ExitCode::kUsage, name + " is empty.");
  if (rows->size() > kMaxSheetRows) {
    return Fail(ExitCode::kUsage,
                fmt::format("{} has more than {} rows. Split it.", name, kMaxSheetRows));
  }
  return rows;
}

}  // namespace latchkey::tools
