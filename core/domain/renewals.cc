#include "core/domain/renewals.h"

#include <chrono>

#include "core/base/limits.h"
#include "core/domain/judge.h"

namespace latchkey::domain {
namespace {

using namespace std::chrono_literals;

// A renewal that stayed unused for so long is not handed out again: the gateway would have to
// renew it at once.
bool IsFresh(const Renewal& renewal, Time ledger_time) {
  return ledger_time <
         RenewAfter(FromMicros(renewal.issued_us()), FromMicros(renewal.not_after_us()));
}

std::uint64_t CertificateSequence(const Registration& current) {
  return current.renewed_sequence() != 0 ? current.renewed_sequence() : current.redeemed_sequence();
}

}  // namespace

Time IssuedAt(const Registration& current) {
  return FromMicros(current.renewed_us() != 0 ? current.renewed_us() : current.since_us());
}

Time RenewAfter(Time issued, Time not_after) { return issued + (not_after - issued) / 3 * 2; }

Time RenewAfter(const Registration& current) {
  return RenewAfter(IssuedAt(current), FromMicros(current.not_after_us()));
}

Time OverdueAfter(const Registration& current) {
  const Time from = RenewAfter(current);
  return from + (FromMicros(current.not_after_us()) - from) / 2;
}

std::string CurrentPublicKey(const StateReader& state, const GatewayRow& gateway) {
  const Registration& current = gateway.current();
  if (current.renewed_sequence() != 0) return current.public_key_sha256();
  const std::optional<KeyRow> key = ReadKey(state, gateway, current.generation());
  return key ? key->public_key_sha256() : "";
}

void UseRenewal(GatewayRow* gateway) {
  const Renewal& renewal = gateway->renewal();
  Registration& current = *gateway->mutable_current();
  current.set_certificate_sha256(renewal.certificate_sha256());
  current.set_public_key_sha256(renewal.public_key_sha256());
  current.set_serial(renewal.serial());
  current.set_not_after_us(renewal.not_after_us());
  current.set_renewed_sequence(renewal.sequence());
  current.set_renewed_us(renewal.issued_us());
  current.clear_shared_sequence();
  gateway->clear_renewal();
}

Result<GatewayRow> JudgeRenewer(const StateReader& state, std::string_view sha256,
                                Time ledger_time) {
  const Result<CertificateRow> certificate = JudgeHeldCertificate(state, sha256);
  if (!certificate) return certificate.error();
  const Time end = FromMicros(certificate->not_after_us()) + ledger_limits::kRenewalGrace;
  if (certificate->state() == CertificateRow::PENDING) {
    return Refuse(ErrorCode::kRegistrationNotConfirmed,
                  "This registration is not confirmed yet. Check in first (POST /v1/check-in).");
  }
  if (ledger_time >= end) return CertificateExpired(*certificate, ledger_time);
  GatewayRow gateway = *ReadGateway(state, certificate->gateway());
  if (certificate->state() == CertificateRow::UNUSED) UseRenewal(&gateway);
  if (IsRestored(gateway)) {
    return Refuse(ErrorCode::kRegistrationNotAccepted,
                  "The ledger was restored from a backup, and this registration is older than "
                  "that. An operator must accept it before its certificate can be renewed.");
  }
  return gateway;
}

Time NextRenewal(const GatewayRow& gateway, Time ledger_time) {
  const auto& issued = gateway.renewals_us();
  if (issued.size() < ledger_limits::kMaxRenewalsPerDay) return ledger_time;
  const Time oldest = FromMicros(issued[issued.size() - ledger_limits::kMaxRenewalsPerDay]);
  return std::max(ledger_time, oldest + 24h);
}

Result<std::optional<std::uint64_t>> JudgeRenewal(const StateReader& state,
                                                  const GatewayRow& gateway,
                                                  std::string_view public_key_sha256,
                                                  Time ledger_time) {
  if (public_key_sha256 == CurrentPublicKey(state, gateway) &&
      ledger_time < RenewAfter(gateway.current())) {
    return std::optional(CertificateSequence(gateway.current()));
  }
  if (public_key_sha256 == gateway.renewal().public_key_sha256() &&
      IsFresh(gateway.renewal(), ledger_time)) {
    return std::optional(gateway.renewal().sequence());
  }
  if (NextRenewal(gateway, ledger_time) > ledger_time) {
    return Refuse(ErrorCode::kRateLimited,
                  "This gateway has had " + std::to_string(ledger_limits::kMaxRenewalsPerDay) +
                      " new certificates within a day. Use the newest one, or try again later.");
  }
  return std::optional<std::uint64_t>();
}

}  // namespace latchkey::domain
