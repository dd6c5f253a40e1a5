// The sessions of people who work with a served ledger.
#pragma once

#include <memory>

#include "api/auth/sessions.h"
#include "tools/ledger/ledger.h"

namespace latchkey::tools {

// Those of DIR/sessions, as far as they belong to this ledger as it is: a restore begins another
// epoch, a rotation another master key or CA, and neither leaves a session. Those of a read-only
// ledger are in memory, as the token that they are begun with. Never refuses. The ledger outlives
// them; `say` is as api::OperatorSessions says.
std::unique_ptr<api::OperatorSessions> OpenSessions(const LedgerOptions& options, Ledger& ledger,
                                                    api::SessionWriter::Say say);

}  // namespace latchkey::tools
