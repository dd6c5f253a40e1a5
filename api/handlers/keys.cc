// The key of a gateway: generate, show again, revoke.
#include <chrono>

#include "api/auth/visibility.h"
#include "api/call/json_body.h"
#include "api/call/json_writer.h"
#include "api/handlers/handlers.h"
#include "api/handlers/key_text.h"
#include "core/base/limits.h"
#include "core/base/time_text.h"
#include "core/domain/commands.h"
#include "core/domain/judge.h"
#include "core/domain/state.h"

namespace latchkey::api {
namespace {

Error KeyCannotBeShown() {
  return {ErrorCode::kNoActiveKey,
          "The active key cannot be shown because this server does not have the master key that "
          "made it. The key still works; generate a new one to see it."};
}

// {key, generation, expires_at} of the generation that the answer is about.
Status RenderKeyAnswer(const LedgerView& ledger, const Outcome& outcome, Success success,
                       Call& call) {
  const std::optional<domain::GatewayRow> row =
      domain::ReadGateway(ledger.state(), outcome.answer->gateway);
  const std::optional<domain::KeyRow> key =
      row ? domain::ReadKey(ledger.state(), *row, outcome.answer->generation) : std::nullopt;
  if (!key) return Refuse(ErrorCode::kNoActiveKey, "There is no such key.");
  call.response.Begin(success);
  JsonWriter json(&call.response.body);
  json.BeginObject();
  RenderKeyText(ledger, &call.response, outcome, *row, *key, &json);
  json.Number("generation", key->generation());
  json.Member("expires_at", text::FormatTime(key->expires_us()));
  json.EndObject();
  return {};
}

}  // namespace

Task<Status> PostKey(const Writes& writes, Call& call) {
  const Result<domain::GatewayRow> row = GatewayOfPath(writes.ledger, &call);
  if (!row) co_return row.error();
  domain::GenerateKey generate{row->number(), false, ledger_limits::kDefaultKeyLifetime, {}};
  Fields fields(call.request.json);
  generate.replace = fields.Bool("replace", false);
  if (const auto seconds = fields.Integer("expires_in_seconds")) {
    fields.Check(domain::CheckKeyLifetime(*seconds, "/expires_in_seconds"));
    generate.key_lifetime = std::chrono::seconds(*seconds);
  }
  generate.reason = fields.String("reason").value_or("");
  fields.Check(domain::CheckText(generate.reason, ledger_limits::kMaxReasonChars, "/reason"));
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) co_return valid.error();
  domain::Command command = std::move(generate);
  const Result<Outcome> outcome = co_await Submit(writes, call, command);
  if (!outcome) co_return outcome.error();
  co_return RenderKeyAnswer(writes.ledger, *outcome, Success::kCreated, call);
}

Task<Status> PostReveal(const Writes& writes, Call& call) {
  const Result<domain::GatewayRow> row = GatewayOfPath(writes.ledger, &call);
  if (!row) co_return row.error();
  const Fields fields(call.request.json);
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) co_return valid.error();
  // Before it is recorded that the key was shown, it must be certain that it can be.
  if (domain::HasActiveKey(*row, call.request.ledger_time) &&
      !KeyText(writes.ledger, row->number(), row->key())) {
    co_return KeyCannotBeShown();
  }
  domain::Command command = domain::RevealKey{row->number()};
  const Result<Outcome> outcome = co_await Submit(writes, call, command);
  if (!outcome) co_return outcome.error();
  co_return RenderKeyAnswer(writes.ledger, *outcome, Success::kOk, call);
}

Task<Status> DeleteKey(const Writes& writes, Call& call) {
  const Result<domain::GatewayRow> row = GatewayOfPath(writes.ledger, &call);
  if (!row) co_return row.error();
  const Fields fields(call.request.json);
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) co_return valid.error();
  domain::Command command = domain::RevokeKey{row->number()};
  const Result<Outcome> outcome = co_await Submit(writes, call, command);
  if (!outcome) co_return outcome.error();
  call.response.Begin(Success::kNoContent);
  co_return Status();
}

}  // namespace latchkey::api
