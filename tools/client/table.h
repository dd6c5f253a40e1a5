// Output for people: aligned columns, the dot of a gateway, short times. Colour only on a terminal,
// and cut to its width only there.
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

// What the text is for.
struct Screen {
  bool colours = false;
  std::size_t width = 0;  // in cells; 0 for no limit
};

struct Column {
  // Not explicit: a title is a column.
  Column(const char* text, bool cut = false) : title(text), may_cut(cut) {}
  std::string title;
  bool may_cut;  // to make the table fit; never what is copied from it, such as ids and keys
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // As many cells as columns. Their text is made printable (core/base/printable.h).
  void Add(std::vector<Cell> row);
  bool empty() const { return rows_.empty(); }
  // A table that is too wide even when it is cut is printed as it is.
  void Print(std::ostream& out, const Screen& screen) const;

 private:
  std::vector<std::size_t> Widths(std::size_t width) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// "● green" and its colour, for a gateway's `status`.
Cell Dot(const std::string& status);

// The text made printable, and coloured with `colours`.
std::string Paint(const Cell& cell, bool colours);

// `2026-01-02 04:04:05+01:00` of an RFC 3339 time, in the time zone of this process (TZ); with `Z`
// where that is UTC. "-" for an empty text.
std::string ShortTime(const std::string& rfc3339);

// From now on the time zone of this process is UTC. Before other threads begin.
void UseUtc();

}  // namespace latchkey::tools
