// The rules of messages to gateways. Internal to core/domain.
#pragma once

#include "core/domain/commands.h"
#include "core/domain/decision.h"
#include "core/domain/drafts.h"
#include "core/domain/state.h"

namespace latchkey::domain {

Decision DecideSendMessage(const StateReader& state, const Submission& submission,
                           const SendMessage& command, const Context& context);
Decision DecideCancel(const StateReader& state, const Submission& submission,
                      const CancelMessage& command);
Decision DecideAcknowledge(const StateReader& state, const AcknowledgeMessages& command,
                           const Context& context);
Decision DecideExpireMessage(const StateReader& state, const ExpireMessage& command,
                             const Context& context);

// The open messages of a gateway that is removed end with it.
void CancelOpenMessages(const GatewayRow& gateway, GatewayDrafts* drafts);

}  // namespace latchkey::domain
