// What a restore and what follows it change, apart from the rows of gateways. Internal to
// core/domain.
#pragma once

#include <vector>

#include "core/domain/state.h"
#include "events/event.pb.h"

namespace latchkey::domain {

// Of a LedgerRestored. Gateways, keys and tokens from before are void by their places and numbers
// (VoidBelowEpoch); none of their rows changes.
std::vector<Change> ApplyRestore(const StateReader& state, const events::Event& event);

// Of a RegistrationAccepted for an account, or for all accounts.
std::vector<Change> ApplyAcceptance(const StateReader& state, const events::Event& event);

}  // namespace latchkey::domain
