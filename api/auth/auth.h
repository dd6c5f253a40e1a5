// Finds out who asks and whether they may. The only place where roles meet routes.
#pragma once

#include "api/auth/door.h"
#include "api/call/call.h"
#include "api/call/loop.h"
#include "api/call/route.h"
#include "core/base/error.h"

namespace latchkey::api {

// Finds out who asks as `who` requires it and puts that into `call->caller`. Refuses with
// kUnauthenticated, kCsrfRejected, kCertificateExpired, kRegistrationAbandoned,
// kCertificateRevoked; kRateLimited in place of the first after too many credentials that were not
// valid. Judged at every request, against the state as it is now.
Status Authenticate(Who who, const Door& door, Call* call);

// Whether the request carries an access token of the provider. Then PrepareAccessToken comes before
// Authenticate: it fetches the provider's keys when the token is signed with a key that is not
// known, and has the ledger note that its bearer signed in. Refuses only when that note is refused
// and the route writes.
bool HasAccessToken(const Door& door, const Call& call);
Task<Status> PrepareAccessToken(const Door& door, Call& call);

// Whether the caller's role allows `access`. kForbidden when it does not.
Status Authorise(Access access, const Call& call);
// The same for what the body's switch asks for, if it is there and true.
Status AuthoriseSwitch(const BodySwitch& body_switch, const Call& call);

}  // namespace latchkey::api
