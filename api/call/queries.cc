#include "api/call/queries.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "api/http/limits.h"
#include "core/base/time_text.h"

namespace latchkey::api {
namespace {

std::optional<std::uint64_t> ParseNumber(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Queries::Queries(const Target& target, std::initializer_list<std::string_view> allowed,
                 std::string_view repeatable)
    : target_(target) {
  const auto& query = target.query();
  for (std::size_t i = 0; i < query.size(); ++i) {
    const auto& [name, value] = query[i];
    if (name != "after_position" &&
        std::find(allowed.begin(), allowed.end(), name) == allowed.end()) {
      Wrong(name, "Unknown parameter.");
    }
    const auto same = [&](const auto& other) { return other.first == name; };
    if (name == "after" && value.empty()) {
      Wrong(name, "It is empty. Leave it out for the first page.");
    }
    if (name != repeatable && std::any_of(query.begin(), query.begin() + i, same)) {
      Wrong(name, "It is given twice.");
    }
  }
}

void Queries::Wrong(std::string_view name, std::string detail) {
  errors_.push_back({"?" + std::string(name), std::move(detail)});
}

std::vector<std::string_view> Queries::All(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [parameter, value] : target_.query()) {
    if (parameter == name) values.push_back(value);
  }
  return values;
}

std::optional<std::uint64_t> Queries::Number(std::string_view name) {
  const std::optional<std::string_view> text = Text(name);
  if (!text) return std::nullopt;
  const auto number = ParseNumber(*text);
  if (!number) Wrong(name, "It must be a number, such as 0 or 1024.");
  return number;
}

std::uint64_t Queries::Limit() {
  const std::optional<std::string_view> text = Text("limit");
  if (!text) return limits::kDefaultPage;
  const std::uint64_t limit = ParseNumber(*text).value_or(0);
  if (limit < 1 || limit > limits::kMaxPage) {
    Wrong("limit", "It must be a number from 1 to " + std::to_string(limits::kMaxPage) + ".");
    return limits::kDefaultPage;
  }
  return limit;
}

std::optional<Time> Queries::TimeOf(std::string_view name) {
  const std::optional<std::string_view> given = Text(name);
  if (!given) return std::nullopt;
  std::string text(*given);
  // An offset's plus sign that was sent bare has been read as a space.
  std::replace(text.begin(), text.end(), ' ', '+');
  const std::optional<std::int64_t> time = text::ParseTime(text);
  if (!time) {
    Wrong(name, "It must be a time as in RFC 3339, such as 2026-01-02T03:04:05Z.");
    return std::nullopt;
  }
  return FromMicros(*time);
}

std::optional<std::string_view> Queries::OneOf(std::string_view name,
                                               std::initializer_list<std::string_view> words) {
  const std::optional<std::string_view> text = Text(name);
  if (!text) return std::nullopt;
  if (std::find(words.begin(), words.end(), *text) != words.end()) return text;
  std::string detail = "It must be one of";
  for (const std::string_view word : words) {
    detail.append(word == *words.begin() ? " " : ", ").append(word);
  }
  Wrong(name, detail + ".");
  return std::nullopt;
}

Status Queries::Done() const {
  if (errors_.empty()) return {};
  return Error{ErrorCode::kValidationFailed,
               "Correct the fields listed in errors and send the request again.", errors_};
}

}  // namespace latchkey::api
