#include "tools/client/json.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/printable.h"
#include "core/crypto/secret.h"
#include "core/crypto/wiping_memory.h"

namespace latchkey::tools {

const boost::json::value& At(const boost::json::value& value, std::string_view pointer) {
  static const boost::json::value null;
  boost::system::error_code missing;
  const boost::json::value* found = value.find_pointer(pointer, missing);
  return found == nullptr ? null : *found;
}

std::string TextAt(const boost::json::value& value, std::string_view pointer) {
  const auto* text = At(value, pointer).if_string();
  return text == nullptr ? std::string() : text::Printable(std::string_view(*text));
}

std::string RawTextAt(const boost::json::value& value, std::string_view pointer) {
  const auto* text = At(value, pointer).if_string();
  return text == nullptr ? std::string() : std::string(text->begin(), text->end());
}

std::int64_t NumberAt(const boost::json::value& value, std::string_view pointer) {
  const boost::json::value& found = At(value, pointer);
  if (const auto* number = found.if_int64()) return *number;
  if (const auto* number = found.if_uint64()) return static_cast<std::int64_t>(*number);
  return 0;
}

boost::json::value ParseJson(std::string_view text) {
  boost::system::error_code bad;
  boost::json::value value = boost::json::parse(text, bad, crypto::WipingMemory());
  if (bad) return nullptr;
  return value;  // moved: a copy would use other memory
}

std::string JsonText(const boost::json::value& value) {
  std::string raw = boost::json::serialize(value);
  const crypto::WipeAtEnd wipe(&raw);
  return text::EscapeUnprintable(raw);
}

}  // namespace latchkey::tools
