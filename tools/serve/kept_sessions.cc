#include "tools/serve/kept_sessions.h"

#include <utility>

#include "core/crypto/hash.h"

namespace latchkey::tools {

std::unique_ptr<api::OperatorSessions> OpenSessions(const LedgerOptions& options, Ledger& ledger,
                                                    api::SessionWriter::Say say) {
  if (options.read_only) {
    return std::make_unique<api::OperatorSessions>(ledger.clock(), ledger.random());
  }
  const std::string belongs_to =
      crypto::Sha256({ledger.row().epoch(), ledger.mint().master_key_id(), ledger.ca().sha256()});
  return std::make_unique<api::OperatorSessions>(
      ledger.clock(), ledger.random(),
      api::OperatorSessions::Directory{options.data / "sessions", ledger.resources(), belongs_to,
                                       ledger.subjects(), std::move(say)});
}

}  // namespace latchkey::tools
