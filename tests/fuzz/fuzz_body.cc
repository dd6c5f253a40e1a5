#include <algorithm>
#include <cmath>
#include <string>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "api/call/json_body.h"
#include "api/http/limits.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey::fuzz {
namespace {

namespace json = boost::json;

std::size_t DepthOf(const json::value& value) {
  std::size_t deepest = 0;
  if (const json::object* object = value.if_object()) {
    for (const auto& member : *object) deepest = std::max(deepest, DepthOf(member.value()));
  } else if (const json::array* array = value.if_array()) {
    for (const json::value& element : *array) deepest = std::max(deepest, DepthOf(element));
  } else {
    return 0;
  }
  return deepest + 1;
}

// Boost reads a number to within a last place or so and writes it to the last, so decimals differ a
// little when they are read again. No member of a body is one.
bool IsAlike(const json::value& a, const json::value& b) {
  if (const json::object* object = a.if_object()) {
    const json::object* other = b.if_object();
    return other != nullptr && object->size() == other->size() &&
           std::all_of(object->begin(), object->end(), [&](const auto& member) {
             const json::value* found = other->if_contains(member.key());
             return found != nullptr && IsAlike(member.value(), *found);
           });
  }
  if (const json::array* array = a.if_array()) {
    const json::array* other = b.if_array();
    return other != nullptr && array->size() == other->size() &&
           std::equal(array->begin(), array->end(), other->begin(), IsAlike);
  }
  if (const double* number = a.if_double()) {
    const double* other = b.if_double();
    return other != nullptr &&
           (*number == *other || std::abs(*number - *other) <= std::abs(*number) * 1e-12);
  }
  return a == b;
}

// Asks for each member in every way; whatever is wrong is told with a pointer to it.
void ReadMembers(const json::value& body) {
  const json::object& object = body.get_object();
  Expect(api::Fields(body).Done(api::Fields::Unknown::kRefused).has_value() == object.empty(),
         "a member that nobody asked for is refused");
  api::Fields fields(body);
  for (const auto& member : object) {
    const std::string_view name(member.key().data(), member.key().size());
    const auto text = fields.String(name);
    Expect(!text || *text == std::string_view(member.value().get_string()), "texts come whole");
    const auto number = fields.Integer(name);
    Expect(!number || static_cast<double>(*number) == member.value().to_number<double>(),
           "numbers come whole");
    (void)fields.RequiredString(name);
    (void)fields.Bool(name, false);
    (void)fields.Strings(name, 3);
    api::Fields inner(fields.Object(name), "/inner");
    (void)inner.String(name);
    fields.Add(inner);
  }
  const Status done = fields.Done(api::Fields::Unknown::kRefused);
  if (done) return;
  for (const FieldError& error : done.error().fields) {
    Expect(error.pointer.starts_with('/'), "errors point to a member");
  }
}

// What stands in the text is what was read, but for a name that is written with escapes.
void ReadRaw(std::string_view text, const json::value& body) {
  for (const auto& member : body.get_object()) {
    const std::string name(member.key().data(), member.key().size());
    if (json::serialize(json::string(name)) != '"' + name + '"') continue;
    const std::string raw = api::RawMember(text, name);
    if (raw.empty()) continue;
    Expect(IsAlike(json::parse({raw.data(), raw.size()}), member.value()),
           "the raw value is the value");
    Expect(raw.find('\n') == std::string::npos, "it stands on one line");
  }
}

void ParseOne(std::string_view text) {
  const Result<json::value> body = api::ParseBody(text);
  if (!body) {
    Expect(body.error().code == ErrorCode::kRequestMalformed, "refusals have one code");
    return;
  }
  Expect(body->is_object(), "a body is an object");
  Expect(DepthOf(*body) <= api::limits::kMaxJsonDepth, "no deeper than the limit");
  Expect(json::parse({text.data(), text.size()}) == *body, "it is what Boost's parser reads");
  const std::string written = json::serialize(*body);
  const Result<json::value> again = api::ParseBody(written);
  Expect(again && IsAlike(*body, *again), "what is written reads back");
  ReadMembers(*body);
  ReadRaw(text, *body);
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  latchkey::fuzz::ParseOne(latchkey::fuzz::TextOf(data, size));
  return 0;
}
