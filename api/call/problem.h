// The one place that knows which HTTP status a refusal has. Answers are problem+json (RFC 9457).
#pragma once

#include <string_view>

#include "api/call/call.h"
#include "core/base/error.h"

namespace latchkey::api {

// The status of a refusal; kInUse, kUnusable and kIo, which are nobody's fault who asked, are shown
// as `overloaded`.
int StatusOf(ErrorCode code);

// Whether it is one of those: only the log line says what is wrong, see Notes::trouble.
bool IsOfTheMachine(ErrorCode code);

// Makes the call's response the refusal `error`: body, WWW-Authenticate, Retry-After unless there
// is one already. A position and an Allow that are already in the response stay.
void RenderProblem(const Error& error, Call* call);

}  // namespace latchkey::api
