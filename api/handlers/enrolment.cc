#include "api/handlers/enrolment.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "api/auth/throttle.h"
#include "core/base/ids.h"
#include "core/base/limits.h"
#include "core/crypto/certificates.h"
#include "core/crypto/hash.h"
#include "core/domain/key_codec.h"
#include "core/domain/renewals.h"
#include "core/domain/trust_domain.h"
#include "events/codec.h"

namespace latchkey::api {
namespace {

using domain::KeyStanding;
using std::chrono::seconds;

// As limits know a key that was proven.
std::uint64_t NumberOf(std::uint64_t gateway, std::uint32_t generation) {
  return gateway << 16 | generation;
}

// In which domain certificates name gateways.
Result<std::string> TrustDomain(const LedgerView& ledger) {
  const auto row = domain::ReadLedger(ledger.state());
  if (row && !row->trust_domain().empty()) return row->trust_domain();
  return Refuse(ErrorCode::kReadOnly,
                "The ledger has no trust domain yet, because nothing could be written since the "
                "server started. Nothing is spent: try again in a moment.");
}

// Its life begins by the wall clock, for whoever verifies it, and ends by the ledger's time, by
// which it is judged here. Refuses with kReadOnly while nothing can be signed that would last.
Result<domain::CertificateOffer> Sign(const Writes& writes, const Call& call,
                                      const crypto::CheckedCsr& csr,
                                      const domain::GatewayRow& gateway, seconds lifetime) {
  if (Status lasts = CheckCa(writes, call); !lasts) return lasts.error();
  const Result<std::string> trust_domain = TrustDomain(writes.ledger);
  if (!trust_domain) return trust_domain.error();
  const auto ahead = std::chrono::floor<seconds>(call.request.ledger_time - call.request.received);
  crypto::IssuedCertificate issued = writes.ledger.ca.SignGateway(
      csr,
      {text::GatewayId(gateway.number()),
       domain::SpiffeId(*trust_domain, gateway.account(), gateway.number())},
      call.request.received, lifetime + std::max(ahead, seconds(0)), writes.random);
  return domain::CertificateOffer{std::move(issued.der), std::move(issued.sha256),
                                  std::move(issued.serial), issued.not_after};
}

// Made out of the ledger alone, so that a repeat gives the same certificate.
Result<Issued> ReadIssued(const LedgerView& ledger, std::uint64_t gateway, std::uint64_t sequence) {
  const Result<events::Event> event = ledger.log.Read(sequence).and_then(events::Decode);
  if (!event) return event.error();
  std::optional<domain::GatewayRow> row = domain::ReadGateway(ledger.state(), gateway);
  Issued issued;
  if (row && event->has_key_redeemed()) {
    issued.certificate = event->key_redeemed().certificate();
    issued.not_after_us = event->key_redeemed().not_after_us();
    issued.confirm_by_us = event->key_redeemed().confirm_by_us();
  } else if (row && event->has_renewal_issued()) {
    issued.certificate = event->renewal_issued().certificate();
    issued.not_after_us = event->renewal_issued().not_after_us();
  } else {
    return Refuse(ErrorCode::kUnusable, "The ledger does not hold the certificate just issued.");
  }
  issued.gateway = *std::move(row);
  issued.sequence = sequence;
  return issued;
}

// In order with everybody else's. A certificate that is issued now is in the command's
// `first_event` or, after an event that a renewal was used, in its last.
Task<Result<Issued>> Issue(const Writes& writes, Call& call, domain::Command& command) {
  const bool redemption = std::holds_alternative<domain::RedeemKey>(command);
  const Result<Outcome> outcome = co_await Submit(writes, call, command);
  if (!outcome) co_return outcome.error();
  const domain::Answer& answer = *outcome->answer;
  const std::uint64_t issued_now =
      redemption ? outcome->first_event.value_or(0) : outcome->sequence;
  Result<Issued> issued = ReadIssued(writes.ledger, answer.gateway,
                                     answer.repeated ? answer.certificate_sequence : issued_now);
  if (issued) issued->repeated = answer.repeated;
  co_return issued;
}

// What a gateway that has had its certificates of the day is told.
Error TellWhen(const LedgerView& ledger, Error error, Call* call) {
  const auto row = domain::ReadGateway(ledger.state(), call->notes.gateway);
  if (error.code != ErrorCode::kRateLimited || !row) return error;
  const Time now = call->request.ledger_time;
  const auto wait = std::chrono::ceil<seconds>(domain::NextRenewal(*row, now) - now);
  call->response.retry_after_seconds = static_cast<int>(std::max(wait, seconds(1)).count());
  call->notes.limited = LimitedBy::kGateway;
  return error;
}

// The gateway that a new certificate is to be signed for with this public key; null when it has
// one.
Result<std::optional<domain::GatewayRow>> NeedsOffer(const Writes& writes, Call* call,
                                                     std::string_view public_key_sha256) {
  const domain::StateReader& state = writes.ledger.state();
  const Time now = call->request.ledger_time;
  const auto gateway = domain::JudgeRenewer(state, call->caller.certificate_sha256, now);
  if (!gateway) return gateway.error();
  const auto earlier = domain::JudgeRenewal(state, *gateway, public_key_sha256, now);
  if (!earlier) return TellWhen(writes.ledger, earlier.error(), call);
  return *earlier ? std::optional<domain::GatewayRow>() : *gateway;
}

}  // namespace

Result<Presented> Present(const LedgerView& ledger, std::string_view text, Call* call) {
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
    call->notes.proven_key = NumberOf(presented.gateway, presented.generation);
  } else {
    call->notes.key_unknown = true;
  }
  return presented;
}

