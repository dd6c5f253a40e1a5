// Operators' credentials: tokens, and the cookies of sessions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "api/auth/door.h"
#include "api/call/call.h"
#include "api/call/loop.h"
#include "core/base/error.h"
#include "core/crypto/secret.h"

namespace latchkey::api {

// The credentials of `Authorization: Bearer …`; nothing for another scheme or none.
std::optional<std::string_view> BearerToken(std::string_view authorization);

// The password of `Authorization: Basic …` (RFC 7617); nothing for another scheme, none, or one
// that cannot be read.
std::optional<crypto::Secret> BasicPassword(std::string_view authorization);

// The operator whose token this is. kUnauthenticated when it is not valid at that time.
Result<Operator> OperatorByToken(const LedgerView& ledger, std::string_view token,
                                 Time ledger_time);
// What to answer to a credential that was refused with `error`: counts it against the address when
// it is not valid.
Error RefuseCredential(const Error& error, const Throttle& throttle, Call* call);

// The session whose cookie the request carries: nothing without one, when it has ended, when its
// operator is not valid any more (then it ends), or when another site's page sends it.
std::optional<OperatorSession> FindSession(const Door& door, const Call& call,
                                           OperatorSessions::Look look);
// Signs `who` in: the answer sets the session's cookie, which is returned, and `who` is the caller.
// Ends the session that the browser had before, if its request names one. Refuses as
// OperatorSessions::Begin tells.
Task<Result<crypto::Secret>> BeginSession(const Door& door, Operator who, Call& call);
// Ends the session, and its streams, before it returns. Refuses as OperatorSessions::End tells.
Task<Status> EndSession(const Door& door, const SessionId& id);
// The same of all sessions of one operator that `which` is true of.
Task<Status> EndSessionsOf(const Door& door, const std::string& operator_id,
                           const std::function<bool(const Operator& who)>& which);

// Whether an operator is still valid as they were when they were authenticated: the token is, under
// the same secret. What they may do and see never changes.
bool StillValid(const LedgerView& ledger, const Operator& who);
// The same, and whether the session goes on too; for streams, which outlive their request.
bool StillValid(const LedgerView& ledger, OperatorSessions& sessions, const Caller& caller);
// Longest time for which that may stay so; Micros::max() means no limit.
Micros Life(const LedgerView& ledger, OperatorSessions& sessions, const Caller& caller);

}  // namespace latchkey::api
