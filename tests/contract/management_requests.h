// Every request of the management listener, with an option in its body and without, and the objects
// that it names.
#pragma once

#include <ostream>
#include <set>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "api/call/route.h"
#include "tests/contract/contract_ledger.h"

namespace latchkey::testing {

struct ManagementRequest {
  const api::Route* route;
  bool switched = false;  // with its body's switch

  // As in "PUT /v1/accounts/{account}" or "POST /v1/gateways/{gateway}/key with replace".
  std::string Name() const;
};

inline void PrintTo(const ManagementRequest& request, std::ostream* out) { *out << request.Name(); }

// From the route table.
std::vector<ManagementRequest> ManagementRequests();

// The objects of a request, created for it by the owner in an account of their own.
struct Subject {
  std::string account;
  Added gateway;
  NewToken token;
  std::string path;
  boost::json::object body;

  // What must not be shown to others.
  std::set<std::string> names() const { return {account, gateway.id, token.id}; }
};
Subject MakeSubject(ContractLedger& ledger, const ManagementRequest& request);

// Whether the request names something that belongs to an account.
bool NamesSomething(const ManagementRequest& request, const Subject& subject);
// Whether it is only for tokens for all accounts.
bool IsForAllAccounts(const ManagementRequest& request);

// The request about that subject; a stream, which would not end, is asked for by HEAD.
// The id of a session that this begins with the token.
std::string NewSession(ContractLedger& ledger, const NewToken& token);
// Where it is about sessions: makes it one about those of this token.
void MakeOwn(ContractLedger& ledger, const ManagementRequest& request, const NewToken& token,
             Subject* subject);

HttpAnswer Ask(HttpClient& client, const ManagementRequest& request, const Subject& subject,
               const Headers& headers = {});

}  // namespace latchkey::testing
