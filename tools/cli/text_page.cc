#include "tools/cli/text_page.h"

#include <algorithm>
#include <sstream>

#include "core/base/unicode.h"

namespace latchkey::tools {
namespace {

constexpr std::size_t kRowIndent = 2;
constexpr std::size_t kColumnGap = 2;
constexpr std::size_t kMaxLeftColumn = 26;  // a longer text on the left has a line of its own
constexpr std::size_t kFarIndent = 8;       // where the first piece takes too much room

}  // namespace

std::vector<std::string> WordsOf(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(std::move(word));
  return words;
}

void TextPage::Begin() {
  if (!text_.empty()) text_ += '\n';
}

void TextPage::Fill(const std::vector<std::string>& pieces, std::size_t at, std::size_t indent) {
  bool first = true;
  for (const std::string& piece : pieces) {
    const std::size_t width = text::CountCells(piece);
    if (!first && at + 1 + width > columns_) {
      text_ += '\n' + std::string(indent, ' ');
      at = indent;
    } else if (!first) {
      text_ += ' ';
      ++at;
    }
    text_ += piece;
    at += width;
    first = false;
  }
  text_ += '\n';
}

void TextPage::Heading(std::string_view text) {
  Begin();
  text_.append(text).append(":\n");
}

void TextPage::Paragraph(std::string_view text) {
  Begin();
  std::istringstream lines{std::string(text)};
  std::vector<std::string> words;
  const auto end = [&] {
    if (!words.empty()) Fill(words, 0, 0);
    words.clear();
  };
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(' ')) {
      end();
      text_ += line + '\n';
    } else {
      for (std::string& word : WordsOf(line)) words.push_back(std::move(word));
    }
  }
  end();
}

void TextPage::Pieces(const std::vector<std::string>& pieces) {
  if (pieces.empty()) return;
  Begin();
  const std::size_t indent = text::CountCells(pieces.front()) + 1;
  Fill(pieces, 0, indent <= kMaxLeftColumn ? indent : kFarIndent);
}

void TextPage::Rows(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::size_t left = 0;
  for (const auto& row : rows) {
    const std::size_t width = text::CountCells(row.first);
    if (width <= kMaxLeftColumn) left = std::max(left, width);
  }
  const std::size_t right = kRowIndent + left + kColumnGap;
  for (const auto& [name, meaning] : rows) {
    Line(kRowIndent, name);
    if (meaning.empty()) continue;
    const std::size_t used = kRowIndent + text::CountCells(name);
    if (used + kColumnGap <= right) {
      text_.pop_back();  // the end of the line
      text_.append(right - used, ' ');
    } else {
      text_.append(right, ' ');
    }
    Fill(WordsOf(meaning), right, right);
  }
}

void TextPage::Line(std::size_t indent, std::string_view text) {
  text_.append(indent, ' ').append(text).append("\n");
}

}  // namespace latchkey::tools
