// The commands about registrations: check-in, failure, deregistration, removal, acceptance after a
// restore, timers. Internal to core/domain.
#pragma once

#include <cstdint>
#include <string>

#include "core/domain/commands.h"
#include "core/domain/decision.h"
#include "core/domain/drafts.h"
#include "core/domain/state.h"
#include "events/event.pb.h"

namespace latchkey::domain {

// The event that a pending registration has ended; valid until the next draft is added.
Draft& AddAbandoned(const Registration& pending, events::RegistrationAbandoned::Why why,
                    GatewayDrafts* drafts);

// The event that this registration is confirmed; `gateway` is the row before the confirmation.
void AddConfirmed(const GatewayRow& gateway, std::uint32_t generation,
                  const std::string& certificate_sha256, const std::string& version,
                  const Submission& submission, GatewayDrafts* drafts);

Decision DecideCheckIn(const StateReader&, const Submission&, const CheckIn&, const Context&);
Decision DecideReportFailure(const StateReader&, const ReportFailure&, const Context&);
Decision DecideDeregister(const StateReader&, const Submission&, const DeregisterGateway&,
                          const Context&);
Decision DecideDeregisterSelf(const StateReader&, const DeregisterSelf&, const Context&);
Decision DecideRemoveGateway(const StateReader&, const Submission&, const RemoveGateway&,
                             const Context&);
Decision DecideAccept(const StateReader&, const Submission&, const AcceptRegistration&);
Decision DecideAcceptAll(const StateReader&, const AcceptRegistrations&);
Decision DecideAbandon(const StateReader&, const AbandonRegistration&, const Context&);

}  // namespace latchkey::domain
