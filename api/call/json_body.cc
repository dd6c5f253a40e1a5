#include "api/call/json_body.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <boost/beast/core/string.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>

#include "api/http/limits.h"
#include "core/crypto/wiping_memory.h"

namespace latchkey::api {
namespace {

namespace json = boost::json;

// Builds the value as json::parse does, and counts the names it meets: an object keeps one member
// of each name, so that fewer members than names mean a name that stood twice.
struct CountingHandler {
  static constexpr std::size_t max_object_size = limits::kMaxBodyBytes;
  static constexpr std::size_t max_array_size = limits::kMaxBodyBytes;
  static constexpr std::size_t max_key_size = limits::kMaxBodyBytes;
  static constexpr std::size_t max_string_size = limits::kMaxBodyBytes;

  json::value_stack stack{crypto::WipingMemory()};
  std::size_t names = 0;

  bool on_document_begin(json::error_code&) { return stack.reset(crypto::WipingMemory()), true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) { return true; }
  bool on_object_end(std::size_t n, json::error_code&) { return stack.push_object(n), true; }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(std::size_t n, json::error_code&) { return stack.push_array(n), true; }
  bool on_key_part(json::string_view s, std::size_t, json::error_code&) {
    return stack.push_chars(s), true;
  }
  bool on_key(json::string_view s, std::size_t, json::error_code&) {
    return ++names, stack.push_key(s), true;
  }
  bool on_string_part(json::string_view s, std::size_t, json::error_code&) {
    return stack.push_chars(s), true;
  }
  bool on_string(json::string_view s, std::size_t, json::error_code&) {
    return stack.push_string(s), true;
  }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t i, json::string_view, json::error_code&) {
    return stack.push_int64(i), true;
  }
  bool on_uint64(std::uint64_t u, json::string_view, json::error_code&) {
    return stack.push_uint64(u), true;
  }
  // What no double holds comes as infinity, which is not JSON when it is written again.
  bool on_double(double d, json::string_view, json::error_code& error) {
    if (!std::isfinite(d)) return error = json::error::exponent_overflow, false;
    return stack.push_double(d), true;
  }
  bool on_bool(bool b, json::error_code&) { return stack.push_bool(b), true; }
  bool on_null(json::error_code&) { return stack.push_null(), true; }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }
};

std::size_t CountMembers(const json::value& value) {
  std::size_t count = 0;
  if (const json::object* object = value.if_object()) {
    count = object->size();
    for (const auto& member : *object) count += CountMembers(member.value());
  } else if (const json::array* array = value.if_array()) {
    for (const json::value& element : *array) count += CountMembers(element);
  }
  return count;
}

// RFC 6901: `~` and `/` in a member's name are escaped in a pointer.
std::string Pointer(std::string_view prefix, std::string_view name) {
  std::string pointer(prefix);
  pointer.push_back('/');
  for (const char c : name) {
    if (c == '~') {
      pointer.append("~0");
    } else if (c == '/') {
      pointer.append("~1");
    } else {
      pointer.push_back(c);
    }
  }
  return pointer;
}

std::string_view View(json::string_view s) { return {s.data(), s.size()}; }

const json::value& NullValue() {
  static const json::value null;
  return null;
}

// Of valid JSON that begins with an object: takes it apart without judging it again.
class RawReader {
 public:
  explicit RawReader(std::string_view text) : rest_(text) {}

  std::string Find(std::string_view name) {
    Take();  // the bracket
    while (Peek() != '}') {
      const std::string key = Value();
      Take();  // the colon
      const std::string value = Value();
      if (key == name) return value;
      if (Peek() == ',') Take();
    }
    return "";
  }

 private:
  char Peek() {
    const auto at = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(std::min(at, rest_.size()));
    return rest_.empty() ? '}' : rest_.front();
  }
  char Take() {
    const char c = Peek();
    rest_.remove_prefix(std::min<std::size_t>(1, rest_.size()));
    return c;
  }
  void String(std::string* out) {
    std::size_t end = 1;
    while (end < rest_.size() && rest_[end] != '"') end += rest_[end] == '\\' ? 2 : 1;
    end = std::min(end + 1, rest_.size());
    out->append(rest_.substr(0, end));
    rest_.remove_prefix(end);
  }
  // Up to the comma, colon or bracket behind it.
  std::string Value() {
    std::string value;
    for (int depth = 0; !rest_.empty();) {
      const char next = Peek();
      const bool closes = next == '}' || next == ']';
      if (depth == 0 && (closes || next == ',' || next == ':')) break;
      if (next == '"') {
        String(&value);
        continue;
      }
      depth += next == '{' || next == '[' ? 1 : closes ? -1 : 0;
      value.push_back(Take());
    }
    return value;
  }

  std::string_view rest_;
};

}  // namespace

bool IsJson(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (content_type.ends_with(' ') || content_type.ends_with('\t')) content_type.remove_suffix(1);
  return boost::beast::iequals(content_type, "application/json");
}

Result<json::value> ParseBody(std::string_view text) {
  json::parse_options options;
  options.max_depth = limits::kMaxJsonDepth;
  json::basic_parser<CountingHandler> parser(options);
  json::error_code error;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (error == json::error::too_deep) {
    return Refuse(
        ErrorCode::kRequestMalformed,
        "The JSON is nested deeper than " + std::to_string(limits::kMaxJsonDepth) + " levels.");
  }
  if (error == json::error::exponent_overflow) {
    return Refuse(ErrorCode::kRequestMalformed, "The JSON holds a number that is too large.");
  }
  if (!error && used < text.size()) error = json::error::extra_data;
  if (error || !parser.done()) {
    return Refuse(ErrorCode::kRequestMalformed, "The body is not valid JSON in UTF-8.");
  }
  json::value value = parser.handler().stack.release();
  if (!value.is_object()) {
    return Refuse(ErrorCode::kRequestMalformed, "The body must be a JSON object.");
  }
  if (CountMembers(value) != parser.handler().names) {
    return Refuse(ErrorCode::kRequestMalformed, "An object in the JSON has the same member twice.");
  }
  return value;
}

