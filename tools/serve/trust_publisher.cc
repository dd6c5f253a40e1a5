#include "tools/serve/trust_publisher.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "core/base/base64.h"
#include "core/base/hex.h"
#include "core/crypto/hash.h"
#include "core/crypto/jwk.h"
#include "core/domain/state.h"
#include "projections/certificate_ends.h"

namespace latchkey::tools {
namespace {

using projections::CertificateEnds;
using projections::EndedCertificate;

std::int64_t SecondsOf(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

api::Document DocumentOf(std::string body) {
  std::string etag = '"' + text::ToHex(crypto::Sha256(body)) + '"';
  return {std::move(body), std::move(etag)};
}

// The CAs of which certificates may be in force, and since when these.
struct TrustedCas {
  std::vector<std::string> certificates;  // DER, the one in force first
  Time since{};
  Time until = Time::max();
};

// A former CA is trusted as long as the last certificate that it signed lasts.
TrustedCas FindTrusted(const domain::LedgerRow& row, const std::optional<domain::EpochRow>& epoch,
                       const CertificateEnds& ends, Time now) {
  TrustedCas trusted{{row.ca_certificate()}};
  if (epoch) trusted.since = FromMicros(epoch->since_us());
  for (int ca = row.former_cas_size() - 1; ca >= 0; --ca) {
    const domain::FormerCa& former = row.former_cas(ca);
    const Time end = ends.LastEnd(static_cast<std::uint32_t>(ca));
    trusted.since = std::max(trusted.since, FromMicros(former.rotated_us()));
    if (end > now) {
      trusted.certificates.push_back(former.certificate());
      trusted.until = std::min(trusted.until, end);
    } else {
      trusted.since = std::max(trusted.since, end);
    }
  }
  return trusted;
}

boost::json::array KeysOf(const TrustedCas& trusted) {
  boost::json::array keys;
  for (const std::string& der : trusted.certificates) {
    boost::json::object key = crypto::JwkOf(der);
    if (key.empty()) continue;  // no CA of another kind can be put in force
    key["use"] = "x509-svid";
    key["x5c"] = boost::json::array{text::ToBase64(der)};
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace

Status TrustPublisher::Refresh() {
  RefreshBundle();
  return RefreshRevocations();
}

// Its number is the second since which it says what it says: that grows also over a restore, which
// loses how many CAs there were.
void TrustPublisher::RefreshBundle() {
  const Time now = ledger_.sequencer().LedgerTime();
  if (bundle_until_ && now < *bundle_until_) return;
  const domain::StateReader& state = ledger_.projections().state();
  const TrustedCas trusted =
      FindTrusted(domain::ReadLedger(state).value_or(domain::LedgerRow()), domain::ReadEpoch(state),
                  ledger_.projections().certificate_ends(), now);
  const boost::json::object bundle{
      {"keys", KeysOf(trusted)},
      {"spiffe_sequence", std::max<std::int64_t>(SecondsOf(trusted.since), 1)},
      {"spiffe_refresh_hint", kBundleRefreshHint.count()}};
  documents_.bundle.Put(DocumentOf(boost::json::serialize(bundle)));
  bundle_until_ = trusted.until;
}

Status TrustPublisher::RefreshRevocations() {
  const Micros now = ledger_.clock().Steady();
  const std::uint64_t ended = ledger_.projections().certificate_ends().count();
  const Micros age = now - made_at_;
  const bool due = !published_ || age >= kRevocationsEvery ||
                   (ended != made_of_ && age >= kRevocationsAtMostEvery);
  if (!due) return {};
  made_at_ = now;
  made_of_ = ended;
  auto list = MakeRevocations();
  const bool news = !published_ || withdrawn_ == list.has_value();
  published_ = true;
  withdrawn_ = !list;
  if (list) {
    documents_.revocations.Put(DocumentOf(*std::move(list)));
    return {};
  }
  documents_.revocations.Withdraw(list.error());
  return news ? Status(Refuse(ErrorCode::kUnusable, list.error().detail)) : Status();
}

// Its number is the second in which it is made, or one more than the last.
Result<std::string> TrustPublisher::MakeRevocations() {
  if (!ledger_.ca().may_sign_revocations()) {
    return Refuse(ErrorCode::kNotFound,
                  "The CA of this ledger may not sign revocation lists (key usage cRLSign).");
  }
  const Time now = ledger_.clock().Now();
  const Time ledger_time = ledger_.sequencer().LedgerTime();
  number_ = std::max(number_ + 1, static_cast<std::uint64_t>(SecondsOf(ledger_time)));
  crypto::RevocationList list(number_, now, now + kRevocationsLast);
  const auto ca = static_cast<std::uint32_t>(ledger_.row().former_cas_size());
  ledger_.projections().certificate_ends().Visit(
      ca, ledger_time, [&](const EndedCertificate& ended) {
        list.Add(ended.serial, ended.ended_at,
                 ended.why == EndedCertificate::Why::kReplaced
                     ? crypto::RevocationReason::kSuperseded
                     : crypto::RevocationReason::kCessationOfOperation);
        return list.size() <= kMaxRevocations;
      });
  if (list.size() > kMaxRevocations) {
    return Refuse(ErrorCode::kNotFound,
                  fmt::format("More than {} certificates have ended before their time, too many "
                              "for one revocation list. Ask the ledger about each gateway.",
                              kMaxRevocations));
  }
  return ledger_.ca().SignRevocations(list);
}

}  // namespace latchkey::tools
