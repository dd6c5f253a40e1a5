// The rules of all commands (docs/design.md §2 and §7). No clock, randomness, I/O, thread or log:
// everything that is not in the state comes from the context.
#pragma once

#include "core/domain/commands.h"
#include "core/domain/decision.h"
#include "core/domain/state.h"

namespace latchkey::domain {

Decision Decide(const StateReader& state, const Submission& submission, const Context& context);

}  // namespace latchkey::domain
