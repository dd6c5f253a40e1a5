// What a gateway does with its certificate: check in, report a failed installation, look at itself.
#include "api/body.h"
#include "api/handlers.h"
#include "api/json_writer.h"
#include "api/queries.h"
#include "api/render.h"
#include "core/base/limits.h"
#include "events/text.h"

namespace latchkey::api {
namespace {

using domain::CertificateRow;
using domain::GatewayRow;

// Sealed anew only when it is another than last time: under one key random nonces may serve 2^32
// times (NIST SP 800-38D, 8.3), which the check-ins of a large account alone would reach in weeks.
// Nothing when it cannot be sealed now.
std::optional<events::Sealed> SealedAddress(const Exchange& x, const GatewayRow& row) {
  if (std::optional<projections::Seen> last = x.parts.presence.Get(row.number());
      last && last->address) {
    const auto opened = x.parts.subjects.Open(*last->address);
    if (opened && opened->address() == x.client.text) return std::move(last->address);
  }
  const std::optional<domain::AccountRow> account = domain::ReadAccount(x.state(), row.account());
  if (!account) return std::nullopt;
  events::Personal personal;
  personal.set_address(x.client.text);
  Result<events::Sealed> sealed =
      x.parts.subjects.Seal(account->subject(), personal, x.parts.random);
  if (!sealed) return std::nullopt;
  return *std::move(sealed);
}

// Soft state: lost without harm.
void RecordPresence(const Exchange& x, const GatewayRow& row, std::string version) {
  x.parts.presence.Record(row.number(), {x.received, SealedAddress(x, row), std::move(version)});
}

Status RenderCheckIn(Exchange& x) {
  const std::optional<GatewayRow> row = domain::ReadGateway(x.state(), x.gateway);
  if (!row) return Refuse(ErrorCode::kUnusable, "A certificate stands for no gateway.");
  x.response.Begin(Success::kOk);
  JsonWriter json(&x.response.body);
  json.BeginObject();
  json.Member("gateway", text::GatewayId(row->number()));
  json.Member("registration", RegistrationName(*row));
  json.Number("check_in_seconds", static_cast<std::uint64_t>(x.parts.check_in.count()));
  json.Number("sequence", row->sequence());
  json.EndObject();
  return {};
}

}  // namespace

Result<Next> PostCheckIn(Exchange& x) {
  Fields fields(x.body);
  std::string version(fields.String("version").value_or(""));
  fields.Check(domain::CheckText(version, latchkey::limits::kMaxHostFieldChars, "/version"));
  if (Status valid = fields.Done(Fields::Unknown::kIgnored); !valid) return valid.error();
  const std::optional<GatewayRow> row = domain::ReadGateway(x.state(), x.gateway);
  if (!row) return Refuse(ErrorCode::kUnusable, "A certificate stands for no gateway.");
  // Before the command: a sweep between the two must not take the gateway for silent.
  RecordPresence(x, *row, version);
  if (x.caller.certificate->state() == CertificateRow::CURRENT && row->connected()) {
    if (Status rendered = RenderCheckIn(x); !rendered) return rendered.error();
    return Answered{};
  }
  return Submit(x, domain::CheckIn{x.peer.sha256, std::move(version)},
                [](Exchange& y, const Outcome&) { return RenderCheckIn(y); });
}

Result<Next> PostFailure(Exchange& x) {
  Fields fields(x.body);
  const std::string reason(fields.RequiredString("reason"));
  if (fields.Sound("reason")) fields.Check(domain::CheckFailureReason(reason, "/reason"));
  const std::string detail(fields.String("detail").value_or(""));
  fields.Check(domain::CheckText(detail, latchkey::limits::kMaxFailureDetailChars, "/detail"));
  if (Status valid = fields.Done(Fields::Unknown::kIgnored); !valid) return valid.error();
  return Submit(x, domain::ReportFailure{x.peer.sha256, reason, detail},
                [](Exchange& y, const Outcome&) -> Status {
                  y.response.Begin(Success::kNoContent);
                  return {};
                });
}

Result<Next> GetSelf(Exchange& x) {
  const std::optional<GatewayRow> row = domain::ReadGateway(x.state(), x.gateway);
  if (!row) return Refuse(ErrorCode::kUnusable, "A certificate stands for no gateway.");
  x.response.Begin(Success::kOk);
  x.response.etag = ETag(*row);
  RenderGateway(*row, x.parts, x.ledger_time, &x.response.body);
  return Answered{};
}

}  // namespace latchkey::api
