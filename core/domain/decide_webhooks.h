// The rules of webhooks. Internal to core/domain.
#pragma once

#include "core/domain/commands.h"
#include "core/domain/decision.h"
#include "core/domain/state.h"

namespace latchkey::domain {

Decision DecideAddWebhook(const StateReader& state, const AddWebhook& command,
                          const Context& context);
Decision DecideChangeWebhook(const StateReader& state, const ChangeWebhook& command);
Decision DecideRotateWebhook(const StateReader& state, const RotateWebhook& command,
                             const Context& context);
Decision DecideRemoveWebhook(const StateReader& state, const RemoveWebhook& command);

}  // namespace latchkey::domain
