// What must hold of webhooks: part of the invariants. Internal to core/domain.
#pragma once

#include <string>

#include "core/domain/invariant_view.h"

namespace latchkey::domain {

// Each returns "" when the invariant holds, otherwise what is wrong.
std::string WebhooksCountUp(const View& v);
std::string RemovedWebhookIsLeftAlone(const View& v);

}  // namespace latchkey::domain
