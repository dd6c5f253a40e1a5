// A JSON body: parsed under our limits, then read member by member, gathering what is wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "core/base/error.h"

namespace latchkey::api {

// Whether the media type is application/json, whatever its parameters and case.
bool IsJson(std::string_view content_type);

// The value lies in WipingMemory(). Refuses with kRequestMalformed what is no JSON text (RFC 8259)
// in UTF-8, no object, deeper than kMaxJsonDepth, names a member twice in one object, or holds a
// number that is too large for a double.
Result<boost::json::value> ParseBody(std::string_view text);

// The value of a member of an object as it stands in `text`, which ParseBody took: numbers keep
// their form. Without blanks between its parts. Empty when there is no such member, or it is null.
std::string RawMember(std::string_view text, std::string_view name);

// Reads the members of one object. A member that is null counts as absent. What is wrong is
// gathered and given by Done, all at once; getters then return what is harmless.
class Fields {
 public:
  // `value` is an object or null (nothing was sent) and outlives this; `prefix` is its JSON
  // pointer.
  explicit Fields(const boost::json::value& value, std::string prefix = "");

  std::optional<std::string_view> String(std::string_view name);
  std::string_view RequiredString(std::string_view name);
  // A required string in the form that `form` gives it, as domain::GatewayName does.
  std::string Name(std::string_view name,
                   Result<std::string> (*form)(std::string_view typed, std::string_view pointer));
  std::optional<std::int64_t> Integer(std::string_view name);
  bool Bool(std::string_view name, bool otherwise);
  // An array of at least one and at most `most` different strings.
  std::optional<std::vector<std::string>> Strings(std::string_view name, std::size_t most);
  // An array of at most `most` values; null when there is none.
  const boost::json::array* Array(std::string_view name, std::size_t most);
  // Whether there is such a member that is not null: for one that is read by other means.
  bool Present(std::string_view name) { return Find(name) != nullptr; }
  // Whether there is such a member, be it null.
  bool Has(std::string_view name) const;
  // The object itself, or null: for a Fields of its own.
  const boost::json::value& Object(std::string_view name);

  // Whether nothing is wrong with that member so far.
  bool Sound(std::string_view name) const;
  // Takes over what a check of form refused.
  void Check(const Status& status);
  void Add(const Fields& other) { Append(other.errors_); }

  enum class Unknown { kRefused, kIgnored };
  // kValidationFailed with everything gathered; members that were never asked for count as well
  // when they are to be refused.
  Status Done(Unknown unknown) const;

 private:
  const boost::json::value* Find(std::string_view name);
  void Wrong(std::string_view name, std::string detail);
  void Append(const std::vector<FieldError>& errors);

  const boost::json::object* object_;
  std::string prefix_;
  std::vector<std::string_view> known_;
  std::vector<FieldError> errors_;
};

}  // namespace latchkey::api
