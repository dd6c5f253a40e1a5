// Operator tokens: list, create, show, rotate, revoke. A secret is made here, shown in the one
// answer to the request that made it, and known by nobody afterwards: the ledger holds its hash.
#include <chrono>
#include <utility>

#include "api/auth/visibility.h"
#include "api/call/json_body.h"
#include "api/call/json_writer.h"
#include "api/call/queries.h"
#include "api/handlers/grants.h"
#include "api/handlers/handlers.h"
#include "api/handlers/page.h"
#include "api/handlers/render.h"
#include "api/handlers/walk.h"
#include "api/http/limits.h"
#include "core/base/ids.h"
#include "core/base/limits.h"
#include "core/crypto/hash.h"
#include "core/crypto/secret.h"
#include "core/domain/operator_token.h"

namespace latchkey::api {
namespace {

using domain::TokenRow;

// The token, and beside it its secret: null when the request is a repeat.
Status RenderSecret(const LedgerView& ledger, const Outcome& outcome, const crypto::Secret& secret,
                    Success success, Call& call) {
  const std::optional<TokenRow> row = domain::ReadToken(ledger.state(), outcome.answer->token);
  if (!row) return Refuse(ErrorCode::kNotFound, "There is no such token.");
  call.response.Begin(success);
  call.response.ExpectSecret();
  if (success == Success::kCreated) {
    call.response.location = "/v1/tokens/" + text::TokenId(row->number());
  }
  JsonWriter json(&call.response.body);
  json.BeginObject();
  RenderTokenMembers(*row, ledger, &json);
  json.MemberOrNull("token", outcome.replayed ? std::string_view() : secret.view());
  json.EndObject();
  return {};
}

std::optional<std::chrono::seconds> ReadLifetime(Fields* fields) {
  const std::optional<std::int64_t> given_seconds = fields->Integer("expires_in_seconds");
  if (!given_seconds) return std::nullopt;
  fields->Check(domain::CheckTokenLifetime(*given_seconds, "/expires_in_seconds"));
  return std::chrono::seconds(*given_seconds);
}

// Of a new token; null for one that does not expire, which has to be said: what is forgotten must
// not last for ever.
std::optional<std::chrono::seconds> ReadNewLifetime(Fields* fields) {
  const std::optional<std::chrono::seconds> lifetime = ReadLifetime(fields);
  if (!fields->Bool("never_expires", false)) {
    return lifetime.value_or(ledger_limits::kDefaultTokenLifetime);
  }
  if (lifetime) {
    fields->Check(Invalid("/never_expires", "Give either this or expires_in_seconds."));
  }
  return std::nullopt;
}

}  // namespace

Task<Status> ListTokens(const Lists& lists, Call& call) {
  Queries queries(call.request.uri, {"after", "limit"});
  const std::uint64_t limit = queries.Limit();
  domain::KeyRange range = domain::Tokens();
  if (const auto after = queries.Text("after"); after && !after->empty()) {
    if (const std::optional<std::uint64_t> number = text::ParseTokenId(*after)) {
      range.from = domain::TokenKey(*number + 1);
    } else {
      queries.Wrong("after", "It must be the next of the page before.");
    }
  }
  if (Status valid = queries.Done(); !valid) co_return valid.error();
  call.response.Begin(Success::kOk);
  const LedgerView& ledger = lists.ledger;
  Page page("tokens", limit, lists.buffers, call);
  std::uint64_t last = 0;
  const Visit visit = [&](std::string_view, std::string_view value) {
    auto row = domain::ParseRow<TokenRow>(value);
    domain::VoidBelowEpoch(ledger.state(), &row);
    const bool shown = row.revoked_us() == 0 && SeesToken(call.caller, row);
    if (!page.Add(shown, [&](std::string* out) { RenderToken(row, ledger, out); })) return false;
    last = row.number();
    return true;
  };
  co_await WalkRows(ledger.projections, range, visit);
  page.End(page.more() ? text::TokenId(last) : "");
  co_return Status();
}

Task<Status> PostToken(const Writes& writes, Call& call) {
  Fields fields(call.request.json);
  const auto accounts =
      ReadGrant(writes.ledger, call.caller, ledger_limits::kMaxTokenAccounts, &fields);
  if (!accounts) co_return accounts.error();
  if (!*accounts && fields.Sound("accounts")) {
    if (Status all = MayGrantAll(call.caller); !all) co_return all.error();
  }
  const std::string name = fields.Name("name", domain::TokenName);
  const std::optional<domain::TokenRole> role = domain::RoleFromName(fields.RequiredString("role"));
  if (fields.Sound("role") && !role) {
    fields.Check(Invalid("/role", "It must be one of owner, operator, helpdesk, auditor."));
  }
  const std::optional<std::chrono::seconds> lifetime = ReadNewLifetime(&fields);
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) co_return valid.error();
  const crypto::Secret secret = domain::NewOperatorToken(writes.random);
  domain::Command command =
      domain::CreateToken{name, *role, accounts->value_or(std::vector<std::string>()), lifetime,
                          crypto::Sha256(secret.view())};
  const Result<Outcome> outcome = co_await Submit(writes, call, command);
  if (!outcome) co_return outcome.error();
  co_return RenderSecret(writes.ledger, *outcome, secret, Success::kCreated, call);
}

Status GetOwnToken(const LedgerView& ledger, Call& call) {
  const Queries queries(call.request.uri, {});
  if (Status valid = queries.Done(); !valid) return valid.error();
  const std::optional<TokenRow> row =
      ledger.only_token ? ledger.only_token
                        : domain::ReadToken(ledger.state(), call.caller.who->token);
  if (!row)
    return Refuse(ErrorCode::kNotFound,
                  "You did not authenticate with an operator token. See GET /v1/session.");
  call.response.Begin(Success::kOk);
  RenderToken(*row, ledger, &call.response.body);
  return {};
}

Status GetToken(const LedgerView& ledger, Call& call) {
  const Result<TokenRow> row = RequireToken(ledger, call.caller, call.request.params[0]);
  if (!row) return row.error();
  const Queries queries(call.request.uri, {});
  if (Status valid = queries.Done(); !valid) return valid.error();
  call.response.Begin(Success::kOk);
  RenderToken(*row, ledger, &call.response.body);
  return {};
}

Task<Status> DeleteToken(const Writes& writes, Call& call) {
  const Result<TokenRow> row = RequireToken(writes.ledger, call.caller, call.request.params[0]);
  if (!row) co_return row.error();
  const Fields fields(call.request.json);
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) co_return valid.error();
  domain::Command command = domain::RevokeToken{row->number()};
  const Result<Outcome> outcome = co_await Submit(writes, call, command);
  if (!outcome) co_return outcome.error();
  call.response.Begin(Success::kNoContent);
  co_return Status();
}

Task<Status> PostRotate(const Writes& writes, Call& call) {
  const Result<TokenRow> row = RequireToken(writes.ledger, call.caller, call.request.params[0]);
  if (!row) co_return row.error();
  Fields fields(call.request.json);
  const std::optional<std::chrono::seconds> lifetime = ReadLifetime(&fields);
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) co_return valid.error();
  const crypto::Secret secret = domain::NewOperatorToken(writes.random);
  domain::Command command =
      domain::RotateToken{row->number(), lifetime, crypto::Sha256(secret.view())};
  const Result<Outcome> outcome = co_await Submit(writes, call, command);
  if (!outcome) co_return outcome.error();
  co_return RenderSecret(writes.ledger, *outcome, secret, Success::kOk, call);
}

}  // namespace latchkey::api
