#include "api/handlers/grants.h"

#include "api/auth/visibility.h"

namespace latchkey::api {

Result<std::optional<std::vector<std::string>>> ReadGrant(const LedgerView& ledger,
                                                          const Caller& caller, std::size_t most,
                                                          Fields* fields) {
  std::optional<std::vector<std::string>> accounts = fields->Strings("accounts", most);
  for (const std::string& account : accounts.value_or(std::vector<std::string>())) {
    const Result<domain::AccountRow> row = RequireAccount(ledger, caller, account);
    if (!row) return row.error();
  }
  return accounts;
}

Status MayGrantAll(const Caller& caller) {
  if (Sees(caller, "")) return {};
  return Refuse(ErrorCode::kForbidden,
                "You are limited to some accounts, and so must be what you create. Name some of "
                "your accounts.");
}

}  // namespace latchkey::api