void JudgeAgain(const LedgerView& ledger, const Call& call, std::string_view public_key_sha256,
                Presented* presented) {
  presented->standing = domain::JudgeKey(ledger.state(), presented->gateway, presented->generation,
                                         presented->secret_sha256, public_key_sha256,
                                         call.request.ledger_time, &presented->proven);
}

Status CheckCa(const Writes& writes, const Call& call) {
  return domain::CheckCaLasts(writes.ledger.ca.not_after(), call.request.ledger_time,
                              writes.confirm_window);
}

Task<Result<Issued>> Redeem(const Writes& writes, Call& call, Presented& presented,
                            std::string_view csr, const domain::Host& host, bool confirm) {
  domain::RedeemKey redeem;
  redeem.gateway = presented.gateway;
  redeem.generation = presented.generation;
  redeem.secret_sha256 = presented.secret_sha256;
  redeem.host = host;
  redeem.confirm = confirm;
  if (!presented.standing) {
    // But the sequencer is not asked for refusals without end.
    if (!csr.empty()) redeem.public_key_sha256 = crypto::CsrPublicKeySha256(csr).value_or("");
    JudgeAgain(writes.ledger, call, redeem.public_key_sha256, &presented);
    if (!presented.standing) {
      const Status admitted = writes.throttle.AdmitGateway(&call);
      if (!admitted) co_return admitted.error();
    }
  } else if (const Result<crypto::CheckedCsr> checked = crypto::CheckCsr(csr); checked) {
    redeem.public_key_sha256 = checked->public_key_sha256;
    const auto offer =
        Sign(writes, call, *checked, presented.standing->gateway, writes.certificate_lifetime);
    if (!offer) co_return offer.error();
    redeem.offer = *offer;
  } else {
    const Status admitted = writes.throttle.AdmitGateway(&call);
    if (!admitted) co_return admitted.error();
    redeem.csr_problem = checked.error().detail;
  }
  domain::Command command = std::move(redeem);
  Result<Issued> issued = co_await Issue(writes, call, command);
  if (issued) {
    call.notes.redemption = issued->repeated ? Notes::Issuance::kRepeated : Notes::Issuance::kFirst;
  }
  co_return issued;
}

Task<Result<Issued>> Renew(const Writes& writes, Call& call, std::string_view csr) {
  // Limits know the gateway by a generation that no key has.
  call.notes.proven_key = NumberOf(call.notes.gateway, 0);
  if (Status admitted = writes.throttle.AdmitGateway(&call); !admitted) co_return admitted.error();
  const Result<std::string> public_key = crypto::CsrPublicKeySha256(csr);
  if (!public_key) co_return public_key.error();
  domain::Renew renew{call.caller.certificate_sha256, *public_key, {}};
  const auto gateway = NeedsOffer(writes, &call, *public_key);
  if (!gateway) co_return gateway.error();
  if (*gateway) {
    const Result<crypto::CheckedCsr> checked = crypto::CheckCsr(csr);
    if (!checked) co_return checked.error();
    const seconds lifetime = std::min(writes.certificate_lifetime, ledger_limits::kRenewedLifetime);
    const auto offer = Sign(writes, call, *checked, **gateway, lifetime);
    if (!offer) co_return offer.error();
    renew.offer = *offer;
  }
  domain::Command command = std::move(renew);
  Result<Issued> issued = co_await Issue(writes, call, command);
  if (!issued) co_return TellWhen(writes.ledger, issued.error(), &call);
  call.notes.renewal = issued->repeated ? Notes::Issuance::kRepeated : Notes::Issuance::kFirst;
  co_return issued;
}

}  // namespace latchkey::api
