#include "tests/contract/access_table.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

#include <gtest/gtest.h>

namespace latchkey::testing {
namespace {

constexpr std::string_view kBegin = "<!-- access -->";
constexpr std::string_view kEnd = "<!-- end of access -->";

std::vector<std::string> Cells(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream parts(line);
  std::string cell;
  std::getline(parts, cell, '|');
  while (std::getline(parts, cell, '|')) {
    std::erase(cell, '`');
    const std::size_t from = cell.find_first_not_of(' ');
    cells.push_back(
        from == std::string::npos ? "" : cell.substr(from, cell.find_last_not_of(' ') - from + 1));
  }
  return cells;
}

}  // namespace

std::map<std::string, std::map<std::string, std::string>> ReadAccessTable() {
  std::map<std::string, std::map<std::string, std::string>> table;
  std::ifstream page(std::string(LATCHKEY_SOURCE_DIR) + "/docs/access.md");
  std::vector<std::string> header;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line == kBegin || line == kEnd) inside = line == kBegin;
    if (!inside || !line.starts_with('|') || line.starts_with("|---")) continue;
    const std::vector<std::string> cells = Cells(line);
    if (header.empty()) {
      header = cells;
      continue;
    }
    EXPECT_EQ(cells.size(), header.size()) << line;
    EXPECT_FALSE(table.contains(cells.at(0))) << "twice: " << line;
    for (std::size_t i = 1; i < std::min(cells.size(), header.size()); ++i) {
      EXPECT_TRUE(cells[i] == "yes" || cells[i] == "no" || cells[i] == "anyone") << line;
      table[cells[0]][header[i]] = cells[i];
    }
  }
  EXPECT_FALSE(table.empty()) << "docs/access.md has no table";
  return table;
}

}  // namespace latchkey::testing
