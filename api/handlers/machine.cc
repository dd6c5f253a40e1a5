// What a gateway does with its certificate: check in, report a failed installation, look at itself,
// end its own identity.
#include "api/call/json_body.h"
#include "api/call/json_writer.h"
#include "api/call/queries.h"
#include "api/handlers/handlers.h"
#include "api/handlers/render.h"
#include "core/base/ids.h"
#include "core/base/limits.h"
#include "core/base/time_text.h"
#include "core/domain/renewals.h"

namespace latchkey::api {
namespace {

using domain::CertificateRow;
using domain::GatewayRow;

// The address from which a gateway was seen last; empty when that cannot be known.
std::string AddressOf(const Writes& writes, const std::optional<projections::Seen>& last) {
  if (!last || !last->address) return "";
  const auto opened = writes.ledger.subjects.Open(*last->address);
  return opened ? opened->address() : "";
}

// Sealed anew only when it is another than last time: under one key random nonces may serve 2^32
// times (NIST SP 800-38D, 8.3), which the check-ins of a large account alone would reach in weeks.
// Nothing when it cannot be sealed now.
std::optional<events::Sealed> SealedAddress(const Writes& writes, const std::string& address,
                                            const GatewayRow& row,
                                            const std::optional<projections::Seen>& last) {
  if (last && last->address && AddressOf(writes, last) == address) return last->address;
  const std::optional<domain::AccountRow> account =
      domain::ReadAccount(writes.ledger.state(), row.account());
  if (!account) return std::nullopt;
  events::Personal personal;
  personal.set_address(address);
  Result<events::Sealed> sealed = writes.subjects.Seal(account->subject(), personal, writes.random);
  if (!sealed) return std::nullopt;
  return *std::move(sealed);
}

// Whether the CA was rotated after the certificate was issued: its gateway may not know the new
// one.
bool IsOfFormerCa(const LedgerView& ledger, const domain::Registration& current) {
  if (ledger.former_cas_pem.empty()) return false;
  const std::optional<domain::LedgerRow> row = domain::ReadLedger(ledger.state());
  if (!row || row->former_cas().empty()) return false;
  return domain::IssuedAt(current) <= FromMicros(row->former_cas().rbegin()->rotated_us());
}

Status RenderCheckIn(const LedgerView& ledger, Call& call) {
  const std::optional<GatewayRow> row = domain::ReadGateway(ledger.state(), call.notes.gateway);
  if (!row) return Refuse(ErrorCode::kUnusable, "The certificate belongs to no gateway.");
  call.response.Begin(Success::kOk);
  JsonWriter json(&call.response.body);
  json.BeginObject();
  json.Member("gateway", text::GatewayId(row->number()));
  json.Member("registration", RegistrationName(domain::RegistrationOf(*row)));
  json.Number("check_in_seconds", static_cast<std::uint64_t>(ledger.check_in.count()));
  if (row->has_current()) {
    json.Member("renew_after", text::FormatTime(ToMicros(domain::RenewAfter(row->current()))));
    if (IsOfFormerCa(ledger, row->current())) json.Member("ca", ledger.ClientsCaPem());
  }
  json.Number("sequence", row->sequence());
  json.EndObject();
  return {};
}

}  // namespace

Task<Status> PostCheckIn(const Writes& writes, Call& call) {
  Fields fields(call.request.json);
  std::string version(fields.String("version").value_or(""));
  fields.Check(domain::CheckText(version, ledger_limits::kMaxHostFieldChars, "/version"));
  const std::string instance(fields.String("instance").value_or(""));
  fields.Check(domain::CheckText(instance, ledger_limits::kMaxInstanceChars, "/instance"));
  if (Status valid = fields.Done(Fields::Unknown::kIgnored); !valid) co_return valid.error();
  const std::optional<GatewayRow> row =
      domain::ReadGateway(writes.ledger.state(), call.notes.gateway);
  if (!row) co_return Refuse(ErrorCode::kUnusable, "The certificate belongs to no gateway.");
  const std::optional<projections::Seen> last = writes.presence.Get(row->number());
  // Before the command: a sweep between the two must not take the gateway for silent.
  writes.presence.Record(row->number(),
                         {call.request.received,
                          SealedAddress(writes, call.caller.address.text, *row, last), version});
  if (!instance.empty() && writes.turns.Record(row->number(), instance, call.request.started)) {
    domain::Command suspect =
        domain::SuspectSharing{call.caller.certificate_sha256, AddressOf(writes, last)};
    (void)co_await Submit(writes, call, suspect);  // the check-in itself is as good as any
  }
  if (call.caller.certificate->state() == CertificateRow::CURRENT && row->connected()) {
    co_return RenderCheckIn(writes.ledger, call);
  }
  domain::Command command = domain::CheckIn{call.caller.certificate_sha256, std::move(version)};
  const Result<Outcome> outcome = co_await Submit(writes, call, command);
  if (!outcome) co_return outcome.error();
  co_return RenderCheckIn(writes.ledger, call);
}

Task<Status> PostFailure(const Writes& writes, Call& call) {
  Fields fields(call.request.json);
  const std::string reason(fields.RequiredString("reason"));
  if (fields.Sound("reason")) fields.Check(domain::CheckFailureReason(reason, "/reason"));
  const std::string detail(fields.String("detail").value_or(""));
  fields.Check(domain::CheckText(detail, ledger_limits::kMaxFailureDetailChars, "/detail"));
  if (Status valid = fields.Done(Fields::Unknown::kIgnored); !valid) co_return valid.error();
  domain::Command command = domain::ReportFailure{call.caller.certificate_sha256, reason, detail};
  const Result<Outcome> outcome = co_await Submit(writes, call, command);
  if (!outcome) co_return outcome.error();
  call.notes.identity_ended = true;
  call.response.Begin(Success::kNoContent);
  co_return Status();
}

Task<Status> PostDeregisterSelf(const Writes& writes, Call& call) {
  Fields fields(call.request.json);
  const std::string reason(fields.String("reason").value_or(""));
  fields.Check(domain::CheckText(reason, ledger_limits::kMaxReasonChars, "/reason"));
  if (Status valid = fields.Done(Fields::Unknown::kIgnored); !valid) co_return valid.error();
  domain::Command command = domain::DeregisterSelf{call.caller.certificate_sha256, reason};
  const Result<Outcome> outcome = co_await Submit(writes, call, command);
  if (!outcome) co_return outcome.error();
  call.notes.identity_ended = true;
  call.response.Begin(Success::kNoContent);
  co_return Status();
}

Status GetSelf(const LedgerView& ledger, Call& call) {
  const std::optional<GatewayRow> row = domain::ReadGateway(ledger.state(), call.notes.gateway);
  if (!row) return Refuse(ErrorCode::kUnusable, "The certificate belongs to no gateway.");
  call.response.Begin(Success::kOk);
  call.response.etag = ETag(*row);
  RenderGateway(*row, ledger, call.request.ledger_time, &call.response.body);
  return {};
}

}  // namespace latchkey::api
