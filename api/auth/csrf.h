// Whether a request that a browser sends with its cookies was meant by whoever sits in front of it.
// Two proofs are asked for, and each would do alone: the browser's own word where the request comes
// from, and a token that only pages of this origin can read. Thread-safe: free functions.
#pragma once

#include <string>
#include <string_view>

#include "api/http/message.h"
#include "core/base/error.h"

namespace latchkey::api {

// Methods that change nothing (RFC 9110 §9.2.1), and need no proof.
bool IsSafe(Method method);

// The browser says that another site's page sends this: then its cookies count for nothing.
bool IsCrossSite(const HttpRequest& request);

// kCsrfRejected when the browser says that a page of another origin sends this. A client that says
// nothing of origins is no browser.
Status CheckNotForeign(const HttpRequest& request);

// The token of a session: made from its cookie, so that nothing has to be kept for it.
std::string CsrfToken(std::string_view cookie);

// What an unsafe request by cookie needs: the session's token in X-CSRF-Token, and an Origin or
// Sec-Fetch-Site that says it comes from here; where both stand, both. kCsrfRejected.
Status CheckCsrf(const HttpRequest& request, std::string_view cookie);

}  // namespace latchkey::api
