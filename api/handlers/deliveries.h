// Which messages a check-in brings, and how they look.
#pragma once

#include <vector>

#include "api/call/json_writer.h"
#include "api/call/ledger_view.h"
#include "core/base/error.h"
#include "core/base/time.h"
#include "core/domain/state.h"
#include "projections/presence.h"

namespace latchkey::api {

// The messages that the gateway is to be given now, ascending, at most limits::kMessagesOfCheckIn:
// those that it was never given come first, then those given longest ago.
std::vector<domain::OpenMessage> ToDeliver(const domain::GatewayRow& gateway,
                                           const projections::Presence& presence, Time ledger_time);

// Writes them as an array, each as its gateway gets it. Refuses with a machine's error.
Status RenderDeliveries(const std::vector<domain::OpenMessage>& messages, const LedgerView& ledger,
                        JsonWriter* json);

// Records that the gateway was given them at `now` by this certificate.
void RecordDeliveries(const domain::GatewayRow& gateway,
                      const std::vector<domain::OpenMessage>& messages,
                      const std::string& certificate_sha256, Time now,
                      projections::Presence* presence);

}  // namespace latchkey::api
