// An event as JSON, as `GET /v1/events` and `latchkey history` show it.
#pragma once

#include <boost/json/object.hpp>

#include "events/event.pb.h"

namespace latchkey::events {

// The members `sequence, type, time, account, gateway, actor, request_id, data` of API.md. `personal`
// holds the opened sealed fields, or is null when they were erased or there are none: the members
// that stood in them are then null. Digests are lower-case hex; certificates PEM-less base64 DER is
// never shown (only the digest). Ids are text (`gw_…`, `tok_…`), times RFC 3339 with microseconds.
boost::json::object ToJson(const Event& event, const Personal* personal);

}  // namespace latchkey::events
