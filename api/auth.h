// Who asks, and what they may see and do. The only place where roles meet routes.
#pragma once

#include <optional>
#include <string_view>

#include "api/exchange.h"
#include "api/router.h"

namespace latchkey::api {

// Finds out who asks as `who` requires it and puts it into `x->caller`. Refuses with
// kUnauthenticated, kCertificateExpired, kRegistrationAbandoned, kCertificateRevoked. Judged anew
// at every request, against the state as it is now.
Status Authenticate(Who who, Exchange* x);

// Whether the caller's role reaches `access`. kForbidden when it does not.
Status Authorise(Access access, const Exchange& x);

// Whether the caller may know of this account at all; empty stands for the ledger itself.
bool Sees(const domain::TokenRow& token, std::string_view account);
bool Sees(const Exchange& x, std::string_view account);

// The token as it stands now, if it still holds; for streams, which outlive their request.
std::optional<domain::TokenRow> LiveToken(const Parts& parts, std::uint64_t token);

// What is named in a path, a body or a filter, if the caller may see it; else kNotFound.
// RequireGateway also notes the gateway as the one concerned.
Result<domain::AccountRow> RequireAccount(const Exchange& x, std::string_view name);
Result<domain::GatewayRow> RequireGateway(Exchange* x, std::string_view id);
Result<domain::GatewayRow> FindNamedGateway(const Exchange& x, std::string_view id);

}  // namespace latchkey::api
