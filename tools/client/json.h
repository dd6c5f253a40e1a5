// Reads and shows answers without trusting their structure: a member that is missing or of another
// type reads as empty.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

namespace latchkey::tools {

// The member at `pointer`, such as "/host/os"; null when there is none.
const boost::json::value& At(const boost::json::value& value, std::string_view pointer);
// The string at `pointer` made printable (core/base/printable.h), and as it is; "" unless there is
// a string. Only keys, tokens and our own documents are printed raw.
std::string TextAt(const boost::json::value& value, std::string_view pointer);
std::string RawTextAt(const boost::json::value& value, std::string_view pointer);
std::int64_t NumberAt(const boost::json::value& value, std::string_view pointer);  // 0 unless one
// Null when the text is not JSON. Its memory is wiped on destruction: answers hold keys and tokens.
boost::json::value ParseJson(std::string_view text);
// JSON in one line. Numbers that are not whole are written as people and most programs do, 3.5 and
// not 3.5E0; what is read is the same. Wipes what it leaves behind, but not the result.
std::string WriteJson(const boost::json::value& value);
// The same, with characters that are unsafe for a terminal escaped (core/base/printable.h).
std::string JsonText(const boost::json::value& value);

}  // namespace latchkey::tools
