// Reads JSON from a provider or an administrator without trusting its structure. Thread-safe: free
// functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace latchkey::identity {

// Null unless the text is one JSON object, at most 16 levels deep. Of members with the same name
// the last one counts, as RFC 7519 §4 allows.
std::optional<boost::json::object> ParseObject(std::string_view text);

// The member's text; null when it is missing or not a string.
std::optional<std::string> TextOf(const boost::json::object& object, std::string_view name);

}  // namespace latchkey::identity
