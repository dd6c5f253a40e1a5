// A page of plain text that fits a terminal: headings, paragraphs and rows of two columns.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace latchkey::tools {

class TextPage {
 public:
  explicit TextPage(std::size_t columns) : columns_(columns) {}

  // Each begins behind an empty line unless it is the first on the page.
  void Heading(std::string_view text);
  // Line breaks become blanks, except before a line that begins with a blank: that line stays as
  // it is.
  void Paragraph(std::string_view text);
  // Pieces that are not broken, such as "[--expires D]"; further lines are indented, if there
  // is room to where the second piece begins.
  void Pieces(const std::vector<std::string>& pieces);
  // Indented below a heading; the right column of all rows begins in the same place.
  void Rows(const std::vector<std::pair<std::string, std::string>>& rows);
  // Indented, and never broken.
  void Line(std::size_t indent, std::string_view text);

  const std::string& text() const { return text_; }

 private:
  void Begin();
  void Fill(const std::vector<std::string>& pieces, std::size_t at, std::size_t indent);

  std::size_t columns_;
  std::string text_;
};

// The words between blanks and line breaks.
std::vector<std::string> WordsOf(std::string_view text);

}  // namespace latchkey::tools
