// Messages to a gateway: list, send, show, cancel.
#include <chrono>
#include <optional>
#include <set>

#include <boost/json/serialize.hpp>

#include "api/auth/visibility.h"
#include "api/call/json_body.h"
#include "api/call/json_writer.h"
#include "api/call/queries.h"
#include "api/handlers/handlers.h"
#include "api/handlers/page.h"
#include "api/handlers/render.h"
#include "api/handlers/walk.h"
#include "core/base/ids.h"
#include "core/base/limits.h"
#include "core/base/time_text.h"
#include "core/domain/commands.h"
#include "events/codec.h"

namespace latchkey::api {
namespace {

using domain::MessageRow;

std::string_view StateName(const MessageRow& row, bool delivered) {
  switch (row.state()) {
    case domain::MESSAGE_DONE:
      return "done";
    case domain::MESSAGE_FAILED:
      return "failed";
    case domain::MESSAGE_EXPIRED:
      return "expired";
    case domain::MESSAGE_CANCELLED:
      return "cancelled";
    default:
      return delivered ? "delivered" : "waiting";
  }
}

// The messages that the gateway was given and has not acknowledged.
std::set<std::uint64_t> DeliveredTo(const LedgerView& ledger, std::uint64_t gateway) {
  std::set<std::uint64_t> delivered;
  for (const projections::Delivery& one : ledger.presence.Deliveries(gateway)) {
    delivered.insert(one.message);
  }
  return delivered;
}

void RenderMembers(const MessageRow& row, bool delivered, const LedgerView& ledger,
                   JsonWriter* json) {
  std::optional<events::Personal> personal;
  if (row.has_personal()) personal = ledger.subjects.Open(row.personal());
  json->Member("id", text::MessageId(row.number()));
  json->Member("gateway", text::GatewayId(row.gateway()));
  json->Member("kind", row.kind());
  json->Member("state", StateName(row, delivered));
  json->Member("sent_at", text::FormatTime(row.sent_us()));
  json->Member("expires_at", text::FormatTime(row.expires_us()));
  TimeMember("acknowledged_at", row.acknowledged_us(), json);
  json->MemberOrNull("detail", personal ? std::string_view(personal->detail()) : "");
}

void Render(const MessageRow& row, bool delivered, const LedgerView& ledger, std::string* out) {
  JsonWriter json(out);
  json.BeginObject();
  RenderMembers(row, delivered, ledger, &json);
  json.EndObject();
}

Error NoSuchMessage() {
  return {ErrorCode::kNotFound, "This gateway was sent no message with this id."};
}

Result<MessageRow> MessageOfPath(const LedgerView& ledger, std::uint64_t gateway,
                                 const Call& call) {
  const auto number = text::ParseMessageId(call.request.params[1]);
  if (!number) return NoSuchMessage();
  std::optional<MessageRow> row = domain::ReadMessage(ledger.state(), gateway, *number);
  if (!row) return NoSuchMessage();
  return *std::move(row);
}

// As it was sent, without blanks.
std::string ReadMessageBody(const Call& call, Fields* fields) {
  if (!fields->Present("body")) {
    fields->Check(Invalid("/body", "It is missing. Give any JSON but null."));
    return "";
  }
  std::string body = RawMember(call.request.body, "body");
  if (body.empty()) body = boost::json::serialize(call.request.json.at("body"));
  if (body.size() > ledger_limits::kMaxMessageBodyBytes) {
    fields->Check(Invalid("/body", "It has " + std::to_string(body.size()) + " bytes; at most " +
                                       std::to_string(ledger_limits::kMaxMessageBodyBytes) +
                                       " are sent."));
  }
  return body;
}

}  // namespace

Task<Status> ListMessages(const Lists& lists, Call& call) {
  const LedgerView& ledger = lists.ledger;
  const Result<domain::GatewayRow> gateway = GatewayOfPath(ledger, &call);
  if (!gateway) co_return gateway.error();
  Queries queries(call.request.uri, {"after", "limit", "state"});
  const std::uint64_t limit = queries.Limit();
  const auto state =
      queries.OneOf("state", {"waiting", "delivered", "done", "failed", "expired", "cancelled"});
  domain::KeyRange range = domain::Messages(gateway->number());
  if (const auto after = queries.Text("after"); after && !after->empty()) {
    if (const std::optional<std::uint64_t> number = text::ParseMessageId(*after)) {
      range.from = domain::MessageKey(gateway->number(), *number - 1);
    } else {
      queries.Wrong("after", "It must be the next of the page before.");
    }
  }
  if (Status valid = queries.Done(); !valid) co_return valid.error();
  call.response.Begin(Success::kOk);
  Page page("messages", limit, lists.buffers, call);
  const std::set<std::uint64_t> delivered = DeliveredTo(ledger, gateway->number());
  std::uint64_t last = 0;
  const Visit visit = [&](std::string_view, std::string_view value) {
    const auto row = domain::ParseRow<MessageRow>(value);
    const bool given = delivered.contains(row.number());
    const bool shown = !state || *state == StateName(row, given);
    if (!page.Add(shown, [&](std::string* out) { Render(row, given, ledger, out); })) return false;
    last = row.number();
    return true;
  };
  co_await WalkRows(ledger.projections, range, visit);
  page.End(page.more() ? text::MessageId(last) : "");
  co_return Status();
}

Task<Status> PostMessage(const Writes& writes, Call& call) {
  const Result<domain::GatewayRow> row = GatewayOfPath(writes.ledger, &call);
  if (!row) co_return row.error();
  domain::SendMessage send{row->number(), {}, {}, ledger_limits::kDefaultMessageLifetime};
  Fields fields(call.request.json);
  send.kind = fields.RequiredString("kind");
  if (fields.Sound("kind")) fields.Check(domain::CheckMessageKind(send.kind, "/kind"));
  send.body = ReadMessageBody(call, &fields);
  if (const auto seconds = fields.Integer("expires_in_seconds")) {
    fields.Check(domain::CheckMessageLifetime(*seconds, "/expires_in_seconds"));
    send.lifetime = std::chrono::seconds(*seconds);
  }
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) co_return valid.error();
  if (Status admitted = writes.throttle.AdmitMessage(row->account(), &call); !admitted) {
    co_return admitted.error();
  }
  domain::Command command = std::move(send);
  const Result<Outcome> outcome = co_await Submit(writes, call, command);
  if (!outcome) co_return outcome.error();
  const auto sent =
      domain::ReadMessage(writes.ledger.state(), row->number(), outcome->answer->message);
  if (!sent) co_return NoSuchMessage();
  call.response.Begin(Success::kCreated);
  call.response.location = "/v1/gateways/" + text::GatewayId(row->number()) + "/messages/" +
                           text::MessageId(sent->number());
  const bool delivered = DeliveredTo(writes.ledger, row->number()).contains(sent->number());
  Render(*sent, delivered, writes.ledger, &call.response.body);
  co_return Status();
}

