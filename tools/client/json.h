// Reading and showing answers without trusting their shape: what is missing or of another type
// reads as empty.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

namespace latchkey::tools {

// The member at `pointer`, such as "/host/os"; null when there is none.
const boost::json::value& At(const boost::json::value& value, std::string_view pointer);
// The string there as it may be shown (core/base/printable.h), and as it is; "" unless there is
// one. Nothing raw is printed but keys, tokens and documents of our own.
std::string TextAt(const boost::json::value& value, std::string_view pointer);
std::string RawTextAt(const boost::json::value& value, std::string_view pointer);
std::int64_t NumberAt(const boost::json::value& value, std::string_view pointer);  // 0 unless one
// Null when the text is no JSON. Its memory is wiped when it goes: answers hold keys and tokens.
boost::json::value ParseJson(std::string_view text);
// JSON in one line, with what would disturb a terminal escaped (core/base/printable.h).
std::string JsonText(const boost::json::value& value);

}  // namespace latchkey::tools
