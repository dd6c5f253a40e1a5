// What a handler that changes something may use.
#pragma once

#include <chrono>

#include "api/auth/throttle.h"
#include "api/call/call.h"
#include "api/call/ledger_view.h"
#include "api/call/loop.h"
#include "api/handlers/waiting.h"
#include "core/base/error.h"
#include "core/base/random.h"
#include "core/domain/commands.h"
#include "core/sequencer/sequencer.h"
#include "core/subjects/subjects.h"
#include "projections/presence.h"
#include "projections/turns.h"

namespace latchkey::api {

// All of it outlives the server. One for each worker, whose loop it has.
struct Writes {
  const LedgerView& ledger;
  Sequencer& sequencer;
  Loop& loop;
  Random& random;
  Subjects& subjects;               // seals the addresses of check-ins
  projections::Presence& presence;  // takes check-ins
  projections::Turns& turns;        // of the programs that check in
  WaitingCheckIns& waiting;
  Throttle& throttle;
  std::chrono::seconds confirm_window;
  std::chrono::seconds certificate_lifetime;
};

// Hands `command` to the sequencer with its actor and conditions (If-Match, Idempotency-Key), and
// waits for the outcome. The response then has its position. Refuses as the conditions, the queue
// and Decide do; an outcome that is returned has its answer.
Task<Result<Outcome>> Submit(const Writes& writes, Call& call, domain::Command& command);

}  // namespace latchkey::api
