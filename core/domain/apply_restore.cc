#include "core/domain/apply_restore.h"

#include <optional>

#include "core/base/limits.h"

namespace latchkey::domain {

std::vector<Change> ApplyRestore(const StateReader& state, const events::Event& event) {
  const events::LedgerRestored& fact = event.ledger_restored();
  LedgerRow ledger = ReadLedger(state).value_or(LedgerRow());
  ledger.set_epoch(fact.epoch());
  ledger.set_origin(fact.origin());
  ledger.set_checkpoint_public_key(fact.checkpoint_public_key());
  CountersRow counters = ReadCounters(state);
  counters.set_gateways(counters.gateways() + ledger_limits::kNumbersPerRestore);
  counters.set_tokens(counters.tokens() + ledger_limits::kNumbersPerRestore);
  counters.set_tokens_revoked(counters.tokens());
  counters.set_messages(counters.messages() + ledger_limits::kNumbersPerRestore);
  counters.set_webhooks(counters.webhooks() + ledger_limits::kNumbersPerRestore);
  counters.set_webhooks_removed(counters.webhooks_removed() + ledger_limits::kNumbersPerRestore);
  EpochRow epoch;
  epoch.set_since(event.sequence());
  epoch.set_since_us(event.time_us());
  epoch.set_last_token(counters.tokens());
  return {{LedgerKey(), ledger.SerializeAsString()},
          {CountersKey(), counters.SerializeAsString()},
          {OwnersKey(), OwnersRow().SerializeAsString()},
          {EpochKey(), epoch.SerializeAsString()}};
}

std::vector<Change> ApplyAcceptance(const StateReader& state, const events::Event& event) {
  if (!event.account().empty()) {
    std::optional<AccountRow> account = ReadAccount(state, event.account());
    if (!account) return {};
    account->set_accepted_sequence(event.sequence());
    return {{AccountKey(event.account()), account->SerializeAsString()}};
  }
  std::optional<EpochRow> epoch = ReadEpoch(state);
  if (!epoch) return {};
  epoch->set_accepted_sequence(event.sequence());
  return {{EpochKey(), epoch->SerializeAsString()}};
}

}  // namespace latchkey::domain
