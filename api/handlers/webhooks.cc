// Webhooks: list, add, show, change, rotate, test, replay, remove. A secret is derived, shown in
// the answer to the request that made it, and never in any other.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/auth/visibility.h"
#include "api/call/json_body.h"
#include "api/call/json_writer.h"
#include "api/call/positions.h"
#include "api/call/queries.h"
#include "api/handlers/grants.h"
#include "api/handlers/handlers.h"
#include "api/handlers/page.h"
#include "api/handlers/render.h"
#include "api/http/limits.h"
#include "core/base/ids.h"
#include "core/base/limits.h"
#include "core/base/position.h"
#include "core/base/time_text.h"
#include "core/domain/state.h"
#include "core/http/receiver_url.h"
#include "events/codec.h"

namespace latchkey::api {
namespace {

using domain::WebhookRow;

// What most people want to be told, unless they say otherwise.
const std::vector<std::string> kUsualTypes{"GatewayConnected", "GatewayDisconnected",
                                           "RedemptionRefused", "InstallationFailed",
                                           "CertificateSharedSuspected"};
constexpr std::size_t kMaxTypes = 256;  // more than there are

// Of an answer; 0: there was none.
void StatusMember(std::uint64_t status, JsonWriter* json) {
  json->Key("status");
  if (status == 0) {
    json->Null();
  } else {
    json->Unsigned(status);
  }
}

template <typename Texts>
void WriteTexts(const Texts& texts, JsonWriter* json) {
  json->BeginArray();
  for (const std::string& text : texts) json->String(text);
  json->EndArray();
}

void RenderAttempt(const WebhookAttempt& attempt, const LedgerView& ledger, JsonWriter* json) {
  json->BeginObject();
  json->Member("at", text::FormatTime(attempt.at_us()));
  json->Member("event", Format({ledger.epoch, attempt.sequence()}));
  json->Member("type", attempt.type());
  StatusMember(attempt.status(), json);
  json->MemberOrNull("detail", attempt.detail());
  json->EndObject();
}

void RenderStatus(const WebhookStatus& status, const LedgerView& ledger, JsonWriter* json) {
  const WebhookProgress& progress = status.progress;
  json->Member("state", WebhookStateName(status.state));
  json->Member("position", Format({ledger.epoch, progress.reached()}));
  TimeMember("failing_since", progress.failing_us(), json);
  TimeMember("next_attempt_at", status.next_attempt ? ToMicros(*status.next_attempt) : 0, json);
  TimeMember("delivered_at", progress.delivered_us(), json);
  json->Key("last_attempt");
  if (progress.has_last()) {
    RenderAttempt(progress.last(), ledger, json);
  } else {
    json->Null();
  }
}

// Of a server that sends nothing.
void RenderNoStatus(JsonWriter* json) {
  for (const char* member :
       {"state", "position", "failing_since", "next_attempt_at", "delivered_at", "last_attempt"}) {
    json->NullMember(member);
  }
}

// The members of a webhook, into an object that is already begun; never its secret.
void RenderMembers(const WebhookRow& row, const WebhookDesk& desk, JsonWriter* json) {
  const LedgerView& ledger = desk.writes.ledger;
  const auto personal = ledger.subjects.Open(row.personal());
  json->Member("id", text::WebhookId(row.number()));
  json->MemberOrNull("url", personal ? personal->url() : std::string());
  json->Key("types");
  WriteTexts(row.types(), json);
  json->Key("accounts");
  if (row.accounts().empty()) {
    json->Null();
  } else {
    WriteTexts(row.accounts(), json);
  }
  json->Member("created_at", text::FormatTime(row.created_us()));
  TimeMember("rotated_at", row.rotated_us(), json);
  const bool both = row.previous_until_us() > ToMicros(ledger.ledger_time());
  TimeMember("previous_secret_until", both ? row.previous_until_us() : 0, json);
  const auto status =
      desk.webhooks == nullptr ? Result<WebhookStatus>(Error{}) : desk.webhooks->Look(row.number());
  if (status) {
    RenderStatus(*status, ledger, json);
  } else {
    RenderNoStatus(json);
  }
}

void RenderWebhook(const WebhookRow& row, const WebhookDesk& desk, std::string* out) {
  JsonWriter json(out);
  json.BeginObject();
  RenderMembers(row, desk, &json);
  json.EndObject();
}

void RenderRefused(std::uint64_t webhook, const WebhookDesk& desk, JsonWriter* json) {
  json->Key("refused");
  json->BeginArray();
  if (desk.webhooks != nullptr) {
    for (const WebhookAttempt& attempt : desk.webhooks->Refused(webhook)) {
      RenderAttempt(attempt, desk.writes.ledger, json);
    }
  }
  json->EndArray();
}

// The webhook, and beside it its secret: null when the request is a repeat.
Status RenderSecret(const WebhookDesk& desk, const Outcome& outcome, Success success, Call& call) {
  const LedgerView& ledger = desk.writes.ledger;
  const auto row = domain::ReadWebhook(ledger.state(), outcome.answer->webhook);
  if (!row) return Refuse(ErrorCode::kNotFound, "There is no such webhook.");
  const auto secret = outcome.replayed || domain::IsSecretVoid(ledger.state(), *row)
                          ? std::nullopt
                          : ledger.mint.DeriveOfWebhook(row->number(), row->secret());
  const crypto::Secret text = secret ? SecretText(*secret) : crypto::Secret();
  call.response.Begin(success);
  call.response.ExpectSecret();
  if (success == Success::kCreated) {
    call.response.location = "/v1/webhooks/" + text::WebhookId(row->number());
  }
  JsonWriter json(&call.response.body);
  json.BeginObject();
  RenderMembers(*row, desk, &json);
  json.MemberOrNull("secret", text.view());
  json.EndObject();
  return {};
}

// Of the URL in a body; empty when there is none, or it is not good.
std::optional<std::pair<std::string, std::string>> ReadUrl(const WebhookDesk& desk,
                                                           Fields* fields) {
  const std::optional<std::string_view> text = fields->String("url");
  if (!text) return std::nullopt;
  const auto url = ParseReceiverUrl(*text, "/url");
  if (!url) {
    fields->Check(url.error());
    return std::nullopt;
  }
  if (url->address && desk.webhooks != nullptr && !desk.webhooks->rule().Admits(*url->address)) {
    fields->Check(Invalid("/url",
                          "This is not an address of the Internet. The server's owner may allow "
                          "it with serve --webhook-allow."));
    return std::nullopt;
  }
  return std::pair(std::string(*text), url->host);
}

std::optional<std::vector<std::string>> ReadTypes(Fields* fields) {
  auto types = fields->Strings("types", kMaxTypes);
  for (const std::string& type : types.value_or(std::vector<std::string>())) {
    if (events::TypeFromName(type)) continue;
    fields->Check(Invalid("/types", "There is no type of event " + type + "."));
    return std::nullopt;
  }
  return types;
}

Result<WebhookRow> RequireWebhook(const WebhookDesk& desk, const Call& call) {
  const auto number = text::ParseWebhookId(call.request.params[0]);
  auto row = number ? domain::ReadWebhook(desk.writes.ledger.state(), *number) : std::nullopt;
  if (row && SeesWebhook(call.caller, *row)) return *std::move(row);
  return Refuse(ErrorCode::kNotFound, "There is no such webhook, or you may not see it.");
}

Error NothingIsSent() {
  return Refuse(ErrorCode::kReadOnly, "This server sends nothing: it is read-only.");
}

}  // namespace

Task<Status> ListWebhooks(const WebhookDesk& desk, Call& call) {
  const Queries queries(call.request.uri, {});
  if (Status valid = queries.Done(); !valid) co_return valid.error();
  call.response.Begin(Success::kOk);
  Page page("webhooks", ledger_limits::kMaxWebhooks, desk.lists.buffers, call);
  desk.writes.ledger.projections.Scan(
      domain::Webhooks(), [&](std::string_view, std::string_view value) {
        const auto row = domain::ParseRow<WebhookRow>(value);
        return page.Add(SeesWebhook(call.caller, row),
                        [&](std::string* out) { RenderWebhook(row, desk, out); });
      });
  page.End("");
  co_return Status();
}

Task<Status> PostWebhook(const WebhookDesk& desk, Call& call) {
  Fields fields(call.request.json);
  auto accounts =
      ReadGrant(desk.writes.ledger, call.caller, ledger_limits::kMaxWebhookAccounts, &fields);
  if (!accounts) co_return accounts.error();
  if (!*accounts && fields.Sound("accounts")) {
    if (Status all = MayGrantAll(call.caller); !all) co_return all.error();
  }
  const auto url = ReadUrl(desk, &fields);
  if (!url) (void)fields.RequiredString("url");
  auto types = ReadTypes(&fields);
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) co_return valid.error();
  domain::Command command =
      domain::AddWebhook{url->first, url->second, std::move(types).value_or(kUsualTypes),
                         std::move(*accounts).value_or(std::vector<std::string>())};
  const Result<Outcome> outcome = co_await Submit(desk.writes, call, command);
  if (!outcome) co_return outcome.error();
  co_return RenderSecret(desk, *outcome, Success::kCreated, call);
}

