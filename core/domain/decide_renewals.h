// The commands of a gateway about its own certificate: renewal, and the first use of a renewed
// one. Internal to core/domain.
#pragma once

#include <string_view>

#include "core/domain/commands.h"
#include "core/domain/decision.h"
#include "core/domain/drafts.h"
#include "core/domain/state.h"

namespace latchkey::domain {

// The event that the open renewal of `gateway` is used for the first time, by the actor.
void AddRenewed(const GatewayRow& gateway, const Submission& submission, GatewayDrafts* drafts);

Decision DecideRenew(const StateReader&, const Submission&, const Renew&, const Context&);

}  // namespace latchkey::domain
