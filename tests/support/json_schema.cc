#include "tests/support/json_schema.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string_view>

#include <boost/json/serialize.hpp>
#include <boost/regex.hpp>

namespace latchkey::testing {

namespace json = boost::json;

namespace {

[[noreturn]] void Stop(const std::string& what) {
  std::fprintf(stderr, "openapi.yaml: %s\n", what.c_str());
  std::abort();
}

// Checked here, or saying nothing about the instance.
constexpr std::string_view kChecked[] = {
    "$ref",          "allOf",        "oneOf",    "type",
    "enum",          "const",        "required", "items",
    "minLength",     "maxLength",    "pattern",  "minimum",
    "properties",    "maximum",      "format",   "default",
    "examples",      "example",      "title",    "unevaluatedProperties",
    "description",   "minItems",     "maxItems", "additionalProperties",
    "minProperties", "maxProperties"};

bool IsType(const json::value& instance, std::string_view type) {
  if (type == "object") return instance.is_object();
  if (type == "array") return instance.is_array();
  if (type == "string") return instance.is_string();
  if (type == "integer") return instance.is_int64() || instance.is_uint64();
  if (type == "number") return instance.is_number();
  if (type == "boolean") return instance.is_bool();
  if (type == "null") return instance.is_null();
  Stop("unknown type " + std::string(type));
}

// Compiling a pattern takes far longer than matching it.
const boost::regex& Compiled(std::string_view pattern) {
  thread_local std::map<std::string, boost::regex, std::less<>> compiled;
  auto found = compiled.find(pattern);
  if (found == compiled.end()) {
    found = compiled.emplace(std::string(pattern), boost::regex(std::string(pattern))).first;
  }
  return found->second;
}

std::size_t Characters(std::string_view utf8) {
  std::size_t count = 0;
  for (const char c : utf8) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

class Checker {
 public:
  explicit Checker(const json::value& document) : document_(document) {}

  // Members of `instance` that the schema speaks of are added to `*evaluated`.
  void Check(const json::value& schema_or_ref, const json::value& instance, const std::string& at,
             std::set<std::string, std::less<>>* evaluated) {
    const json::object& own = schema_or_ref.as_object();
    if (own.contains("$ref")) {
      Check(Resolve(document_, schema_or_ref), instance, at, evaluated);
    }
    if (const auto* parts = own.if_contains("allOf")) {
      for (const json::value& part : parts->as_array()) Check(part, instance, at, evaluated);
    }
    if (const auto* choices = own.if_contains("oneOf")) {
      CheckOneOf(choices->as_array(), instance, at, evaluated);
    }
    CheckScalar(own, instance, at);
    if (instance.is_array()) CheckItems(own, instance.get_array(), at);
    if (instance.is_object()) CheckMembers(own, instance.get_object(), at, evaluated);
  }

  std::vector<std::string> TakeProblems() { return std::move(problems_); }

 private:
  void Add(const std::string& at, const std::string& what) {
    problems_.push_back((at.empty() ? "/" : at) + ": " + what);
  }

  void CheckOneOf(const json::array& choices, const json::value& instance, const std::string& at,
                  std::set<std::string, std::less<>>* evaluated) {
    int fitting = 0;
    std::string why;
    for (const json::value& choice : choices) {
      Checker attempt(document_);
      std::set<std::string, std::less<>> members;
      attempt.Check(choice, instance, at, &members);
      if (attempt.problems_.empty()) {
        ++fitting;
        evaluated->merge(members);
      } else {
        why += " (" + attempt.problems_.front() + ")";
      }
    }
    if (fitting != 1) Add(at, "fits " + std::to_string(fitting) + " of oneOf" + why);
  }

  void CheckScalar(const json::object& schema, const json::value& instance, const std::string& at) {
    if (const auto* type = schema.if_contains("type")) {
      bool fits = false;
      if (type->is_string()) {
        fits = IsType(instance, type->get_string());
      } else {
        for (const json::value& one : type->as_array()) fits |= IsType(instance, one.as_string());
      }
      if (!fits) Add(at, json::serialize(instance) + " is no " + json::serialize(*type));
    }
    if (const auto* values = schema.if_contains("enum")) {
      bool listed = false;
      for (const json::value& value : values->as_array()) listed |= value == instance;
      if (!listed) Add(at, json::serialize(instance) + " is none of " + json::serialize(*values));
    }
    if (const auto* value = schema.if_contains("const"); value && *value != instance) {
      Add(at, json::serialize(instance) + " is not " + json::serialize(*value));
    }
    if (instance.is_string()) CheckString(schema, instance.get_string(), at);
    if (instance.is_number()) CheckNumber(schema, instance, at);
  }

  void CheckString(const json::object& schema, std::string_view text, const std::string& at) {
    const std::size_t length = Characters(text);
    if (const auto* least = schema.if_contains("minLength")) {
      if (length < least->to_number<std::size_t>()) Add(at, "too short");
    }
    if (const auto* most = schema.if_contains("maxLength")) {
      if (length > most->to_number<std::size_t>()) Add(at, "too long");
    }
    if (const auto* pattern = schema.if_contains("pattern")) {
      if (!boost::regex_search(text.begin(), text.end(), Compiled(pattern->as_string()))) {
        Add(at, "'" + std::string(text) + "' does not match " + json::serialize(*pattern));
      }
    }
  }

  void CheckNumber(const json::object& schema, const json::value& number, const std::string& at) {
    const auto value = number.to_number<double>();
    if (const auto* least = schema.if_contains("minimum")) {
      if (value < least->to_number<double>()) Add(at, json::serialize(number) + " is too small");
    }
    if (const auto* most = schema.if_contains("maximum")) {
      if (value > most->to_number<double>()) Add(at, json::serialize(number) + " is too large");
    }
  }

  void CheckItems(const json::object& schema, const json::array& items, const std::string& at) {
    if (const auto* least = schema.if_contains("minItems")) {
      if (items.size() < least->to_number<std::size_t>()) Add(at, "too few");
    }
    if (const auto* most = schema.if_contains("maxItems")) {
      if (items.size() > most->to_number<std::size_t>()) Add(at, "too many");
    }
    const auto* each = schema.if_contains("items");
    if (each == nullptr) return;
    for (std::size_t i = 0; i < items.size(); ++i) {
      std::set<std::string, std::less<>> members;
      Check(*each, items[i], at + "/" + std::to_string(i), &members);
    }
  }

  void CheckMembers(const json::object& schema, const json::object& object, const std::string& at,
                    std::set<std::string, std::less<>>* evaluated) {
    if (const auto* required = schema.if_contains("required")) {
      for (const json::value& name : required->as_array()) {
        if (!object.contains(name.as_string())) {
          Add(at, "lacks " + std::string(name.as_string()));
        }
      }
    }
    if (const auto* properties = schema.if_contains("properties")) {
      for (const auto& [name, property] : properties->as_object()) {
        const auto* member = object.if_contains(name);
        if (member == nullptr) continue;
        evaluated->insert(std::string(name));
        std::set<std::string, std::less<>> members;
        Check(property, *member, at + "/" + std::string(name), &members);
      }
    }
    if (const auto* least = schema.if_contains("minProperties")) {
      if (object.size() < least->to_number<std::size_t>()) Add(at, "too few members");
    }
    if (const auto* most = schema.if_contains("maxProperties")) {
      if (object.size() > most->to_number<std::size_t>()) Add(at, "too many members");
    }
    if (const auto* others = schema.if_contains("additionalProperties")) {
      CheckOthers(schema, *others, object, at, evaluated);
    }
    const auto* closed = schema.if_contains("unevaluatedProperties");
    if (closed == nullptr || closed->as_bool()) return;
    for (const auto& member : object) {
      if (!evaluated->contains(member.key())) {
        Add(at, "has the member " + std::string(member.key()) + ", which is not described");
      }
    }
  }

  // The members that `schema` has no property for.
  void CheckOthers(const json::object& schema, const json::value& each, const json::object& object,
                   const std::string& at, std::set<std::string, std::less<>>* evaluated) {
    const auto* properties = schema.if_contains("properties");
    for (const auto& [name, member] : object) {
      if (properties != nullptr && properties->as_object().contains(name)) continue;
      evaluated->insert(std::string(name));
      std::set<std::string, std::less<>> members;
      Check(each, member, at + "/" + std::string(name), &members);
    }
  }

  const json::value& document_;
  std::vector<std::string> problems_;
};

}  // namespace

const json::value& Resolve(const json::value& document, const json::value& value) {
  const json::value* at = &value;
  while (at->is_object()) {
    const auto* ref = at->get_object().if_contains("$ref");
    if (ref == nullptr) break;
    const std::string pointer(ref->as_string());
    if (!pointer.starts_with("#/")) Stop("a reference out of the file: " + pointer);
    boost::system::error_code error;
    at = document.find_pointer(pointer.substr(1), error);
    if (at == nullptr) Stop("a reference to nothing: " + pointer);
  }
  return *at;
}

void CheckKeywords(const json::value& document, const json::value& schema) {
  Resolve(document, schema);
  for (const auto& [keyword, value] : schema.as_object()) {
    bool known = false;
    for (const std::string_view one : kChecked) known |= one == keyword;
    if (!known) Stop("tests do not check the keyword " + std::string(keyword));
    if (keyword == "allOf" || keyword == "oneOf") {
      for (const json::value& part : value.as_array()) CheckKeywords(document, part);
    } else if (keyword == "items" || keyword == "additionalProperties") {
      CheckKeywords(document, value);
    } else if (keyword == "properties") {
      for (const auto& property : value.as_object()) CheckKeywords(document, property.value());
    }
  }
}

std::vector<std::string> CheckSchema(const json::value& document, const json::value& schema,
                                     const json::value& instance) {
  Checker checker(document);
  std::set<std::string, std::less<>> members;
  checker.Check(schema, instance, "", &members);
  return checker.TakeProblems();
}

}  // namespace latchkey::testing
