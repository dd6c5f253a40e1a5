// What a caller may know of. What one may not see is not found.
#pragma once

#include <string_view>

#include "api/call/call.h"
#include "api/call/ledger_view.h"
#include "core/base/error.h"
#include "core/domain/state.h"
#include "events/event.pb.h"

namespace latchkey::api {

// Whether the operator may know of this account at all; empty stands for the ledger itself.
bool Sees(const Caller& caller, std::string_view account);
// A token is seen by operators for all accounts, and by those for all of the accounts that it is
// for.
bool SeesToken(const Caller& caller, const domain::TokenRow& token);
bool SeesWebhook(const Caller& caller, const domain::WebhookRow& webhook);  // alike
// People alike; everyone sees themselves.
bool SeesPerson(const Caller& caller, const domain::PersonRow& person);

// The sessions of others are seen by owners, as their tokens are; everyone sees their own.
bool SeesSessionsOf(const Caller& caller, const Operator& who);

// What is named in a path, a body or a filter, if the caller may see it; else kNotFound.
Result<domain::AccountRow> RequireAccount(const LedgerView& ledger, const Caller& caller,
                                          std::string_view name);
Result<domain::GatewayRow> RequireGateway(const LedgerView& ledger, const Caller& caller,
                                          std::string_view id);
// Of the path: also notes the gateway as the one concerned.
Result<domain::GatewayRow> GatewayOfPath(const LedgerView& ledger, Call* call);
Result<domain::TokenRow> RequireToken(const LedgerView& ledger, const Caller& caller,
                                      std::string_view id);
// The id of an operator whose sessions the caller may see, whether or not there are any.
Status RequireSessionsOf(const LedgerView& ledger, const Caller& caller, const std::string& id);
// A token, a person or a certificate that acted must be one that the caller may see.
Status RequireActor(const LedgerView& ledger, const Caller& caller, const events::Actor& actor);

}  // namespace latchkey::api
