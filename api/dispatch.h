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
  std::function<Webhooks*()> webhooks;  // null: nothing is sent
};

// What an answer is more than its response; at most one is there.
struct Handled {
  std::unique_ptr<EventStream> stream;  // follows behind the response's head
  std::unique_ptr<CheckInWait> wait;    // comes before the response
};

// Finds the row, reads the JSON, finds out who asks, waits for after_position, calls the handler.
// The response is complete then, a refusal as a problem, unless there is a wait.
Task<Handled> Dispatch(const Contexts& contexts, Call& call);

}  // namespace latchkey::api
