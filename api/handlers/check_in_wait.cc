#include "api/handlers/check_in_wait.h"

#include <algorithm>
#include <utility>

#include "api/call/json_writer.h"
#include "api/handlers/deliveries.h"
#include "api/handlers/render.h"
#include "api/http/limits.h"
#include "core/base/big_endian.h"
#include "core/base/ids.h"
#include "core/base/time_text.h"
#include "core/domain/judge.h"
#include "core/domain/renewals.h"

namespace latchkey::api {
namespace {

using std::chrono::steady_clock;

// Whether the CA was rotated after the certificate was issued: its gateway may not know the new
// one.
bool IsOfFormerCa(const LedgerView& ledger, const domain::Registration& current) {
  if (ledger.former_cas_pem.empty()) return false;
  const std::optional<domain::LedgerRow> row = domain::ReadLedger(ledger.state());
  if (!row || row->former_cas().empty()) return false;
  return domain::IssuedAt(current) <= FromMicros(row->former_cas().rbegin()->rotated_us());
}

}  // namespace

Status RenderCheckIn(const Writes& writes, Call& call, std::int64_t come_back_seconds) {
  const LedgerView& ledger = writes.ledger;
  const std::optional<domain::GatewayRow> row =
      domain::ReadGateway(ledger.state(), call.notes.gateway);
  if (!row) return Refuse(ErrorCode::kUnusable, "The certificate belongs to no gateway.");
  const auto messages = ToDeliver(*row, writes.presence, ledger.ledger_time());
  call.response.Begin(Success::kOk);
  JsonWriter json(&call.response.body);
  json.BeginObject();
  json.Member("gateway", text::GatewayId(row->number()));
  json.Member("registration", RegistrationName(domain::RegistrationOf(*row)));
  json.Number("check_in_seconds", static_cast<std::uint64_t>(ledger.check_in.count()));
  if (come_back_seconds != 0) {
    json.Number("come_back_seconds", static_cast<std::uint64_t>(come_back_seconds));
  }
  if (row->has_current()) {
    json.Member("renew_after", text::FormatTime(ToMicros(domain::RenewAfter(row->current()))));
    if (IsOfFormerCa(ledger, row->current())) json.Member("ca", ledger.ClientsCaPem());
  }
  json.Key("messages");
  if (Status rendered = RenderDeliveries(messages, ledger, &json); !rendered) return rendered;
  json.Number("sequence", row->sequence());
  json.EndObject();
  RecordDeliveries(*row, messages, call.caller.certificate_sha256, ledger.clock.Now(),
                   &writes.presence);
  return {};
}

CheckInWait::CheckInWait(const Writes& writes, Call& call, projections::Seen seen,
                         std::chrono::seconds patience)
    : writes_(writes), call_(call), seen_(std::move(seen)), until_(steady_clock::now() + patience) {
  query_.gateway = call.notes.gateway;
}

void CheckInWait::Begin(std::function<void()> wake) {
  place_ =
      writes_.waiting.Take(call_.caller.certificate_sha256, call_.caller.address, std::move(wake));
}

// Not all at once.
std::int64_t CheckInWait::ComeBack() const {
  const std::uint64_t drawn = GetNumber(writes_.random.Bytes(4));
  return limits::kMinComeBackSeconds +
         static_cast<std::int64_t>(drawn %
                                   (limits::kMaxComeBackSeconds - limits::kMinComeBackSeconds + 1));
}

Result<bool> CheckInWait::Look(bool stopping) {
  const LedgerView& ledger = writes_.ledger;
  const Time ledger_time = ledger.ledger_time();
  const auto certificate =
      domain::JudgeCertificate(ledger.state(), call_.caller.certificate_sha256, ledger_time);
  if (!certificate) {
    call_.notes.identity_ended = true;
    return certificate.error();
  }
  const auto gateway = domain::ReadGateway(ledger.state(), certificate->gateway());
  if (!gateway) return Refuse(ErrorCode::kUnusable, "The certificate belongs to no gateway.");
  seen_.at = ledger.clock.Now();
  writes_.presence.Record(gateway->number(), seen_);
  const auto now = steady_clock::now();
  const bool leaves = stopping || place_ == nullptr;
  if (!leaves && !place_->superseded() && now < until_ &&
      ToDeliver(*gateway, writes_.presence, ledger_time).empty()) {
    const auto ends = std::chrono::duration_cast<steady_clock::duration>(
        FromMicros(certificate->not_after_us()) - ledger_time);
    next_ = std::min({until_, now + ledger.check_in, now + ends});
    return false;
  }
  if (Status rendered = RenderCheckIn(writes_, call_, leaves ? ComeBack() : 0); !rendered) {
    return rendered.error();
  }
  return true;
}

}  // namespace latchkey::api
