#include "core/domain/judge.h"

#include "core/base/hex.h"
#include "core/base/limits.h"
#include "core/base/time_text.h"
#include "core/crypto/hash.h"
#include "core/domain/commands.h"

namespace latchkey::domain {
namespace {

constexpr std::string_view kAskForNewKey = " Ask the operator to generate a new key.";

Error KeyUnknown() {
  return {ErrorCode::kKeyUnknown,
          "This key is unknown here. Check that it was copied completely and that this is the "
          "right server; otherwise ask the operator for the gateway's key."};
}

// A redeemed key is always answered as redeemed, whatever happened to its registration or gateway.
Result<KeyStanding> JudgeRedeemed(const StateReader& state, const GatewayRow& gateway,
                                  const KeyRow& key, std::string_view public_key_sha256) {
  if (public_key_sha256.empty() || public_key_sha256 != key.public_key_sha256()) {
    return Refuse(ErrorCode::kKeyAlreadyRedeemed,
                  "This key was redeemed on " + text::TimeWords(key.redeemed_us()) +
                      (public_key_sha256.empty() ? " (public key SHA-256 "
                                                 : " with another key pair (public key SHA-256 ") +
                      text::ToHex(key.public_key_sha256()) + ")." + std::string(kAskForNewKey));
  }
  const bool lives = (gateway.has_pending() && gateway.pending().generation() == key.generation() &&
                      !IsVoid(state, gateway.pending())) ||
                     (gateway.has_current() && gateway.current().generation() == key.generation() &&
                      gateway.current().renewed_sequence() == 0);
  if (!lives) {
    const bool renewed =
        gateway.has_current() && gateway.current().generation() == key.generation();
    return Refuse(ErrorCode::kRegistrationEnded,
                  (renewed ? "The certificate that this key gave has been renewed since."
                           : "The registration that this key made has ended.") +
                      std::string(kAskForNewKey));
  }
  return KeyStanding{KeyStanding::State::kRedeemedBySame, gateway, key};
}

Result<KeyStanding> JudgeUnspent(const GatewayRow& gateway, const KeyRow& key, Time ledger_time) {
  switch (key.state()) {
    case KEY_SUPERSEDED:
      return Refuse(ErrorCode::kKeySuperseded,
                    "A newer key was generated for this gateway. Use the newest one.");
    case KEY_REVOKED:
      return Refuse(ErrorCode::kKeyRevoked, "This key was revoked." + std::string(kAskForNewKey));
    case KEY_EXPIRED:
      break;
    case KEY_ACTIVE:
      if (ledger_time < FromMicros(key.expires_us())) {
        return KeyStanding{KeyStanding::State::kActive, gateway, key};
      }
      break;
    case KEY_NONE:
    case KEY_REDEEMED:
    case KeyState_INT_MIN_SENTINEL_DO_NOT_USE_:
    case KeyState_INT_MAX_SENTINEL_DO_NOT_USE_:
      return KeyUnknown();
  }
  return Refuse(ErrorCode::kKeyExpired, "This key expired on " + text::TimeWords(key.expires_us()) +
                                            "." + std::string(kAskForNewKey));
}

}  // namespace

Result<KeyStanding> JudgeKey(const StateReader& state, std::uint64_t gateway_number,
                             std::uint32_t generation, std::string_view secret_sha256,
                             std::string_view public_key_sha256, Time ledger_time, bool* proven) {
  static const std::string kNoSecret(crypto::kSha256Bytes, '\0');
  const std::optional<GatewayRow> gateway = ReadGateway(state, gateway_number);
  const std::optional<KeyRow> key =
      gateway ? ReadKey(state, *gateway, generation) : std::optional<KeyRow>();
  *proven = crypto::ConstantTimeEqual(key ? key->secret_sha256() : kNoSecret, secret_sha256);
  if (!key || !*proven) {
    *proven = false;
    return KeyUnknown();
  }
  if (key->state() == KEY_REDEEMED) {
    return JudgeRedeemed(state, *gateway, *key, public_key_sha256);
  }
  if (gateway->removed()) {
    return Refuse(ErrorCode::kGatewayRemoved,
                  "The gateway of this key was removed. Ask the operator to add it again.");
  }
  return JudgeUnspent(*gateway, *key, ledger_time);
}

namespace {

Error CertificateUnknown(const StateReader& state) {
  if (!ReadEpoch(state)) {
    return {ErrorCode::kUnauthenticated, "This certificate is unknown. Register with a key first."};
  }
  return {ErrorCode::kCertificateUnknownSinceRestore,
          "The ledger was restored from a backup that does not know this certificate. Ask the "
          "operator for a new key and register again."};
}

Error Abandoned() {
  return {ErrorCode::kRegistrationAbandoned,
          "This registration was never confirmed and has ended: the installation failed, took too "
          "long or was superseded, or the ledger was restored. Register again with a new key."};
}

// A pending registration from before a restore is void before an event says so.
bool IsVoid(const StateReader& state, const CertificateRow& certificate) {
  if (certificate.state() != CertificateRow::PENDING) return false;
  const std::optional<GatewayRow> gateway = ReadGateway(state, certificate.gateway());
  return gateway && IsVoid(state, gateway->pending());
}

}  // namespace

Result<CertificateRow> JudgeHeldCertificate(const StateReader& state, std::string_view sha256) {
  std::optional<CertificateRow> row = ReadCertificate(state, sha256);
  if (!row) return CertificateUnknown(state);
  if (IsVoid(state, *row)) return Abandoned();
  switch (row->state()) {
    case CertificateRow::ABANDONED:
      return Abandoned();
    case CertificateRow::REVOKED:
      return Refuse(ErrorCode::kCertificateRevoked,
                    "This gateway's identity has ended: it was deregistered, replaced or removed. "
                    "Register again with a new key.");
    case CertificateRow::RENEWED:
      return Refuse(ErrorCode::kCertificateRevoked,
                    "A newer certificate of this gateway has taken the place of this one. Use the "
                    "newest one, or register again with a new key.");
    case CertificateRow::PENDING:
    case CertificateRow::CURRENT:
    case CertificateRow::UNUSED:
      return *std::move(row);
    case CertificateRow::NONE:
    case CertificateRow_State_CertificateRow_State_INT_MIN_SENTINEL_DO_NOT_USE_:
    case CertificateRow_State_CertificateRow_State_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return Refuse(ErrorCode::kUnauthenticated, "This certificate is unknown.");
}

Error CertificateExpired(const CertificateRow& row, Time ledger_time) {
  const Time renewable = FromMicros(row.not_after_us()) + ledger_limits::kRenewalGrace;
  const bool renews = row.state() != CertificateRow::PENDING && ledger_time < renewable;
  return {ErrorCode::kCertificateExpired,
          "This certificate expired on " + text::TimeWords(row.not_after_us()) +
              (renews ? ". Until " + text::TimeWords(ToMicros(renewable)) +
                            " it can still be renewed (POST /v1/certificate), and do nothing else."
                      : ". Register again with a new key.")};
}

Result<CertificateRow> JudgeCertificate(const StateReader& state, std::string_view sha256,
                                        Time ledger_time) {
  Result<CertificateRow> row = JudgeHeldCertificate(state, sha256);
  if (row && ledger_time >= FromMicros(row->not_after_us())) {
    return CertificateExpired(*row, ledger_time);
  }
  return row;
}

bool IsOnlyCertificate(const StateReader& state, std::string_view sha256, Time ledger_time) {
  const Result<CertificateRow> certificate = JudgeCertificate(state, sha256, ledger_time);
  if (!certificate || certificate->state() != CertificateRow::CURRENT) return false;
  const std::optional<GatewayRow> gateway = ReadGateway(state, certificate->gateway());
  return gateway && !gateway->has_pending() && !gateway->has_renewal() && gateway->has_current() &&
         gateway->current().certificate_sha256() == sha256;
}

Status CheckCaLasts(Time ca_ends, Time ledger_time, std::chrono::seconds confirm_window) {
  if (ca_ends >= ledger_time + confirm_window) return {};
  return Refuse(ErrorCode::kReadOnly,
                "The CA of this ledger ends on " + text::TimeWords(ToMicros(ca_ends)) +
                    ", too soon to sign another certificate. The operator must put another CA in "
                    "its place (latchkey rotate ca). Nothing is spent: try again then.");
}

bool IsValid(const TokenRow& token, Time ledger_time) {
  return token.revoked_us() == 0 && token.expired_us() == 0 && !IsDue(token, ledger_time);
}

bool IsDue(const TokenRow& token, Time ledger_time) {
  return token.revoked_us() == 0 && token.expired_us() == 0 && token.expires_us() != 0 &&
         ToMicros(ledger_time) >= token.expires_us();
}

bool IsFullOwner(const TokenRow& token) {
  return token.role() == RoleName(TokenRole::kOwner) && token.accounts().empty();
}

bool HasActiveKey(const GatewayRow& gateway, Time ledger_time) {
  return !gateway.removed() && gateway.key().state() == KEY_ACTIVE &&
         ledger_time < FromMicros(gateway.key().expires_us());
}

Time AbandonAt(Time confirm_by, Time writable_since, const Settings& settings) {
  return confirm_by <= writable_since ? writable_since + settings.downtime_grace : confirm_by;
}

}  // namespace latchkey::domain
