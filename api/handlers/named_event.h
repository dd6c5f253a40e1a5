// The event that a path names by its sequence.
#pragma once

#include <cstdint>
#include <utility>

#include "api/call/call.h"
#include "api/call/ledger_view.h"
#include "core/base/error.h"
#include "events/codec.h"

namespace latchkey::api {

// If the caller may see it, else kNotFound. The request has no query.
Result<std::pair<std::uint64_t, events::Event>> NamedEvent(const LedgerView& ledger,
                                                           const Call& call);

}  // namespace latchkey::api
