// The SPIFFE trust domain of a ledger, and the names of its gateways in it. Pure functions;
// thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace latchkey::domain {

// Whether `name` can be a trust domain: 1 to 255 lower-case letters, digits, dots, dashes and
// underscores (as the SPIFFE ID specification has it).
bool IsTrustDomain(std::string_view name);

// The trust domain of a ledger that was not given another: its id below a top-level domain that is
// reserved for private use, so that neither another ledger nor a stranger has the same name.
std::string TrustDomainOf(std::string_view ledger_id);

// spiffe://<trust domain>/account/<account>/gateway/<id>. Names of accounts and ids of gateways
// have only characters that SPIFFE allows in a path.
std::string SpiffeId(std::string_view trust_domain, std::string_view account,
                     std::uint64_t gateway);

}  // namespace latchkey::domain
