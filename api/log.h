// Log lines as JSON, one object a line. A line never holds a body, a key, a token, or anything else
// that was sent but the name of the row it met; it is tied to its request by the request id.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <spdlog/common.h>

#include "api/auth/throttle.h"
#include "api/call/call.h"
#include "api/call/log_writer.h"

namespace latchkey::api {

using Logger = std::shared_ptr<LogWriter>;

Logger MakeLogger(spdlog::sink_ptr sink, spdlog::level::level_enum level);
// The same to standard error.
Logger MakeStderrLogger(spdlog::level::level_enum level);

// One request that was answered: reads and what a limit refused at debug, writes and other refusals
// at info, what the server could not do now at warn; trouble with its data or machine at error,
// with the code and detail that the answer does not show. An address that has had its share of the
// log (Throttle::TakeLog) gets no more lines for now, but for what operators change and for first
// redemptions. `logger` may be null.
void LogRequest(const Logger& logger, Throttle& throttle, const Call& call, Micros took);

// A bucket that this request has emptied: what its source tries next is refused, for a while.
void LogLimited(const Logger& logger, const Call& call, LimitedBy by);

// Something about the server itself.
void LogEvent(const Logger& logger, spdlog::level::level_enum level, std::string_view what,
              std::string_view detail, std::string_view request_id = {});

}  // namespace latchkey::api
