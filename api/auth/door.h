// What it takes to find out who asks, and to sign people in and out.
#pragma once

#include <optional>
#include <string>

#include "api/auth/people.h"
#include "api/auth/sessions.h"
#include "api/auth/throttle.h"
#include "api/call/ledger_view.h"
#include "api/call/loop.h"
#include "core/sequencer/sequencer.h"
#include "projections/presence.h"

namespace latchkey::api {

// All of it outlives the server. One for each worker, whose loop it has.
struct Door {
  const LedgerView& ledger;
  OperatorSessions& sessions;
  const Throttle& throttle;
  projections::Presence& presence;      // notes the use of tokens
  People* people;                       // null: no provider signs people in
  std::optional<std::string> provider;  // as people are to see it
  Sequencer& sequencer;                 // notes in the ledger who signed in
  Loop& loop;
};

}  // namespace latchkey::api
