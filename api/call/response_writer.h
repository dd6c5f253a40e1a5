// A response as the bytes of HTTP/1.1, header and body in one piece.
#pragma once

#include <string>
#include <string_view>

#include "api/call/call.h"

namespace latchkey::api {

enum class Framing {
  kLength,      // Content-Length and the body
  kUntilClose,  // a stream: what comes ends with the connection
};

// Appends to `*out`. `close` says that this is the last answer of the connection; `date` is the
// value of the Date field, `epoch` that of positions.
void AppendResponse(const Call& call, bool close, Framing framing, std::string_view date,
                    std::string_view epoch, std::string* out);

// The value of a Date field (RFC 9110 §5.6.7).
std::string HttpDate(Time time);

}  // namespace latchkey::api
