#include "core/domain/apply_ledger.h"

namespace latchkey::domain {
namespace {

LedgerRow Created(const events::LedgerCreated& fact) {
  LedgerRow row;
  row.set_ledger_id(fact.ledger_id());
  row.set_epoch(fact.epoch());
  row.set_format(fact.format());
  row.set_origin(fact.origin());
  row.set_ca_certificate(fact.ca_certificate());
  row.set_checkpoint_public_key(fact.checkpoint_public_key());
  return row;
}

void PutCaInForce(const events::Event& event, LedgerRow* row) {
  const events::CaRotated& fact = event.ca_rotated();
  FormerCa& former = *row->add_former_cas();
  former.set_certificate(row->ca_certificate());
  former.set_cross_certificate(fact.cross_certificate());
  former.set_rotated_us(event.time_us());
  row->set_ca_certificate(fact.ca_certificate());
}

}  // namespace

bool IsOfLedger(const events::Event& event) {
  return event.has_ledger_created() || event.has_ca_rotated() || event.has_trust_domain_named();
}

std::vector<Change> ApplyLedger(const StateReader& state, const events::Event& event) {
  LedgerRow row = event.has_ledger_created() ? Created(event.ledger_created())
                                             : ReadLedger(state).value_or(LedgerRow());
  if (event.has_ca_rotated()) PutCaInForce(event, &row);
  if (event.has_trust_domain_named()) row.set_trust_domain(event.trust_domain_named().name());
  return {{LedgerKey(), row.SerializeAsString()}};
}

}  // namespace latchkey::domain
