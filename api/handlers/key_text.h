// The text of a key for an answer: derived again, never read from anywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "api/call/json_writer.h"
#include "api/call/ledger_view.h"
#include "api/http/message.h"
#include "core/crypto/secret.h"
#include "core/domain/state.h"
#include "core/sequencer/sequencer.h"

namespace latchkey::api {

// Nothing when the master key that made it is not among those we have.
std::optional<crypto::Secret> KeyText(const LedgerView& ledger, std::uint64_t gateway,
                                      const domain::KeyRow& key);

// The member `key`: the text of that generation, or null when the request is a repeat and the key
// is not active any more, or when it cannot be derived. Marks the answer as not to be stored.
void RenderKeyText(const LedgerView& ledger, Response* response, const Outcome& outcome,
                   const domain::GatewayRow& gateway, const domain::KeyRow& key, JsonWriter* json);

}  // namespace latchkey::api
