#include "tools/serve/trust_domain.h"

#include <string>

#include "core/domain/state.h"
#include "core/domain/trust_domain.h"

namespace latchkey::tools {

Status SettleTrustDomain(Ledger& ledger, std::string_view wanted) {
  const auto row = domain::ReadLedger(ledger.projections().state());
  if (wanted.empty() && row && !row->trust_domain().empty()) return {};
  const std::string name =
      wanted.empty() ? domain::TrustDomainOf(ledger.row().ledger_id()) : std::string(wanted);
  const auto named = ledger.Run(domain::NameTrustDomain{name});
  return named ? Status() : Status(named.error());
}

}  // namespace latchkey::tools
