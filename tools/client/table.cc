#include "tools/client/table.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include <fmt/chrono.h>

#include "core/base/printable.h"
#include "core/base/time_text.h"
#include "core/base/unicode.h"

namespace latchkey::tools {
namespace {

constexpr std::string_view kGap = "  ";

// A column is not made narrower than this.
constexpr std::size_t kMinWidth = 8;

// The text with blanks behind it, or its beginning and an ellipsis.
std::string Fitted(const std::string& text, std::size_t width, bool last) {
  const std::size_t cells = text::CountCells(text);
  if (cells > width) {
    const std::string_view kept = text::CutToCells(text, width - 1);
    return Fitted(std::string(kept) + "…", width, last);
  }
  return last ? text : text + std::string(width - cells, ' ');
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

std::vector<std::size_t> Table::Widths(std::size_t width) const {
  std::vector<std::size_t> widths;
  std::size_t total = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t widest = text::CountCells(columns_[i].title);
    for (const auto& row : rows_) widest = std::max(widest, text::CountCells(row[i].text));
    widths.push_back(widest);
    total += widest + (i == 0 ? 0 : kGap.size());
  }
  // The widest gives first, so that none loses much.
  while (width > 0 && total > width) {
    std::size_t* widest = nullptr;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const bool gives = columns_[i].may_cut && widths[i] > kMinWidth;
      if (gives && (widest == nullptr || widths[i] > *widest)) widest = &widths[i];
    }
    if (widest == nullptr) break;
    --*widest;
    --total;
  }
  return widths;
}

void Table::Print(std::ostream& out, const Screen& screen) const {
  const std::vector<std::size_t> widths = Widths(screen.width);
  const auto print = [&](const std::vector<Cell>& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const Cell cell(Fitted(row[i].text, widths[i], i + 1 == row.size()), row[i].colour);
      line.append(i == 0 ? "" : kGap).append(Paint(cell, screen.colours));
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  };
  std::vector<Cell> titles;
  for (const Column& column : columns_) titles.emplace_back(column.title, Colour::kGray);
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
  if (rfc3339.empty()) return "-";
  const auto micros = text::ParseTime(rfc3339);
  if (!micros) return rfc3339;
  const auto seconds = static_cast<std::time_t>(*micros / 1'000'000);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  std::string words = fmt::format("{:%Y-%m-%d %H:%M:%S}", local);
  if (local.tm_gmtoff == 0) return words + "Z";
  const auto minutes = std::abs(local.tm_gmtoff) / 60;
  return words +
         fmt::format("{}{:02}:{:02}", local.tm_gmtoff < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

void UseUtc() {
  ::setenv("TZ", "UTC0", 1);
  ::tzset();
}

}  // namespace latchkey::tools
