// The commands about connection: who connects and disconnects, and how often that is recorded; and
// the suspicion that two machines use one certificate. Internal to core/domain.
#pragma once

#include <string>

#include "core/base/time.h"
#include "core/domain/commands.h"
#include "core/domain/decision.h"
#include "core/domain/drafts.h"
#include "core/domain/state.h"

namespace latchkey::domain {

// When connecting and disconnecting may be recorded again: `ledger_time`, or later after
// kMaxConnectionFactsPerHour.
Time NextConnectionFact(const GatewayRow& gateway, Time ledger_time);

// The event that the gateway, which is not connected, is. Or that it is flapping, or none.
void AddConnected(const GatewayRow& gateway, const Submission& submission,
                  const std::string& version, const Context& context, GatewayDrafts* drafts);

Decision DecideDisconnect(const StateReader&, const DisconnectGateway&, const Context&);
Decision DecideSuspectSharing(const StateReader&, const Submission&, const SuspectSharing&,
                              const Context&);

}  // namespace latchkey::domain
