// Makes text from others (names, text from a server or a file) safe to show: nothing in it moves
// the cursor, or colours, reorders or hides the text around it. Thread-safe: free functions without
// state.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace latchkey::text {

inline constexpr std::size_t kMaxPrintedBytes = 4'096;

// One line: a '?' for each control, bidi or invisible format character and for each byte that is
// not UTF-8. Longer text is cut between characters and ends with "…".
std::string Printable(std::string_view text, std::size_t max_bytes = kMaxPrintedBytes);

// Several lines, each printable. Those after the first are indented, so that none looks like a
// message of its own.
std::string PrintableLines(std::string_view text);

// The same characters in JSON, which may be of any length: written as \uXXXX, so that the
// document's meaning stays the same. Bytes that are not UTF-8 become U+FFFD. Makes a single copy in
// one allocation, so that a caller can wipe it.
std::string EscapeUnprintable(std::string_view json);

}  // namespace latchkey::text
