// Who asks, and what they may see and do. The only place where roles meet routes.
#pragma once

#include <optional>
#include <string_view>

#include "api/exchange.h"
#include "api/router.h"

namespace latchkey::api {

// Finds out who asks as `who` requires it and puts it into `x->caller`. Refuses with
// kUnauthenticated, kCertificateExpired, kRegistrationAbandoned, kCertificateRevoked; kRateLimited
// in place of the first where too many credentials were not good. Judged anew
// at every request, against the state as it is now.
Status Authenticate(Who who, Exchange* x);

// Whether the caller's role allows `access`. kForbidden when it does not.
Status Authorise(Access access, const Exchange& x);
// The same for what the body's switch asks for, if it is there and true.
Status AuthoriseSwitch(const BodySwitch& body_switch, const Exchange& x);

// Whether a token may know of this account at all; empty stands for the ledger itself, which only
// tokens for all accounts may.
bool Sees(const domain::TokenRow& token, std::string_view account);
bool Sees(const Exchange& x, std::string_view account);

// Whether the token that was once authenticated still holds under the same secret; for streams,
// which outlive their request. What it may do and see never changes.
bool StillHolds(const Parts& parts, const domain::TokenRow& token);

// What is named in a path, a body or a filter, if the caller may see it; else kNotFound.
// RequireGateway also notes the gateway as the one concerned.
Result<domain::AccountRow> RequireAccount(const Exchange& x, std::string_view name);
Result<domain::GatewayRow> RequireGateway(Exchange* x, std::string_view id);
Result<domain::GatewayRow> FindNamedGateway(const Exchange& x, std::string_view id);
// A token is seen by those for all accounts, and by those for all of the accounts that it is for.
Result<domain::TokenRow> RequireToken(const Exchange& x, std::string_view id);
bool SeesToken(const Exchange& x, const domain::TokenRow& token);
// An actor as in API.md: a token or a certificate must be one that the caller may see.
Status RequireActor(const Exchange& x, std::string_view actor);

}  // namespace latchkey::api
