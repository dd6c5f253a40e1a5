#include "core/domain/trust_domain.h"

#include <algorithm>

#include "core/base/hex.h"
#include "core/base/ids.h"
#include "core/base/limits.h"

namespace latchkey::domain {
namespace {

constexpr std::string_view kPrivateDomain = ".latchkey.internal";

bool IsAllowed(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

}  // namespace

bool IsTrustDomain(std::string_view name) {
  return !name.empty() && name.size() <= ledger_limits::kMaxTrustDomainChars &&
         std::all_of(name.begin(), name.end(), IsAllowed);
}

std::string TrustDomainOf(std::string_view ledger_id) {
  return text::ToHex(ledger_id).append(kPrivateDomain);
}

std::string SpiffeId(std::string_view trust_domain, std::string_view account,
                     std::uint64_t gateway) {
  return std::string("spiffe://")
      .append(trust_domain)
      .append("/account/")
      .append(account)
      .append("/gateway/")
      .append(text::GatewayId(gateway));
}

}  // namespace latchkey::domain
