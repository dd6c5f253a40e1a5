// docs/access.md as a table: which role may make which request.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace latchkey::testing {

inline constexpr std::string_view kRoles[] = {"owner", "operator", "helpdesk", "auditor"};

// By request, as in "PUT /v1/accounts/{account}" or "POST /v1/gateways/{gateway}/key with replace":
// by role "yes", "no" or "anyone". Fails the running test where the page is malformed.
std::map<std::string, std::map<std::string, std::string>> ReadAccessTable();

}  // namespace latchkey::testing
