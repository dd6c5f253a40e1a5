#include "api/call/security_headers.h"

namespace latchkey::api {
namespace {

// Each answer: its type is what it says, nobody may embed it, links from it tell nothing.
constexpr std::string_view kEverywhere =
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

// JSON and text are no pages: shown as one, they may load and do nothing.
constexpr std::string_view kData =
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";

// The console: its own files alone, no inline code or style, no frames, no plug-ins, and none of
// the machine's devices. What opens it in a window of its own has no hold on it.
constexpr std::string_view kPage =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Permissions-Policy: camera=(), display-capture=(), geolocation=(), hid=(), microphone=(), "
    "midi=(), payment=(), serial=(), usb=()\r\n";

constexpr std::string_view kAlwaysTls = "Strict-Transport-Security: max-age=31536000\r\n";

}  // namespace

bool IsNameOfItsOwn(std::string_view host) {
  if (host.starts_with('[')) return false;
  host = host.substr(0, host.find(':'));
  const bool number = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return !number && host != "localhost" && !host.ends_with(".localhost");
}

void AppendSecurityFields(const Call& call, std::string* out) {
  if (call.connection.listener != Listener::kManagement) return;
  out->append(kEverywhere).append(call.response.page ? kPage : kData);
  if (call.response.page && IsNameOfItsOwn(call.request.host)) out->append(kAlwaysTls);
}

}  // namespace latchkey::api
