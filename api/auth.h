// Who asks, and what they may see and do. The only place where roles meet routes.
#pragma once

#include <optional>
#include <string_view>

#include "api/exchange.h"
#include "api/router.h"

namespace latchkey::api {

// Finds out who asks as `who` requires it and puts it into `x->caller`. Refuses with
// kUnauthenticated, kCsrfRejected, kCertificateExpired, kRegistrationAbandoned,
// kCertificateRevoked; kRateLimited in place of the first where too many credentials were not good.
// Judged anew at every request, against the state as it is now.
Status Authenticate(Who who, Exchange* x);

// What is to be waited for before Authenticate can judge: an access token under a key of the
// provider that must be fetched, or of someone whom the ledger must note first. Null for most.
std::unique_ptr<Later> PrepareCaller(Exchange* x);

// Whether the caller's role allows `access`. kForbidden when it does not.
Status Authorise(Access access, const Exchange& x);
// The same for what the body's switch asks for, if it is there and true.
Status AuthoriseSwitch(const BodySwitch& body_switch, const Exchange& x);

// Whether the operator may know of this account at all; empty stands for the ledger itself.
bool Sees(const Exchange& x, std::string_view account);

// The session whose cookie the request carries: nothing without one, when it has ended, when its
// operator does not hold any more (then it ends), or when another site's page sends it.
std::optional<OperatorSession> FindSession(const Exchange& x, OperatorSessions::Look look);
// Signs `op` in: the answer sets the session's cookie, which is given, and `op` is the caller.
crypto::Secret BeginSession(Operator op, Exchange* x);
// The operator whose token this is. kUnauthenticated when it does not hold.
Result<Operator> OperatorByToken(const Exchange& x, std::string_view token);
// The refusal of a credential that was presented: counted against the address where it was not
// good.
Error RefuseCredential(Error error, Exchange* x);

// Whether an operator still is who they were when they were authenticated: the token holds, under
// the same secret. What they may do and see never changes.
bool StillHolds(const Parts& parts, const Operator& op);
// The same, and whether the session holds too; for streams, which outlive their request.
bool StillHolds(const Parts& parts, const Caller& caller);
// How long that may be so at most; the longest there is when there is no end to it.
Micros Life(const Parts& parts, const Caller& caller);

// What is named in a path, a body or a filter, if the caller may see it; else kNotFound.
// RequireGateway also notes the gateway as the one concerned.
Result<domain::AccountRow> RequireAccount(const Exchange& x, std::string_view name);
Result<domain::GatewayRow> RequireGateway(Exchange* x, std::string_view id);
Result<domain::GatewayRow> FindNamedGateway(const Exchange& x, std::string_view id);
// A token is seen by operators for all accounts, and by those for all of the accounts that it is
// for.
Result<domain::TokenRow> RequireToken(const Exchange& x, std::string_view id);
bool SeesToken(const Exchange& x, const domain::TokenRow& token);
// People alike; everyone sees themselves.
bool SeesPerson(const Exchange& x, const domain::PersonRow& person);
// An actor as docs/events.md writes it: a token, a person or a certificate must be one that the
// caller may see.
Status RequireActor(const Exchange& x, std::string_view actor);

}  // namespace latchkey::api
