// What each route does. Called once the request is well-formed and the caller is known; whether
// what is named exists and what is said is valid, the handler finds out. One that refuses leaves
// the response to whoever calls it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "api/auth/door.h"
#include "api/call/call.h"
#include "api/call/ledger_view.h"
#include "api/call/loop.h"
#include "api/handlers/check_in_wait.h"
#include "api/handlers/event_stream.h"
#include "api/handlers/stream_count.h"
#include "api/handlers/writes.h"
#include "api/http/buffer_budget.h"
#include "api/webhooks/webhooks.h"
#include "projections/account_counts.h"

namespace latchkey::api {

// The server itself, as its own routes show it.
struct Service {
  const LedgerView& ledger;
  std::function<bool()> serving;
  std::function<std::string()> metrics;  // as Prometheus reads them
};

// Reads that take a while: of many rows, a page at a time, or of what is about to come.
struct Lists {
  const LedgerView& ledger;
  BufferBudget& buffers;
  Loop& loop;
  projections::AccountCounts& account_counts;
};

// Those who follow the ledger.
struct Streams {
  const LedgerView& ledger;
  OperatorSessions& sessions;
  StreamCount& count;
};

// Who has signed in.
struct SessionDesk {
  const Door& door;
  BufferBudget& buffers;
};

// Those who are told.
struct WebhookDesk {
  const Writes& writes;
  const Lists& lists;
  Webhooks* webhooks;  // null: nothing is sent
};

using Handler =
    std::variant<Status (*)(const LedgerView&, Call&), Task<Status> (*)(const Lists&, Call&),
                 Task<Status> (*)(const Writes&, Call&),
                 Task<Status> (*)(const WebhookDesk&, Call&), Status (*)(const Door&, Call&),
                 Task<Status> (*)(const Door&, Call&), Task<Status> (*)(const SessionDesk&, Call&),
                 // Null: answered.
                 Task<Result<std::unique_ptr<CheckInWait>>> (*)(const Writes&, Call&),
                 Result<std::unique_ptr<EventStream>> (*)(const Streams&, Call&),
                 Status (*)(const Service&, Call&)>;

// accounts.cc
Task<Status> ListAccounts(const Lists& lists, Call& call);
Task<Status> ListOverview(const Lists& lists, Call& call);
Status GetAccount(const LedgerView& ledger, Call& call);
Task<Status> PutAccount(const Writes& writes, Call& call);

// gateways.cc
Task<Status> ListGateways(const Lists& lists, Call& call);  // of one account
Task<Status> ListAllGateways(const Lists& lists, Call& call);
Task<Status> PostGateway(const Writes& writes, Call& call);
Status GetGateway(const LedgerView& ledger, Call& call);
Task<Status> PatchGateway(const Writes& writes, Call& call);
Task<Status> DeleteGateway(const Writes& writes, Call& call);
Task<Status> PostDeregister(const Writes& writes, Call& call);
Task<Status> PostAccept(const Writes& writes, Call& call);
Task<Status> PostAcceptAll(const Writes& writes, Call& call);

// keys.cc
Task<Status> PostKey(const Writes& writes, Call& call);
Task<Status> PostReveal(const Writes& writes, Call& call);
Task<Status> DeleteKey(const Writes& writes, Call& call);

// tokens.cc
Task<Status> ListTokens(const Lists& lists, Call& call);
Task<Status> PostToken(const Writes& writes, Call& call);
Status GetOwnToken(const LedgerView& ledger, Call& call);
Status GetToken(const LedgerView& ledger, Call& call);
Task<Status> DeleteToken(const Writes& writes, Call& call);
Task<Status> PostRotate(const Writes& writes, Call& call);

// sessions.cc
Status GetSession(const Door& door, Call& call);
Task<Status> PostSession(const Door& door, Call& call);
Task<Status> DeleteSession(const Door& door, Call& call);
Task<Status> ListSessions(const SessionDesk& desk, Call& call);
Task<Status> DeleteSessions(const Door& door, Call& call);      // of one operator
Task<Status> DeleteNamedSession(const Door& door, Call& call);  // by its public id

// people.cc
Task<Status> GetProvider(const Door& door, Call& call);
Task<Status> GetCallback(const Door& door, Call& call);

// history.cc
Task<Status> ListEvents(const Lists& lists, Call& call);
Result<std::unique_ptr<EventStream>> StreamEvents(const Streams& streams, Call& call);
Status GetEvent(const LedgerView& ledger, Call& call);
Status GetEntry(const LedgerView& ledger, Call& call);
Status GetLedger(const LedgerView& ledger, Call& call);

// tlog.cc
Status GetCheckpoint(const LedgerView& ledger, Call& call);
Status GetTile(const LedgerView& ledger, Call& call);
Task<Status> GetEntryBundle(const Lists& lists, Call& call);
Task<Status> GetEventProof(const Lists& lists, Call& call);
Status GetConsistency(const LedgerView& ledger, Call& call);

// redemption.cc
Task<Status> PostPreflight(const Writes& writes, Call& call);
Task<Status> PostRegistration(const Writes& writes, Call& call);

// messages.cc
Task<Status> ListMessages(const Lists& lists, Call& call);
Task<Status> PostMessage(const Writes& writes, Call& call);
Status GetMessage(const LedgerView& ledger, Call& call);
Task<Status> DeleteMessage(const Writes& writes, Call& call);

// webhooks.cc
Task<Status> ListWebhooks(const WebhookDesk& desk, Call& call);
Task<Status> PostWebhook(const WebhookDesk& desk, Call& call);
Task<Status> GetWebhook(const WebhookDesk& desk, Call& call);
Task<Status> PatchWebhook(const WebhookDesk& desk, Call& call);
Task<Status> DeleteWebhook(const WebhookDesk& desk, Call& call);
Task<Status> PostWebhookRotate(const WebhookDesk& desk, Call& call);
Task<Status> PostWebhookTest(const WebhookDesk& desk, Call& call);
Task<Status> PostWebhookReplay(const WebhookDesk& desk, Call& call);

// renewal.cc
Task<Status> PostCertificate(const Writes& writes, Call& call);

// est.cc
Status GetEstCas(const Service& service, Call& call);
Status GetEstAttributes(const Service& service, Call& call);
Task<Status> PostEstEnrol(const Writes& writes, Call& call);
Task<Status> PostEstReenrol(const Writes& writes, Call& call);

// machine.cc
Task<Result<std::unique_ptr<CheckInWait>>> PostCheckIn(const Writes& writes, Call& call);
Task<Status> PostDeregisterSelf(const Writes& writes, Call& call);
Task<Status> PostFailure(const Writes& writes, Call& call);
Status GetSelf(const LedgerView& ledger, Call& call);

// trust.cc
Status GetSpiffeBundle(const LedgerView& ledger, Call& call);
Status GetRevocations(const LedgerView& ledger, Call& call);

// service.cc
Status GetHealth(const Service& service, Call& call);
Status GetReady(const Service& service, Call& call);
Status GetMetrics(const Service& service, Call& call);
Status GetOpenApi(const Service& service, Call& call);
Status GetCa(const Service& service, Call& call);

}  // namespace latchkey::api
