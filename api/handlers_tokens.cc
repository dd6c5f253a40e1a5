// Operator tokens: list, create, show, rotate, revoke. A secret is made here, shown in the one
// answer to the request that made it, and known by nobody afterwards: the ledger holds its hash.
#include <chrono>
#include <memory>
#include <utility>

#include "api/auth.h"
#include "api/body.h"
#include "api/handlers.h"
#include "api/json_writer.h"
#include "api/limits.h"
#include "api/queries.h"
#include "api/render.h"
#include "core/base/limits.h"
#include "core/crypto/hash.h"
#include "core/crypto/secret.h"
#include "core/domain/operator_token.h"
#include "events/text.h"

namespace latchkey::api {
namespace {

using domain::TokenRow;

// A fresh secret on its way into an answer. Shared, because what follows a command is copied.
using NewSecret = std::shared_ptr<const crypto::Secret>;

NewSecret MakeSecret(const Exchange& x) {
  return std::make_shared<const crypto::Secret>(domain::NewOperatorToken(x.parts.random));
}

// The token, and beside it its secret: null when the request is a repeat.
Status RenderSecret(Exchange& x, const Outcome& outcome, const NewSecret& secret, Success success) {
  const std::optional<TokenRow> row = domain::ReadToken(x.state(), outcome.answer->token);
  if (!row) return Refuse(ErrorCode::kNotFound, "There is no such token.");
  x.response.Begin(success);
  x.response.ExpectSecret();
  if (success == Success::kCreated) {
    x.response.location = "/v1/tokens/" + text::TokenId(row->number());
  }
  JsonWriter json(&x.response.body);
  json.BeginObject();
  RenderTokenMembers(*row, x.parts, &json);
  json.MemberOrNull("token", outcome.replayed ? std::string_view() : secret->view());
  json.EndObject();
  return {};
}

std::optional<std::chrono::seconds> ReadLifetime(Fields* fields) {
  const std::optional<std::int64_t> seconds = fields->Integer("expires_in_seconds");
  if (!seconds) return std::nullopt;
  fields->Check(domain::CheckTokenLifetime(*seconds, "/expires_in_seconds"));
  return std::chrono::seconds(*seconds);
}

// The accounts that a new token is to be for; nobody gives away more than they have.
Result<std::vector<std::string>> ReadAccounts(const Exchange& x, Fields* fields) {
  const auto accounts = fields->Strings("accounts", latchkey::limits::kMaxTokenAccounts);
  for (const std::string& account : accounts.value_or(std::vector<std::string>())) {
    const Result<domain::AccountRow> row = RequireAccount(x, account);
    if (!row) return row.error();
  }
  if (!accounts && fields->Sound("accounts") && !Sees(x, "")) {
    return Refuse(ErrorCode::kForbidden,
                  "This token is for named accounts only, and so are those it creates: name some "
                  "of them in accounts.");
  }
  return accounts.value_or(std::vector<std::string>());
}

}  // namespace

Result<Next> ListTokens(Exchange& x) {
  Queries queries(x.target, {"after", "limit"});
  const std::uint64_t limit = queries.Limit();
  domain::KeyRange range = domain::Tokens();
  if (const auto after = queries.Text("after"); after && !after->empty()) {
    if (const std::optional<std::uint64_t> number = text::ParseTokenId(*after)) {
      range.from = domain::TokenKey(*number + 1);
    } else {
      queries.Wrong("after", "It must be the next of the page before.");
    }
  }
  if (Status valid = queries.Done(); !valid) return valid.error();
  x.response.Begin(Success::kOk);
  JsonWriter json(&x.response.body);
  json.BeginObject();
  json.Key("tokens");
  json.BeginArray();
  std::uint64_t shown = 0;
  std::size_t looked_at = 0;
  std::uint64_t last = 0;  // the page ends with it
  bool more = false;
  x.parts.projections.Scan(range, [&](std::string_view key, std::string_view value) {
    const bool full =
        looked_at++ == limits::kMaxScannedRows || x.response.body.size() > limits::kMaxPageBytes;
    if (full) return more = true, false;
    TokenRow row;
    row.ParseFromArray(value.data(), static_cast<int>(value.size()));
    if (row.revoked_us() == 0 && SeesToken(x, row)) {
      if (shown == limit) return more = true, false;
      RenderToken(row, x.parts, &x.response.body);
      ++shown;
    }
    last = domain::TrailingNumber(key);
    return true;
  });
  json.EndArray();
  json.MemberOrNull("next", more ? text::TokenId(last) : "");
  json.EndObject();
  return Answered{};
}

Result<Next> PostToken(Exchange& x) {
  Fields fields(x.body);
  Result<std::vector<std::string>> accounts = ReadAccounts(x, &fields);
  if (!accounts) return accounts.error();
  const std::string name(fields.RequiredString("name"));
  if (fields.Sound("name")) fields.Check(domain::CheckTokenName(name, "/name"));
  const std::optional<domain::TokenRole> role = domain::RoleFromName(fields.RequiredString("role"));
  if (fields.Sound("role") && !role) {
    fields.Check(Invalid("/role", "It must be one of owner, operator, helpdesk, auditor."));
  }
  const std::optional<std::chrono::seconds> lifetime = ReadLifetime(&fields);
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) return valid.error();
  const NewSecret secret = MakeSecret(x);
  return Submit(x,
                domain::CreateToken{name, *role, *std::move(accounts), lifetime,
                                    crypto::Sha256(secret->view())},
                [secret](Exchange& y, const Outcome& outcome) {
                  return RenderSecret(y, outcome, secret, Success::kCreated);
                });
}

Result<Next> GetOwnToken(Exchange& x) {
  const Queries queries(x.target, {});
  if (Status valid = queries.Done(); !valid) return valid.error();
  const std::optional<TokenRow> row = domain::ReadToken(x.state(), x.caller.op->token);
  if (!row)
    return Refuse(
        ErrorCode::kNotFound,
        "You are no token: you signed in, or act by an access token. See GET /v1/session.");
  x.response.Begin(Success::kOk);
  RenderToken(*row, x.parts, &x.response.body);
  return Answered{};
}

Result<Next> GetToken(Exchange& x) {
  const Result<TokenRow> row = RequireToken(x, x.params[0]);
  if (!row) return row.error();
  const Queries queries(x.target, {});
  if (Status valid = queries.Done(); !valid) return valid.error();
  x.response.Begin(Success::kOk);
  RenderToken(*row, x.parts, &x.response.body);
  return Answered{};
}

Result<Next> DeleteToken(Exchange& x) {
  const Result<TokenRow> row = RequireToken(x, x.params[0]);
  if (!row) return row.error();
  const Fields fields(x.body);
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) return valid.error();
  return Submit(x, domain::RevokeToken{row->number()}, [](Exchange& y, const Outcome&) -> Status {
    y.response.Begin(Success::kNoContent);
    return {};
  });
}

Result<Next> PostRotate(Exchange& x) {
  const Result<TokenRow> row = RequireToken(x, x.params[0]);
  if (!row) return row.error();
  Fields fields(x.body);
  const std::optional<std::chrono::seconds> lifetime = ReadLifetime(&fields);
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) return valid.error();
  const NewSecret secret = MakeSecret(x);
  return Submit(x, domain::RotateToken{row->number(), lifetime, crypto::Sha256(secret->view())},
                [secret](Exchange& y, const Outcome& outcome) {
                  return RenderSecret(y, outcome, secret, Success::kOk);
                });
}

}  // namespace latchkey::api