Task<Status> GetWebhook(const WebhookDesk& desk, Call& call) {
  const Result<WebhookRow> row = RequireWebhook(desk, call);
  if (!row) co_return row.error();
  const Queries queries(call.request.uri, {});
  if (Status valid = queries.Done(); !valid) co_return valid.error();
  call.response.Begin(Success::kOk);
  JsonWriter json(&call.response.body);
  json.BeginObject();
  RenderMembers(*row, desk, &json);
  RenderRefused(row->number(), desk, &json);
  json.EndObject();
  co_return Status();
}

// A member that is null means the usual types, and all accounts.
Task<Status> PatchWebhook(const WebhookDesk& desk, Call& call) {
  const Result<WebhookRow> row = RequireWebhook(desk, call);
  if (!row) co_return row.error();
  Fields fields(call.request.json);
  auto accounts =
      ReadGrant(desk.writes.ledger, call.caller, ledger_limits::kMaxWebhookAccounts, &fields);
  if (!accounts) co_return accounts.error();
  if (!*accounts && fields.Has("accounts") && fields.Sound("accounts")) {
    if (Status all = MayGrantAll(call.caller); !all) co_return all.error();
    accounts->emplace();
  }
  auto url = ReadUrl(desk, &fields);
  auto types = ReadTypes(&fields);
  if (!types && fields.Has("types") && fields.Sound("types")) types = kUsualTypes;
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) co_return valid.error();
  domain::ChangeWebhook change{.webhook = row->number()};
  if (url) {
    change.url = std::move(url->first);
    change.host = std::move(url->second);
  }
  change.types = std::move(types);
  change.accounts = *std::move(accounts);
  domain::Command command = std::move(change);
  const Result<Outcome> outcome = co_await Submit(desk.writes, call, command);
  if (!outcome) co_return outcome.error();
  if (desk.webhooks != nullptr) desk.webhooks->Resume(row->number());
  const auto changed = domain::ReadWebhook(desk.writes.ledger.state(), row->number());
  if (!changed) co_return Refuse(ErrorCode::kNotFound, "There is no such webhook.");
  call.response.Begin(Success::kOk);
  RenderWebhook(*changed, desk, &call.response.body);
  co_return Status();
}

