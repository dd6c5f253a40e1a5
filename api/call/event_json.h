// One event as everyone gets to see it who may: in lists, streams and webhooks. Personal fields are
// opened here, and are null once they were erased.
#pragma once

#include <boost/json/object.hpp>

#include "api/call/ledger_view.h"
#include "events/event.pb.h"

namespace latchkey::api {

boost::json::object EventJson(const events::Event& event, const LedgerView& ledger);

}  // namespace latchkey::api
