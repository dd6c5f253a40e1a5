// Positions that clients name: where to start, or what to wait for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/call/call.h"
#include "api/call/ledger_view.h"
#include "core/base/error.h"

namespace latchkey::api {

// The sequence of the position in `text`, which stands in the request at `place`. Refuses with
// kValidationFailed what is no position, and with kPositionUnknown one of another epoch or beyond
// the end of the log. This ledger never gave out the latter: that is noted as a sign of a rollback.
Result<std::uint64_t> ReadPosition(const LedgerView& ledger, std::string_view text,
                                   std::string place, Notes* notes);

}  // namespace latchkey::api
