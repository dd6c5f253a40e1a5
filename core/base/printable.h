// Text that others wrote (names, what a server or a file says), made safe to show: nothing in it
// moves the cursor, colours, reorders or hides what stands around it. Thread-safe: free functions
// without state.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace latchkey::text {

inline constexpr std::size_t kMaxPrintedBytes = 4'096;

// One line: a '?' for each control, bidi or invisible format character and for each byte that is
// not UTF-8. Longer text is cut at a character, with "…" behind it.
std::string Printable(std::string_view text, std::size_t max_bytes = kMaxPrintedBytes);

// Several lines, each printable. Those after the first are indented, so that none passes for a
// message of its own.
std::string PrintableLines(std::string_view text);

// The same characters in JSON, which may be of any length: written as \uXXXX, so that the document
// means what it meant. Bytes that are not UTF-8 become U+FFFD. Makes one copy in one piece of
// memory, so that a caller can wipe it.
std::string EscapeUnprintable(std::string_view json);

}  // namespace latchkey::text
