// Cookies (RFC 6265bis) as this server uses them: only __Host- ones, which no other host and no
// other path can set, and which never leave TLS. Thread-safe: free functions without state.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace latchkey::api {

inline constexpr std::string_view kSessionCookie = "__Host-latchkey-session";

// The value of a cookie in a Cookie field. Nothing when it is not there, or stands there twice: no
// browser sends that, and of two nobody could say which is ours.
std::optional<std::string_view> CookieValue(std::string_view field, std::string_view name);

// A Set-Cookie field. Without `lives` the cookie goes with the browser's session.
enum class SameSite { kStrict, kLax };
std::string SetCookie(std::string_view name, std::string_view value, SameSite same_site,
                      std::optional<std::chrono::seconds> lives = std::nullopt);
std::string ClearCookie(std::string_view name, SameSite same_site);

}  // namespace latchkey::api
