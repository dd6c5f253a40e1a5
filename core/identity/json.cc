#include "core/identity/json.h"

#include <utility>

#include <boost/json/parse.hpp>

namespace latchkey::identity {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDepth = 16;

}  // namespace

std::optional<json::object> ParseObject(std::string_view text) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::error_code failed;
  json::value value = json::parse({text.data(), text.size()}, failed, {}, options);
  if (failed || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

std::optional<std::string> TextOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains({name.data(), name.size()});
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

}  // namespace latchkey::identity
