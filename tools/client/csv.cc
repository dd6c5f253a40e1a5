#include "tools/client/csv.h"

#include <algorithm>

#include <csv.h>
#include <boost/json/serialize.hpp>

#include "core/base/printable.h"
#include "tools/client/json.h"

namespace latchkey::tools {
namespace {

// A note and labels are shorter.
constexpr std::size_t kMaxCellBytes = 64 * 1024;

std::string CsvQuoted(const std::string& text) {
  const bool plain = text.find_first_of("\",;\t\r\n") == std::string::npos &&
                     !text.starts_with(' ') && !text.ends_with(' ');
  if (plain) return text;
  std::string quoted(2 * text.size() + 2, '\0');
  quoted.resize(csv_write(quoted.data(), quoted.size(), text.data(), text.size()));
  return quoted;
}

std::string Field(std::string_view raw) {
  std::string text = text::Printable(raw, kMaxCellBytes);
  const bool formula = !text.empty() && std::string_view("=+-@").find(text[0]) != std::string::npos;
  return CsvQuoted(formula ? "'" + text : text);
}

std::string Joined(const boost::json::array& items) {
  std::string all;
  for (const boost::json::value& item : items) {
    all += (all.empty() ? "" : ";") + RawTextAt(item, "");
  }
  return all;
}

std::string Labels(const boost::json::object& labels) {
  std::string all;
  for (const auto& [key, value] : labels) {
    all += (all.empty() ? "" : ";") + std::string(key) + ":" + RawTextAt(value, "");
  }
  return all;
}

std::string Value(const CsvColumn& column, const boost::json::value& item) {
  const boost::json::value& value = At(item, column.pointer);
  if (value.is_null()) return {};
  if (const auto* text = value.if_string()) return Field(*text);
  if (column.kind == CsvColumn::Kind::kLabels && value.is_object()) {
    return Field(Labels(value.get_object()));
  }
  if (const auto* items = value.if_array()) return Field(Joined(*items));
  // Escaped as JSON is everywhere, and never a formula.
  return CsvQuoted(column.kind == CsvColumn::Kind::kJson ? JsonText(value)
                                                         : boost::json::serialize(value));
}

struct CsvReading {
  std::vector<CsvRow> rows;
  CsvRow row{0, {}};
  std::size_t line = 0;
};

void TakeField(void* text, std::size_t size, void* to) {
  auto& reading = *static_cast<CsvReading*>(to);
  if (reading.row.line == 0) reading.row.line = reading.line;
  reading.row.fields.emplace_back(static_cast<const char*>(text), size);
}

void TakeRow(int, void* to) {
  auto& reading = *static_cast<CsvReading*>(to);
  const bool empty = std::all_of(reading.row.fields.begin(), reading.row.fields.end(),
                                 [](const std::string& field) { return field.empty(); });
  if (!empty) reading.rows.push_back(reading.row);
  reading.row = {0, {}};
}

}  // namespace

std::string CsvHeader(std::span<const CsvColumn> columns) {
  std::string line;
  for (const CsvColumn& column : columns) {
    line.append(line.empty() ? "" : ",").append(column.name);
  }
  return line + "\n";
}

std::string CsvLine(std::span<const CsvColumn> columns, const boost::json::value& item) {
  std::string line;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    line += (i == 0 ? "" : ",") + Value(columns[i], item);
  }
  return line + "\n";
}

std::vector<CsvRow> ReadCsv(std::string_view text, char delimiter, std::size_t* broken_line) {
  *broken_line = 0;
  csv_parser parser;
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) return {};
  csv_set_delim(&parser, static_cast<unsigned char>(delimiter));
  CsvReading reading;
  bool read = true;
  // By lines, so that each row knows where it begins.
  while (read && !text.empty()) {
    ++reading.line;
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    read = csv_parse(&parser, text.data(), end, &TakeField, &TakeRow, &reading) == end;
    text.remove_prefix(end);
  }
  if (!read || csv_fini(&parser, &TakeField, &TakeRow, &reading) != 0) *broken_line = reading.line;
  csv_free(&parser);
  return std::move(reading.rows);
}

}  // namespace latchkey::tools
