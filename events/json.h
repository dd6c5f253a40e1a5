// An event as JSON, as `GET /v1/events` and `latchkey history` show it; docs/events.md has every
// member. Thread-safe: free functions without state.
#pragma once

#include <boost/json/object.hpp>

#include "events/event.pb.h"

namespace latchkey::events {

// The members `sequence, type, time, account, gateway, actor, request_id, data` of docs/events.md.
// `personal` holds the opened sealed fields, or is null when they were erased or there are none:
// the members from them are then null. Ids are text (`gw_…`, `tok_…`), times RFC 3339 with
// microseconds, digests lower-case hex; of certificates only the digest is shown. Never shown:
// anything derived from a secret (nonces, hashes of keys and tokens), salts and idempotency
// digests. Precondition: a fact is set.
boost::json::object ToJson(const Event& event, const Personal* personal);

}  // namespace latchkey::events
