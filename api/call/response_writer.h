// A response as the bytes of HTTP/1.1.
#pragma once

#include <string>
#include <string_view>

#include "api/call/call.h"

namespace latchkey::api {

enum class Framing {
  kLength,      // Content-Length and the body
  kUntilClose,  // a stream: what comes ends with the connection
};

// Appends the head to `*out`, and a short body, so that both go out in one TLS record. Gives the
// body that is to be sent behind it: a long one is not copied, and stays in the response. `close`
// says that this is the last answer of the connection; `date` is the value of the Date field,
// `epoch` that of positions.
std::string_view AppendResponse(const Call& call, bool close, Framing framing,
                                std::string_view date, std::string_view epoch, std::string* out);

// The value of a Date field (RFC 9110 §5.6.7).
std::string HttpDate(Time time);

}  // namespace latchkey::api
