// Output for people: aligned columns, the dot of a gateway, short times. Colour only on a terminal.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::tools {

enum class Colour { kNone, kGreen, kRed, kGray };

struct Cell {
  // Not explicit: a text is a cell.
  Cell(std::string given, Colour shade = Colour::kNone) : text(std::move(given)), colour(shade) {}
  std::string text;
  Colour colour;
};

class Table {
 public:
  explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}
  // As many cells as the header. Their text is made printable (core/base/printable.h).
  void Add(std::vector<Cell> row);
  bool empty() const { return rows_.empty(); }
  void Print(std::ostream& out, bool colours) const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<Cell>> rows_;
};

// "● green" and its colour, for a gateway's `status`.
Cell Dot(const std::string& status);

// The text made printable, and coloured with `colours`.
std::string Paint(const Cell& cell, bool colours);

// `2026-01-02 03:04:05Z` of an RFC 3339 time in UTC; "-" for an empty one.
std::string ShortTime(const std::string& rfc3339);

}  // namespace latchkey::tools
