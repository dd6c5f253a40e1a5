// Header fields that are comma-separated lists (RFC 9110 §5.6.1).
#pragma once

#include <string_view>

#include "api/http/field_text.h"

namespace latchkey::api {

// Calls `visit` with each element of a list until it says true; whether it did.
template <typename Visit>
bool AnyOf(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (visit(Trim(list.substr(0, comma)))) return true;
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  }
  return false;
}

// Whether If-None-Match names this tag, so that the caller has what it stands for.
inline bool NamesTag(std::string_view if_none_match, std::string_view etag) {
  return AnyOf(if_none_match, [&](std::string_view tag) {
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    return tag == "*" || tag == etag;
  });
}

}  // namespace latchkey::api
