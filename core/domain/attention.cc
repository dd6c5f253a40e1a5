#include "core/domain/attention.h"

#include "core/base/limits.h"
#include "core/domain/renewals.h"

namespace latchkey::domain {
namespace {

bool CertificateAges(const GatewayRow& row, Time ledger_time) {
  return row.has_current() && (ledger_time >= FromMicros(row.current().not_after_us()) ||
                               ledger_time >= OverdueAfter(row.current()));
}

bool KeyIsInTrouble(const GatewayRow& row, Time ledger_time) {
  if (!row.has_key() || row.has_pending()) return false;
  const KeyState state = row.key().state();
  if (state == KEY_ACTIVE) {  // judged by time: the event that it has expired follows soon after
    return FromMicros(row.key().expires_us()) - ledger_time < ledger_limits::kKeyEndsSoon;
  }
  return state == KEY_EXPIRED || (state == KEY_REVOKED && RegistrationOf(row) != REGISTERED);
}

}  // namespace

bool NeedsAttention(const GatewayRow& row, Time ledger_time) {
  return StatusOf(row) == RED || (row.has_last_failure() && !row.has_pending()) ||
         CertificateAges(row, ledger_time) || KeyIsInTrouble(row, ledger_time);
}

}  // namespace latchkey::domain
