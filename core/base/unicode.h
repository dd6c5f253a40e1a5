// Text in UTF-8 that people typed, or look for. Unicode as utf8proc knows it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace latchkey::text {

// In Normalization Form C (UAX #15); null for what is not UTF-8.
std::optional<std::string> Nfc(std::string_view text);

// Texts that differ only in case, in marks (é, e) or in compatible forms (ﬁ, fi) give the same
// text: NFKD without marks, case folded. Null for what is not UTF-8.
std::optional<std::string> Fold(std::string_view text);

// Without blanks of any script at either end. `text` is UTF-8.
std::string_view Trim(std::string_view text);

// Whether it has control characters other than those in `allowed`, which are ASCII. `text` is
// UTF-8.
bool HasControls(std::string_view text, std::string_view allowed);

// How many code points; null for what is not UTF-8.
std::optional<std::size_t> CountChars(std::string_view text);

// How many cells of a terminal it takes: two for a wide character, none for a mark, one for a byte
// that is not UTF-8.
std::size_t CountCells(std::string_view text);

// As much of its beginning as fits into so many cells; a letter keeps its marks.
std::string_view CutToCells(std::string_view text, std::size_t cells);

// The first character that is invisible, or that changes how others are shown: controls, direction
// marks, zero-width characters, fillers. U+200C and U+200D belong to the spelling between letters
// and count only elsewhere. `text` is UTF-8.
std::optional<char32_t> FindUnseen(std::string_view text);

// As people write a code point: "U+200B".
std::string CodePointName(char32_t point);

}  // namespace latchkey::text
