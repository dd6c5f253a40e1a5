// What each route does. Called by the dispatcher when the request is well-formed and who asks is
// known; the rest (what is named exists, what is said is valid) is the handler's.
#pragma once

#include "api/exchange.h"

namespace latchkey::api {

// handlers_accounts.cc
Result<Next> ListAccounts(Exchange& x);
Result<Next> GetAccount(Exchange& x);
Result<Next> PutAccount(Exchange& x);

// handlers_gateways.cc
Result<Next> ListGateways(Exchange& x);
Result<Next> PostGateway(Exchange& x);
Result<Next> GetGateway(Exchange& x);
Result<Next> PatchGateway(Exchange& x);
Result<Next> DeleteGateway(Exchange& x);
Result<Next> PostDeregister(Exchange& x);

// handlers_keys.cc
Result<Next> PostKey(Exchange& x);
Result<Next> PostReveal(Exchange& x);
Result<Next> DeleteKey(Exchange& x);

// handlers_tokens.cc
Result<Next> ListTokens(Exchange& x);
Result<Next> PostToken(Exchange& x);
Result<Next> GetOwnToken(Exchange& x);
Result<Next> GetToken(Exchange& x);
Result<Next> DeleteToken(Exchange& x);
Result<Next> PostRotate(Exchange& x);

// handlers_sessions.cc
Result<Next> GetSession(Exchange& x);
Result<Next> PostSession(Exchange& x);
Result<Next> DeleteSession(Exchange& x);

// handlers_people.cc
Result<Next> GetProvider(Exchange& x);
Result<Next> GetCallback(Exchange& x);

// handlers_history.cc
Result<Next> ListEvents(Exchange& x);
Result<Next> StreamEvents(Exchange& x);
Result<Next> GetEvent(Exchange& x);
Result<Next> GetEntry(Exchange& x);
Result<Next> GetLedger(Exchange& x);

// handlers_redemption.cc
Result<Next> PostPreflight(Exchange& x);
Result<Next> PostRegistration(Exchange& x);

// handlers_machine.cc
Result<Next> PostCheckIn(Exchange& x);
Result<Next> PostFailure(Exchange& x);
Result<Next> GetSelf(Exchange& x);

// handlers_service.cc
Result<Next> GetHealth(Exchange& x);
Result<Next> GetReady(Exchange& x);
Result<Next> GetMetrics(Exchange& x);
Result<Next> GetOpenApi(Exchange& x);
Result<Next> GetCa(Exchange& x);

}  // namespace latchkey::api
