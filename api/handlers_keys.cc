// The key of a gateway: generate, show again, revoke.
#include <chrono>

#include "api/auth.h"
#include "api/body.h"
#include "api/handlers.h"
#include "api/json_writer.h"
#include "api/key_text.h"
#include "core/base/limits.h"
#include "core/domain/decide.h"
#include "events/text.h"

namespace latchkey::api {
namespace {

Error KeyCannotBeShown() {
  return {ErrorCode::kNoActiveKey,
          "The active key cannot be shown: the master key that made it is not the one this server "
          "has. The key still works for whoever has it; generate a new one to see it."};
}

// {key, generation, expires_at} of the generation that the answer is about.
Status RenderKeyAnswer(Exchange& x, const Outcome& outcome, Success success) {
  const std::optional<domain::GatewayRow> row =
      domain::ReadGateway(x.state(), outcome.answer->gateway);
  const std::optional<domain::KeyRow> key =
      row ? domain::ReadKey(x.state(), *row, outcome.answer->generation) : std::nullopt;
  if (!key) return Refuse(ErrorCode::kNoActiveKey, "There is no such key.");
  x.response.Begin(success);
  JsonWriter json(&x.response.body);
  json.BeginObject();
  RenderKeyText(&x, outcome, *row, *key, &json);
  json.Number("generation", key->generation());
  json.Member("expires_at", text::Time(key->expires_us()));
  json.EndObject();
  return {};
}

}  // namespace

Result<Next> PostKey(Exchange& x) {
  const Result<domain::GatewayRow> row = RequireGateway(&x, x.params[0]);
  if (!row) return row.error();
  domain::GenerateKey command{row->number(), false, latchkey::limits::kDefaultKeyLifetime, {}};
  Fields fields(x.body);
  command.replace = fields.Bool("replace", false);
  if (const auto seconds = fields.Integer("expires_in_seconds")) {
    fields.Check(domain::CheckKeyLifetime(*seconds, "/expires_in_seconds"));
    command.key_lifetime = std::chrono::seconds(*seconds);
  }
  command.reason = fields.String("reason").value_or("");
  fields.Check(domain::CheckText(command.reason, latchkey::limits::kMaxReasonChars, "/reason"));
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) return valid.error();
  return Submit(x, std::move(command), [](Exchange& y, const Outcome& outcome) -> Status {
    return RenderKeyAnswer(y, outcome, Success::kCreated);
  });
}

Result<Next> PostReveal(Exchange& x) {
  const Result<domain::GatewayRow> row = RequireGateway(&x, x.params[0]);
  if (!row) return row.error();
  const Fields fields(x.body);
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) return valid.error();
  // Before it is recorded that the key was shown, it must be certain that it can be.
  if (domain::HasActiveKey(*row, x.ledger_time) && !KeyText(x.parts, row->number(), row->key())) {
    return KeyCannotBeShown();
  }
  return Submit(x, domain::RevealKey{row->number()},
                [](Exchange& y, const Outcome& outcome) -> Status {
                  return RenderKeyAnswer(y, outcome, Success::kOk);
                });
}

Result<Next> DeleteKey(Exchange& x) {
  const Result<domain::GatewayRow> row = RequireGateway(&x, x.params[0]);
  if (!row) return row.error();
  const Fields fields(x.body);
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) return valid.error();
  return Submit(x, domain::RevokeKey{row->number()}, [](Exchange& y, const Outcome&) -> Status {
    y.response.Begin(Success::kNoContent);
    return {};
  });
}

}  // namespace latchkey::api
