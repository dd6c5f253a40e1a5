// An event of the history in a sentence, as the console says it (web/src/history/words.ts).
#pragma once

#include <functional>
#include <string>

#include <boost/json/value.hpp>

namespace latchkey::tools {

// The name behind an id of a gateway or of a token. `account`: the gateway's.
struct Names {
  std::function<std::string(const std::string& id, const std::string& account)> gateway;
  std::function<std::string(const std::string& id)> token;
};

// Printable (core/base/printable.h), in one line. A fact of a newer server becomes its type and its
// members.
std::string Sentence(const boost::json::value& event, const Names& names);

}  // namespace latchkey::tools
