// From a request that was read to its answer, in the order of refusals of the contract: malformed,
// unauthenticated, not found or forbidden, invalid, state.
#pragma once

#include <memory>

#include "api/auth/door.h"
#include "api/call/call.h"
#include "api/call/head_signal.h"
#include "api/call/ledger_view.h"
#include "api/call/loop.h"
#include "api/handlers/event_stream.h"
#include "api/handlers/handlers.h"
#include "api/handlers/writes.h"

namespace latchkey::api {

// What the handlers of one worker may use, by their kind.
struct Contexts {
  const LedgerView& ledger;
  Writes writes;
  Door door;
  Lists lists;
  Streams streams;
  Service service;
  HeadSignal& head;
};

// Finds the row, reads the JSON, finds out who asks, waits for after_position, calls the handler.
// The response is complete then, a refusal as a problem; or a stream is returned, which follows
// behind the response's head.
Task<std::unique_ptr<EventStream>> Dispatch(const Contexts& contexts, Call& call);

}  // namespace latchkey::api
