#include "api/auth/csrf.h"

#include <boost/beast/core/string.hpp>

#include "core/base/base32.h"
#include "core/crypto/hash.h"

namespace latchkey::api {
namespace {

constexpr std::string_view kLabel = "latchkey/csrf-token/v1";
constexpr std::string_view kScheme = "https://";

// The origin of the page is the one that the request names as its host; we serve TLS alone. A page
// cannot choose either of the two.
bool IsOwnOrigin(const HttpRequest& request) {
  const std::string_view origin = request.origin;
  return origin.starts_with(kScheme) &&
         boost::beast::iequals(origin.substr(kScheme.size()), request.host);
}

Error Rejected(const char* detail) { return Refuse(ErrorCode::kCsrfRejected, detail); }

}  // namespace

bool IsSafe(Method method) { return method == Method::kGet || method == Method::kHead; }

bool IsCrossSite(const HttpRequest& request) { return request.sec_fetch_site == "cross-site"; }

Status CheckNotForeign(const HttpRequest& request) {
  const bool foreign = (request.has_sec_fetch_site && request.sec_fetch_site != "same-origin") ||
                       (request.has_origin && !IsOwnOrigin(request));
  if (foreign) {
    return Rejected(
        "A browser says that a page from elsewhere sends this. Use the console itself.");
  }
  return {};
}

std::string CsrfToken(std::string_view cookie) {
  return text::ToBase32(crypto::HmacSha256(cookie, kLabel), text::kBase32Lower);
}

Status CheckCsrf(const HttpRequest& request, std::string_view cookie) {
  if (Status foreign = CheckNotForeign(request); !foreign) return foreign;
  if (!request.has_sec_fetch_site && !request.has_origin) {
    return Rejected(
        "What changes something needs an Origin when it is sent with a cookie. "
        "Programs send a token as Authorization: Bearer … instead.");
  }
  if (!crypto::ConstantTimeEqual(request.csrf_token, CsrfToken(cookie))) {
    return Rejected("X-CSRF-Token must be the csrf_token of this session, see GET /v1/session.");
  }
  return {};
}

}  // namespace latchkey::api
