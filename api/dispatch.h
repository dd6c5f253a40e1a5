// From a request that was read to what its handler answers, in the order of refusals of the
// contract: malformed, unauthenticated, not found or forbidden, invalid, state.
#pragma once

#include "api/exchange.h"

namespace latchkey::api {

// Finds the row, reads the JSON, finds out who asks, waits for after_position, calls the handler. A
// refusal leaves a complete problem in the response and gives Answered. May be called again for the
// same exchange after AwaitHead. Thread-safe for different exchanges.
Next Dispatch(Exchange* x);

// Completes the response of a Command with its outcome.
void Complete(const Command& command, const Outcome& outcome, Exchange* x);

// `x->response` becomes the refusal `error`; counts it.
void Reject(const Error& error, Exchange* x);

}  // namespace latchkey::api
