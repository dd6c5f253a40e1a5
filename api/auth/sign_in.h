// What signing people in waits for: the OpenID provider, and the ledger.
#pragma once

#include <string>

#include "api/auth/door.h"
#include "api/call/call.h"
#include "api/call/loop.h"
#include "core/base/error.h"

namespace latchkey::api {

// These three refuse with kProviderUnreachable, or kOverloaded when too many wait; RedeemCode with
// kForbidden when the provider refuses the code.
Task<Status> FetchMetadata(const Door& door);
Task<Status> FetchKeys(const Door& door);
Task<Result<std::string>> RedeemCode(const Door& door, const std::string& code,
                                     const std::string& verifier);

// Has the ledger note that the person signed in. Refuses as Sequencer::Submit and Decide do.
Task<Status> NoteSignIn(const Door& door, const Call& call, const Operator& person,
                        const identity::Identity& identity);

}  // namespace latchkey::api
