// Changes of a JSON object, for tables of what is refused.
#pragma once

#include <functional>
#include <string>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace latchkey::testing {

using Change = std::function<void(boost::json::object&)>;

inline Change Set(std::string name, boost::json::value value) {
  return [=](boost::json::object& object) { object[name] = value; };
}
inline Change Without(std::string name) {
  return [=](boost::json::object& object) { object.erase(name); };
}

}  // namespace latchkey::testing
