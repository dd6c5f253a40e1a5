// Positions that clients name: where to start, or what to wait for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/exchange.h"
#include "core/base/error.h"

namespace latchkey::api {

// The sequence of the position in `text`, which stands in the request at `place`. Refuses with
// kValidationFailed what is no position, and with kPositionUnknown one of another epoch or beyond
// the end of the log. The latter this ledger never gave out: it is counted as a sign of a rollback.
Result<std::uint64_t> ReadPosition(const Exchange& x, std::string_view text, std::string place);

}  // namespace latchkey::api