// Of one that is not there the ledger is asked all the same: a repeat of the request that removed
// it is answered as that was.
Task<Status> DeleteWebhook(const WebhookDesk& desk, Call& call) {
  const auto number = text::ParseWebhookId(call.request.params[0]);
  const bool there = number && domain::ReadWebhook(desk.writes.ledger.state(), *number);
  if (!number || there) {
    const Result<WebhookRow> row = RequireWebhook(desk, call);
    if (!row) co_return row.error();
  }
  const Fields fields(call.request.json);
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) co_return valid.error();
  domain::Command command = domain::RemoveWebhook{*number};
  const Result<Outcome> outcome = co_await Submit(desk.writes, call, command);
  if (!outcome) co_return outcome.error();
  if (desk.webhooks != nullptr) desk.webhooks->Refresh();
  call.response.Begin(Success::kNoContent);
  co_return Status();
}

Task<Status> PostWebhookRotate(const WebhookDesk& desk, Call& call) {
  const Result<WebhookRow> row = RequireWebhook(desk, call);
  if (!row) co_return row.error();
  const Fields fields(call.request.json);
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) co_return valid.error();
  domain::Command command = domain::RotateWebhook{row->number()};
  const Result<Outcome> outcome = co_await Submit(desk.writes, call, command);
  if (!outcome) co_return outcome.error();
  if (desk.webhooks != nullptr) desk.webhooks->Resume(row->number());
  co_return RenderSecret(desk, *outcome, Success::kOk, call);
}

