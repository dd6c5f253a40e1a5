// The accounts that a new token or webhook is for: nobody gives away more than they have.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/call/call.h"
#include "api/call/json_body.h"
#include "api/call/ledger_view.h"
#include "core/base/error.h"

namespace latchkey::api {

// Those that the member `accounts` names, at most `most`; null when it names none, or is not valid.
// kNotFound for one that the caller may not see.
Result<std::optional<std::vector<std::string>>> ReadGrant(const LedgerView& ledger,
                                                          const Caller& caller, std::size_t most,
                                                          Fields* fields);
// Whether the caller may give all accounts away. kForbidden.
Status MayGrantAll(const Caller& caller);

}  // namespace latchkey::api
