#include "tools/client/table.h"

#include <algorithm>

#include "core/base/printable.h"

namespace latchkey::tools {
namespace {

constexpr std::string_view kGap = "  ";

// Characters, not bytes: UTF-8 continuation bytes have no width.
std::size_t Width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

std::string Paint(const Cell& cell, bool colours) {
  const char* code = nullptr;
  switch (cell.colour) {
    case Colour::kNone:
      break;
    case Colour::kGreen:
      code = "\x1b[32m";
      break;
    case Colour::kRed:
      code = "\x1b[31m";
      break;
    case Colour::kGray:
      code = "\x1b[90m";
      break;
  }
  const std::string shown = text::Printable(cell.text);
  if (!colours || code == nullptr) return shown;
  return code + shown + "\x1b[0m";
}

void Table::Add(std::vector<Cell> row) {
  for (Cell& cell : row) cell.text = text::Printable(cell.text);
  rows_.push_back(std::move(row));
}

void Table::Print(std::ostream& out, bool colours) const {
  std::vector<std::size_t> widths;
  for (const std::string& title : header_) widths.push_back(Width(title));
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], Width(row[i].text));
  }
  const auto print = [&](const std::vector<Cell>& row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      out << (i == 0 ? "" : kGap) << Paint(row[i], colours);
      if (i + 1 < row.size()) out << std::string(widths[i] - Width(row[i].text), ' ');
    }
    out << '\n';
  };
  std::vector<Cell> titles;
  for (const std::string& title : header_) titles.emplace_back(title, Colour::kGray);
  print(titles);
  for (const auto& row : rows_) print(row);
}

Cell Dot(const std::string& status) {
  const Colour colour = status == "green" ? Colour::kGreen
                        : status == "red" ? Colour::kRed
                                          : Colour::kGray;
  return {"● " + status, colour};
}

std::string ShortTime(const std::string& rfc3339) {
  constexpr std::size_t kToSeconds = 19;  // 2026-01-02T03:04:05
  if (rfc3339.empty()) return "-";
  if (rfc3339.size() <= kToSeconds || !rfc3339.ends_with('Z')) return rfc3339;
  std::string text = rfc3339.substr(0, kToSeconds) + "Z";
  text[10] = ' ';
  return text;
}

}  // namespace latchkey::tools
