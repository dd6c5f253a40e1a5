// The part of JSON Schema 2020-12 that api/openapi.yaml uses, checked in full; any other keyword
// stops the process, so that nothing in the contract goes unchecked silently. Test programs only.
//
// The packaged validators know draft 7, where a closed object (`unevaluatedProperties: false`)
// cannot be put together out of parts.
#pragma once

#include <string>
#include <vector>

#include <boost/json/value.hpp>

namespace latchkey::testing {

// Follows `$ref` (of the form #/a/b) as long as there is one. Stops the process at a dead end.
const boost::json::value& Resolve(const boost::json::value& document,
                                  const boost::json::value& value);

// Stops the process if `schema` uses a keyword that CheckSchema does not know.
void CheckKeywords(const boost::json::value& document, const boost::json::value& schema);

// What of `instance` does not fit `schema`, in words that begin with a JSON pointer.
std::vector<std::string> CheckSchema(const boost::json::value& document,
                                     const boost::json::value& schema,
                                     const boost::json::value& instance);

}  // namespace latchkey::testing