Status GetMessage(const LedgerView& ledger, Call& call) {
  const Result<domain::GatewayRow> gateway = GatewayOfPath(ledger, &call);
  if (!gateway) return gateway.error();
  const Result<MessageRow> row = MessageOfPath(ledger, gateway->number(), call);
  if (!row) return row.error();
  const Queries queries(call.request.uri, {});
  if (Status valid = queries.Done(); !valid) return valid.error();
  const Result<events::Event> event = ledger.log.Read(row->sequence()).and_then(events::Decode);
  if (!event) return event.error();
  const std::optional<events::Personal> personal = ledger.subjects.Open(event->sealed());
  call.response.Begin(Success::kOk);
  JsonWriter json(&call.response.body);
  json.BeginObject();
  RenderMembers(*row, DeliveredTo(ledger, gateway->number()).contains(row->number()), ledger,
                &json);
  json.Key("body");
  json.Raw(personal ? personal->body() : "null");
  json.EndObject();
  return {};
}

Task<Status> DeleteMessage(const Writes& writes, Call& call) {
  const Result<domain::GatewayRow> gateway = GatewayOfPath(writes.ledger, &call);
  if (!gateway) co_return gateway.error();
  const Result<MessageRow> row = MessageOfPath(writes.ledger, gateway->number(), call);
  if (!row) co_return row.error();
  const Fields fields(call.request.json);
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) co_return valid.error();
  domain::Command command = domain::CancelMessage{gateway->number(), row->number()};
  const Result<Outcome> outcome = co_await Submit(writes, call, command);
  if (!outcome) co_return outcome.error();
  call.response.Begin(Success::kNoContent);
  co_return Status();
}

}  // namespace latchkey::api
