#include "api/http/cookies.h"

#include "api/http/field_text.h"

namespace latchkey::api {
std::optional<std::string_view> CookieValue(std::string_view field, std::string_view name) {
  std::optional<std::string_view> value;
  while (!field.empty()) {
    const std::size_t end = field.find(';');
    const std::string_view pair = Trim(field.substr(0, end));
    field = end == std::string_view::npos ? std::string_view() : field.substr(end + 1);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
    if (value) return std::nullopt;
    value = pair.substr(equals + 1);
  }
  return value;
}

std::string SetCookie(std::string_view name, std::string_view value, SameSite same_site,
                      std::optional<std::chrono::seconds> lives) {
  std::string field(name);
  field.append("=").append(value).append("; Path=/; Secure; HttpOnly; SameSite=");
  field.append(same_site == SameSite::kStrict ? "Strict" : "Lax");
  if (lives) field.append("; Max-Age=").append(std::to_string(lives->count()));
  return field;
}

std::string ClearCookie(std::string_view name, SameSite same_site) {
  return SetCookie(name, "", same_site, std::chrono::seconds(0));
}

}  // namespace latchkey::api
