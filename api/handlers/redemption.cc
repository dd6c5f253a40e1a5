// Presenting a key: to ask whether it would work, and to redeem it (docs/design.md §7).
#include <optional>
#include <string>
#include <utility>

#include "api/auth/throttle.h"
#include "api/call/json_body.h"
#include "api/call/json_writer.h"
#include "api/handlers/enrolment.h"
#include "api/handlers/handlers.h"
#include "api/handlers/render.h"
#include "core/base/ids.h"
#include "core/base/limits.h"
#include "core/base/time_text.h"
#include "core/crypto/certificates.h"

namespace latchkey::api {
namespace {

using domain::KeyStanding;

Result<Presented> PresentMember(const LedgerView& ledger, Call* call, Fields* fields) {
  const std::string_view text = fields->RequiredString("key");
  if (!fields->Sound("key")) return fields->Done(Fields::Unknown::kIgnored).error();
  return Present(ledger, text, call);
}

// A member that is refused stays empty: what is refused for another reason records the others.
domain::Host ReadHost(Fields* fields) {
  domain::Host host;
  Fields members(fields->Object("host"), "/host");
  const auto read = [&](std::string_view name, std::string* into) {
    const std::string_view text = members.String(name).value_or("");
    const Status good = domain::CheckText(text, ledger_limits::kMaxHostFieldChars,
                                          std::string("/host/").append(name));
    if (good) *into = text;
    members.Check(good);
  };
  read("hostname", &host.hostname);
  read("os", &host.os);
  read("version", &host.version);
  fields->Add(members);
  return host;
}

void RenderRegistration(const LedgerView& ledger, const Issued& issued, Call& call) {
  const domain::GatewayRow& row = issued.gateway;
  call.response.Begin(issued.repeated ? Success::kOk : Success::kCreated);
  JsonWriter json(&call.response.body);
  json.BeginObject();
  json.Member("gateway", text::GatewayId(row.number()));
  json.Member("account", row.account());
  json.Member("name", row.name());
  json.Member("registration", RegistrationName(domain::RegistrationOf(row)));
  json.Member("certificate", crypto::DerToPem(issued.certificate));
  json.Member("ca", ledger.ClientsCaPem());
  json.Member("confirm_by", text::FormatTime(issued.confirm_by_us));
  json.Number("check_in_seconds", static_cast<std::uint64_t>(ledger.check_in.count()));
  json.Number("sequence", issued.sequence);
  json.EndObject();
}

}  // namespace

Task<Status> PostPreflight(const Writes& writes, Call& call) {
  Fields fields(call.request.json);
  Result<Presented> presented = PresentMember(writes.ledger, &call, &fields);
  if (!presented) co_return presented.error();
  if (Status admitted = writes.throttle.AdmitGateway(&call); !admitted) co_return admitted.error();
  const std::optional<std::string_view> csr = fields.String("csr");
  if (presented->proven && csr && !presented->standing) {
    const Result<std::string> public_key = crypto::CsrPublicKeySha256(*csr);
    if (public_key) JudgeAgain(writes.ledger, call, *public_key, &*presented);
  }
  if (!presented->standing) co_return presented->standing.error();
  if (Status valid = fields.Done(Fields::Unknown::kIgnored); !valid) co_return valid.error();
  const KeyStanding& standing = *presented->standing;
  const bool redeemed = standing.state == KeyStanding::State::kRedeemedBySame;
  if (csr && !redeemed) {
    const Result<crypto::CheckedCsr> checked = crypto::CheckCsr(*csr);
    if (!checked) co_return checked.error();
  }
  if (!redeemed) {
    if (Status lasts = CheckCa(writes, call); !lasts) co_return lasts.error();
  }
  call.response.Begin(Success::kOk);
  JsonWriter json(&call.response.body);
  json.BeginObject();
  json.Member("account", standing.gateway.account());
  json.Member("gateway", text::GatewayId(standing.gateway.number()));
  json.Member("name", standing.gateway.name());
  json.Member("role", RoleName(standing.gateway));
  json.Member("expires_at", text::FormatTime(standing.key.expires_us()));
  json.Key("redeemed");
  json.Bool(redeemed);
  json.EndObject();
  co_return Status();
}

Task<Status> PostRegistration(const Writes& writes, Call& call) {
  Fields fields(call.request.json);
  Result<Presented> presented = PresentMember(writes.ledger, &call, &fields);
  if (!presented) co_return presented.error();
  // Who did not prove the secret is told so at once and leaves no trace in the ledger.
  if (!presented->proven) co_return presented->standing.error();
  const domain::Host host = ReadHost(&fields);
  std::string_view csr;
  if (presented->standing) {
    csr = fields.RequiredString("csr");
    if (Status valid = fields.Done(Fields::Unknown::kIgnored); !valid) co_return valid.error();
  } else {  // nothing else in the body matters
    csr = fields.String("csr").value_or("");
  }
  const Result<Issued> issued = co_await Redeem(writes, call, *presented, csr, host, false);
  if (!issued) co_return issued.error();
  RenderRegistration(writes.ledger, *issued, call);
  co_return Status();
}

}  // namespace latchkey::api
