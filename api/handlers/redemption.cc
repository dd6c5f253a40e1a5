// Presenting a key: to ask whether it would work, and to redeem it (docs/design.md §7).
#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include "api/auth/throttle.h"
#include "api/call/json_body.h"
#include "api/call/json_writer.h"
#include "api/handlers/handlers.h"
#include "api/handlers/render.h"
#include "core/base/ids.h"
#include "core/base/limits.h"
#include "core/base/time_text.h"
#include "core/crypto/hash.h"
#include "core/domain/commands.h"
#include "core/domain/decision.h"
#include "core/domain/judge.h"
#include "core/domain/key_codec.h"
#include "core/domain/state.h"
#include "events/codec.h"

namespace latchkey::api {
namespace {

using domain::KeyStanding;

// A key as it was presented, and how it stands.
struct Presented {
  std::uint64_t gateway = 0;
  std::uint32_t generation = 0;
  std::string secret_sha256;
  bool proven = false;
  Result<KeyStanding> standing = Refuse(ErrorCode::kKeyUnknown, "");
};

// Refuses with what is wrong in the key's text alone.
Result<Presented> Present(const LedgerView& ledger, Call* call, Fields* fields) {
  const std::string_view text = fields->RequiredString("key");
  if (!fields->Sound("key")) return fields->Done(Fields::Unknown::kIgnored).error();
  Result<domain::RegistrationKey> key = domain::ParseKey(text);
  if (!key) return key.error();
  Presented presented;
  presented.gateway = key->gateway;
  presented.generation = key->generation;
  presented.secret_sha256 = crypto::Sha256(key->secret.view());
  presented.standing =
      domain::JudgeKey(ledger.state(), presented.gateway, presented.generation,
                       presented.secret_sha256, "", call->request.ledger_time, &presented.proven);
  if (presented.proven) {
    call->notes.gateway = presented.gateway;
    call->notes.proven_key = presented.gateway << 16 | presented.generation;
  } else {
    call->notes.key_unknown = true;
  }
  return presented;
}

// The same key once more, knowing whose public key comes with it. Only for keys that were proven:
// nobody else may have us read a signing request.
void JudgeAgain(const LedgerView& ledger, const Call& call, std::string_view public_key_sha256,
                Presented* presented) {
  presented->standing = domain::JudgeKey(ledger.state(), presented->gateway, presented->generation,
                                         presented->secret_sha256, public_key_sha256,
                                         call.request.ledger_time, &presented->proven);
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

// The answer, made out of the ledger alone, so that a repeat gives the same certificate.
Status RenderRegistration(const LedgerView& ledger, const Outcome& outcome, Call& call) {
  const domain::Answer& answer = *outcome.answer;
  const std::uint64_t sequence =
      answer.repeated ? answer.redeemed_sequence : outcome.first_event.value_or(0);
  const Result<events::Event> event = ledger.log.Read(sequence).and_then(events::Decode);
  if (!event) return event.error();
  const std::optional<domain::GatewayRow> row = domain::ReadGateway(ledger.state(), answer.gateway);
  if (!row || !event->has_key_redeemed()) {
    return Refuse(ErrorCode::kUnusable, "The ledger does not hold the redemption just made.");
  }
  const events::KeyRedeemed& redeemed = event->key_redeemed();
  call.response.Begin(answer.repeated ? Success::kOk : Success::kCreated);
  JsonWriter json(&call.response.body);
  json.BeginObject();
  json.Member("gateway", text::GatewayId(row->number()));
  json.Member("account", row->account());
  json.Member("name", row->name());
  json.Member("registration", RegistrationName(domain::RegistrationOf(*row)));
  json.Member("certificate", crypto::DerToPem(redeemed.certificate()));
  json.Member("ca", ledger.ca.certificate_pem());
  json.Member("confirm_by", text::FormatTime(redeemed.confirm_by_us()));
  json.Number("check_in_seconds", static_cast<std::uint64_t>(ledger.check_in.count()));
  json.Number("sequence", sequence);
  json.EndObject();
  call.notes.redemption =
      answer.repeated ? Notes::Redemption::kRepeated : Notes::Redemption::kFirst;
  return {};
}

Status CheckCa(const Writes& writes, const Call& call) {
  return domain::CheckCaLasts(writes.ledger.ca.not_after(), call.request.ledger_time,
                              writes.confirm_window);
}

// Its life begins by the wall clock, for whoever verifies it, and ends by the ledger's time, by
// which it is judged here.
domain::CertificateOffer Sign(const Writes& writes, const Call& call, const crypto::CheckedCsr& csr,
                              std::uint64_t gateway) {
  const auto ahead =
      std::chrono::floor<std::chrono::seconds>(call.request.ledger_time - call.request.received);
  crypto::IssuedCertificate issued = writes.ledger.ca.SignGateway(
      csr, text::GatewayId(gateway), call.request.received,
      writes.certificate_lifetime + std::max(ahead, std::chrono::seconds(0)), writes.random);
  return {std::move(issued.der), std::move(issued.sha256), std::move(issued.serial),
          issued.not_after};
}

// In order with everybody else's.
Task<Status> Redeem(const Writes& writes, Call& call, domain::RedeemKey& redeem) {
  domain::Command command = std::move(redeem);
  const Result<Outcome> outcome = co_await Submit(writes, call, command);
  if (!outcome) co_return outcome.error();
  co_return RenderRegistration(writes.ledger, *outcome, call);
}

}  // namespace

Task<Status> PostPreflight(const Writes& writes, Call& call) {
  Fields fields(call.request.json);
  Result<Presented> presented = Present(writes.ledger, &call, &fields);
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
  Result<Presented> presented = Present(writes.ledger, &call, &fields);
  if (!presented) co_return presented.error();
  // Who did not prove the secret is told so at once and leaves no trace in the ledger.
  if (!presented->proven) co_return presented->standing.error();

  domain::RedeemKey redeem;
  redeem.gateway = presented->gateway;
  redeem.generation = presented->generation;
  redeem.secret_sha256 = presented->secret_sha256;
  redeem.host = ReadHost(&fields);
  if (!presented->standing) {
    // Spent or void. The sequencer answers, so that the refusal is recorded and a repeat
    // recognised; but it is not asked for refusals without end. Nothing else in the body matters.
    const std::optional<std::string_view> csr = fields.String("csr");
    if (csr) redeem.public_key_sha256 = crypto::CsrPublicKeySha256(*csr).value_or("");
    JudgeAgain(writes.ledger, call, redeem.public_key_sha256, &*presented);
    if (!presented->standing) {
      if (Status admitted = writes.throttle.AdmitGateway(&call); !admitted)
        co_return admitted.error();
    }
    co_return co_await Redeem(writes, call, redeem);
  }
  const std::string_view csr = fields.RequiredString("csr");
  if (Status valid = fields.Done(Fields::Unknown::kIgnored); !valid) co_return valid.error();
  const Result<crypto::CheckedCsr> checked = crypto::CheckCsr(csr);
  if (checked) {
    if (Status lasts = CheckCa(writes, call); !lasts) co_return lasts.error();
    redeem.public_key_sha256 = checked->public_key_sha256;
    redeem.offer = Sign(writes, call, *checked, redeem.gateway);
  } else {
    if (Status admitted = writes.throttle.AdmitGateway(&call); !admitted)
      co_return admitted.error();
    redeem.csr_problem = checked.error().detail;
  }
  co_return co_await Redeem(writes, call, redeem);
}

}  // namespace latchkey::api