std::string RawMember(std::string_view text, std::string_view name) {
  // Names with escapes are not looked for in that form: who writes one gets his numbers as we do.
  std::string value = RawReader(text).Find('"' + std::string(name) + '"');
  return value == "null" ? "" : value;
}

Fields::Fields(const json::value& value, std::string prefix)
    : object_(value.if_object()), prefix_(std::move(prefix)) {}

const json::value* Fields::Find(std::string_view name) {
  known_.push_back(name);
  if (object_ == nullptr) return nullptr;
  const json::value* value = object_->if_contains({name.data(), name.size()});
  return value == nullptr || value->is_null() ? nullptr : value;
}

const json::array* Fields::Array(std::string_view name, std::size_t most) {
  const json::value* value = Find(name);
  if (value == nullptr) return nullptr;
  const json::array* array = value->if_array();
  if (array == nullptr || array->size() > most) {
    Wrong(name, "It must be an array of at most " + std::to_string(most) + " values.");
    return nullptr;
  }
  return array;
}

bool Fields::Has(std::string_view name) const {
  return object_ != nullptr && object_->contains({name.data(), name.size()});
}

void Fields::Wrong(std::string_view name, std::string detail) {
  errors_.push_back({Pointer(prefix_, name), std::move(detail)});
}

void Fields::Append(const std::vector<FieldError>& errors) {
  errors_.insert(errors_.end(), errors.begin(), errors.end());
}

std::optional<std::string_view> Fields::String(std::string_view name) {
  const json::value* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (const json::string* string = value->if_string()) return View(*string);
  Wrong(name, "It must be a string.");
  return std::nullopt;
}

std::string_view Fields::RequiredString(std::string_view name) {
  const json::value* value = Find(name);
  if (value == nullptr) {
    Wrong(name, "It is missing.");
    return {};
  }
  if (const json::string* string = value->if_string()) return View(*string);
  Wrong(name, "It must be a string.");
  return {};
}

std::string Fields::Name(std::string_view name,
                         Result<std::string> (*form)(std::string_view, std::string_view)) {
  const std::string_view typed = RequiredString(name);
  if (!Sound(name)) return {};
  Result<std::string> formed = form(typed, Pointer(prefix_, name));
  if (formed) return *std::move(formed);
  Append(formed.error().fields);
  return {};
}

std::optional<std::int64_t> Fields::Integer(std::string_view name) {
  const json::value* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (const std::int64_t* number = value->if_int64()) return *number;
  // In JSON Schema 3600.0 is an integer too; beyond 2^53 a double is no longer exact.
  constexpr double kExact = 9'007'199'254'740'992;
  if (const double* number = value->if_double();
      number != nullptr && std::trunc(*number) == *number && std::fabs(*number) <= kExact) {
    return static_cast<std::int64_t>(*number);
  }
  Wrong(name, value->is_uint64() ? "It is too large." : "It must be an integer.");
  return std::nullopt;
}

bool Fields::Bool(std::string_view name, bool otherwise) {
  const json::value* value = Find(name);
  if (value == nullptr) return otherwise;
  if (const bool* boolean = value->if_bool()) return *boolean;
  Wrong(name, "It must be true or false.");
  return otherwise;
}

std::optional<std::vector<std::string>> Fields::Strings(std::string_view name, std::size_t most) {
  const json::value* value = Find(name);
  if (value == nullptr) return std::nullopt;
  const json::array* array = value->if_array();
  std::vector<std::string> strings;
  for (const json::value& item : array != nullptr ? *array : json::array()) {
    const json::string* string = item.if_string();
    if (string == nullptr) {
      array = nullptr;
      break;
    }
    strings.emplace_back(View(*string));
  }
  if (array == nullptr) {
    Wrong(name, "It must be an array of strings.");
    return std::nullopt;
  }
  const std::set<std::string> different(strings.begin(), strings.end());
  if (strings.empty() || strings.size() > most || different.size() != strings.size()) {
    Wrong(name, "It must name 1 to " + std::to_string(most) + ", each of them once.");
    return std::nullopt;
  }
  return strings;
}

const json::value& Fields::Object(std::string_view name) {
  const json::value* value = Find(name);
  if (value == nullptr) return NullValue();
  if (value->is_object()) return *value;
  Wrong(name, "It must be an object.");
  return NullValue();
}

bool Fields::Sound(std::string_view name) const {
  const std::string pointer = Pointer(prefix_, name);
  return std::none_of(errors_.begin(), errors_.end(),
                      [&](const FieldError& error) { return error.pointer == pointer; });
}

void Fields::Check(const Status& status) {
  if (!status) Append(status.error().fields);
}

Status Fields::Done(Unknown unknown) const {
  std::vector<FieldError> errors = errors_;
  if (unknown == Unknown::kRefused && object_ != nullptr) {
    for (const auto& member : *object_) {
      const std::string_view name = View(member.key());
      if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
      errors.push_back({Pointer(prefix_, name), "Unknown member."});
    }
  }
  if (errors.empty()) return {};
  return Error{ErrorCode::kValidationFailed,
               "Correct the fields listed in errors and send the request again.",
               std::move(errors)};
}

}  // namespace latchkey::api
