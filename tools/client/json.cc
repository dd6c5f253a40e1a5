#include "tools/client/json.h"

#include <array>
#include <charconv>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/printable.h"
#include "core/crypto/secret.h"
#include "core/crypto/wiping.h"
#include "core/crypto/wiping_memory.h"

namespace latchkey::tools {
namespace {

constexpr std::size_t kMostDigits = 32;  // of a double in its shortest form, with all signs

void Write(const boost::json::value& value, std::string* out);

void WriteScalar(const boost::json::value& value, std::string* out) {
  const double* number = value.if_double();
  if (number == nullptr) {
    std::string text = boost::json::serialize(value);
    const crypto::WipeAtEnd wipe(&text);
    return crypto::AppendWiping(out, text);
  }
  std::array<char, kMostDigits> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), *number).ptr;
  const std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
  crypto::AppendWiping(out, text);
  // Whole, but not read as an integer: it stays what it was.
  if (text.find_first_of(".e") == std::string_view::npos) crypto::AppendWiping(out, ".0");
}

void Write(const boost::json::value& value, std::string* out) {
  if (const auto* object = value.if_object()) {
    const char* before = "{";
    for (const auto& [name, member] : *object) {
      crypto::AppendWiping(out, before);
      WriteScalar(boost::json::value(name), out);
      crypto::AppendWiping(out, ":");
      Write(member, out);
      before = ",";
    }
    crypto::AppendWiping(out, object->empty() ? "{}" : "}");
  } else if (const auto* array = value.if_array()) {
    const char* before = "[";
    for (const boost::json::value& element : *array) {
      crypto::AppendWiping(out, before);
      Write(element, out);
      before = ",";
    }
    crypto::AppendWiping(out, array->empty() ? "[]" : "]");
  } else {
    WriteScalar(value, out);
  }
}

}  // namespace

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

std::string WriteJson(const boost::json::value& value) {
  std::string text;
  Write(value, &text);
  return text;
}

std::string JsonText(const boost::json::value& value) {
  std::string raw = WriteJson(value);
  const crypto::WipeAtEnd wipe(&raw);
  return text::EscapeUnprintable(raw);
}

}  // namespace latchkey::tools
