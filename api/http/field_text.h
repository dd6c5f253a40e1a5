// The text of header fields (RFC 9110).
#pragma once

#include <string_view>

namespace latchkey::api {

// Without the blanks around it.
inline std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

}  // namespace latchkey::api
