#include "tools/ledger/ca_history.h"

#include <utility>

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

std::optional<Time> UnknownCaSince(const domain::LedgerRow& ledger) {
  std::string next = crypto::DerToPem(ledger.ca_certificate());
  for (auto former = ledger.former_cas().rbegin(); former != ledger.former_cas().rend(); ++former) {
    std::string pem = crypto::DerToPem(former->certificate());
    const Time rotated = FromMicros(former->rotated_us());
    const auto facts = crypto::ReadCertificate(pem);
    if (!facts || facts->not_after <= rotated) break;
    if (former->cross_certificate().empty() && !crypto::ShareAnIssuer(pem, next)) return rotated;
    next = std::move(pem);
  }
  return std::nullopt;
}

std::string FormerCasPem(const domain::LedgerRow& ledger) {
  std::string pem;
  for (auto former = ledger.former_cas().rbegin(); former != ledger.former_cas().rend(); ++former) {
    pem += crypto::DerToPem(former->certificate());
  }
  return pem;
}

}  // namespace latchkey::tools