// Answers what the receiver answered; that is no refusal of ours, whatever it was.
Task<Status> PostWebhookTest(const WebhookDesk& desk, Call& call) {
  const Result<WebhookRow> row = RequireWebhook(desk, call);
  if (!row) co_return row.error();
  const Fields fields(call.request.json);
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) co_return valid.error();
  if (Status plain = Queries(call.request.uri, {}).Done(); !plain) co_return plain.error();
  if (desk.webhooks == nullptr) co_return NothingIsSent();
  const Loop::Start<AttemptResult> start = [&](const auto& done) {
    return desk.webhooks->Test(row->number(), done);
  };
  const Result<AttemptResult> result = co_await desk.writes.loop.Await(start);
  if (!result) {
    if (result.error().code == ErrorCode::kRateLimited) {
      call.response.retry_after_seconds = limits::kTestRetrySeconds;
    }
    co_return result.error();
  }
  call.response.Begin(Success::kOk);
  JsonWriter json(&call.response.body);
  json.BeginObject();
  json.Key("delivered");
  json.Bool(result->taken());
  StatusMember(static_cast<std::uint64_t>(result->status), &json);
  json.MemberOrNull("detail", result->detail);
  json.Number("milliseconds",
              static_cast<std::uint64_t>(result->took / std::chrono::milliseconds(1)));
  json.EndObject();
  co_return Status();
}

Task<Status> PostWebhookReplay(const WebhookDesk& desk, Call& call) {
  const Result<WebhookRow> row = RequireWebhook(desk, call);
  if (!row) co_return row.error();
  Fields fields(call.request.json);
  const std::string_view after = fields.RequiredString("after");
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) co_return valid.error();
  if (Status plain = Queries(call.request.uri, {}).Done(); !plain) co_return plain.error();
  if (desk.webhooks == nullptr) co_return NothingIsSent();
  const LedgerView& ledger = desk.writes.ledger;
  const Result<std::uint64_t> sequence = ReadPosition(ledger, after, "/after", &call.notes);
  if (!sequence) co_return sequence.error();
  const Loop::Start<void> start = [&](const auto& done) {
    return desk.webhooks->Replay(row->number(), *sequence, done);
  };
  const Result<void> done = co_await desk.writes.loop.Await(start);
  if (!done) co_return done.error();
  call.response.Begin(Success::kOk);
  RenderWebhook(*row, desk, &call.response.body);
  co_return Status();
}

}  // namespace latchkey::api
