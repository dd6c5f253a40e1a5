// What handlers show, as JSON. Personal fields are opened here, and are null once they were erased.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/auth/sessions.h"
#include "api/call/json_writer.h"
#include "api/call/ledger_view.h"
#include "core/base/time.h"
#include "core/domain/state.h"
#include "events/event.pb.h"

namespace latchkey::api {

// A time in microseconds; null when it is 0.
void TimeMember(std::string_view key, std::int64_t time_us, JsonWriter* json);

// The members of a gateway (api/openapi.yaml), into an object that is already begun.
void RenderGatewayMembers(const domain::GatewayRow& row, const LedgerView& ledger, Time ledger_time,
                          JsonWriter* json);
void RenderGateway(const domain::GatewayRow& row, const LedgerView& ledger, Time ledger_time,
                   std::string* out);

void RenderAccount(const domain::AccountRow& row, std::string* out);
// The members of a token, into an object that is already begun; never its secret.
void RenderTokenMembers(const domain::TokenRow& row, const LedgerView& ledger, JsonWriter* json);
void RenderToken(const domain::TokenRow& row, const LedgerView& ledger, std::string* out);
// A session as its own operator may see it, as one object.
void RenderSession(const OperatorSession& session, std::string_view csrf_token,
                   const LedgerView& ledger, JsonWriter* json);
// A session as those who may see it do, as one object.
void RenderListedSession(const ListedSession& session, bool current, const LedgerView& ledger,
                         std::string* out);
// Backups and drills are for operators of the whole ledger; restored gateways are counted in the
// accounts that `who` sees.
void RenderLedger(const LedgerView& ledger, const Operator& who, std::string* out);
void RenderEvent(const events::Event& event, const LedgerView& ledger, std::string* out);

// The words of the contract.
std::string_view RegistrationName(domain::RegistrationState registration);  // unregistered, …
std::string_view StatusName(domain::GatewayStatus status);                  // gray, green, red
std::string_view RoleName(const domain::GatewayRow& row);                   // primary, secondary

// The gateway's own event count, as a strong entity tag.
std::string ETag(const domain::GatewayRow& row);

}  // namespace latchkey::api
