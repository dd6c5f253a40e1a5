#include "tools/ledger/ca_history.h"

#include "core/crypto/certificates.h"

namespace latchkey::tools {

std::string BridgePem(const domain::LedgerRow& ledger) {
  std::string crosses;
  std::string cas;
  const auto& former = ledger.former_cas();
  for (int i = former.size() - 1; i >= 0 && i >= former.size() - kBridgedCas; --i) {
    if (former[i].cross_certificate().empty()) break;  // no chain leads further
    crosses += crypto::DerToPem(former[i].cross_certificate());
    cas.insert(0, crypto::DerToPem(former[i].certificate()));
  }
  return crosses + cas;
}

std::string FormerCasPem(const domain::LedgerRow& ledger) {
  std::string pem;
  for (auto former = ledger.former_cas().rbegin(); former != ledger.former_cas().rend(); ++former) {
    pem += crypto::DerToPem(former->certificate());
  }
  return pem;
}

}  // namespace latchkey::tools
