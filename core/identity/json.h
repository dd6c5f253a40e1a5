// Reading what a provider or an administrator wrote, without trusting its shape. Thread-safe: free
// functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace latchkey::identity {

// Nothing unless the text is one JSON object, at most 16 deep. Of members of one name the last one
// counts, as RFC 7519 §4 allows.
std::optional<boost::json::object> ParseObject(std::string_view text);

// The member's text; nothing when it is missing or is something else.
std::optional<std::string> TextOf(const boost::json::object& object, std::string_view name);

}  // namespace latchkey::identity
