#include "tools/serve/gateway_trust.h"

#include <chrono>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "tools/ledger/ca_history.h"
#include "tools/serve/trust_domain.h"

namespace latchkey::tools {
namespace {

constexpr std::size_t kMaxCountedPerTick = 2'000;  // gateways

KeptCertificate Copy(const KeptCertificate& kept) {
  return {
      {kept.material.certificate_pem, crypto::Secret(std::string(kept.material.key_pem.view()))},
      kept.not_after,
      kept.ca};
}

}  // namespace

GatewayTrust::GatewayTrust(Ledger& ledger, std::string trust_domain, bool own_certificate, Say say)
    : ledger_(ledger),
      wanted_domain_(std::move(trust_domain)),
      say_(std::move(say)),
      publisher_(ledger),
      counts_(UnknownCaSince(ledger.row())) {
  if (!own_certificate) return;
  kept_ = FindServerCertificate(ledger.secret_files(), ledger.row(), ledger.clock().Now());
  // One of the CA in force is made anew at each start.
  if (kept_ && kept_->ca == ledger.row().ca_certificate()) kept_.reset();
}

Status GatewayTrust::NameDomain() {
  Status named = SettleTrustDomain(ledger_, wanted_domain_);
  domain_due_ = !named && named.error().code == ErrorCode::kReadOnly;
  return domain_due_ ? Status() : named;
}

std::optional<KeptCertificate> GatewayTrust::kept() const {
  return kept_ ? std::optional(Copy(*kept_)) : std::nullopt;
}

// Where the CA's key is kept elsewhere, no other key is to lie here either.
void GatewayTrust::Keep(const crypto::CertificateAuthority::Material& material) const {
  if (!ledger_.secret_files().Has(kCaKeyFile)) return;
  const Status kept = KeepServerCertificate(ledger_.secret_files(), material);
  if (!kept) say_(spdlog::level::warn, "server_certificate_not_kept", kept.error().detail);
}

void GatewayTrust::Show(const projections::Presence& presence, api::Parts* parts) {
  Publish();
  parts->trust = &publisher_.documents();
  parts->server_ca = server_ca();
  parts->gateway_counts = &counts_;
  if (!UnknownCaSince(ledger_.row())) return;
  counts_.CountOn(ledger_.projections(), presence, ledger_.sequencer().LedgerTime(),
                  std::numeric_limits<std::size_t>::max());
}

void GatewayTrust::Tick(const projections::Presence& presence) {
  if (domain_due_ && !ledger_.sequencer().WriteProblem()) {
    if (const Status named = NameDomain(); !named) {
      say_(spdlog::level::err, "trust_domain_not_named", named.error().detail);
    }
  }
  Publish();
  const bool counted = counts_.CountOn(ledger_.projections(), presence,
                                       ledger_.sequencer().LedgerTime(), kMaxCountedPerTick);
  if (counted && ledger_.clock().Steady() >= warn_at_) Warn();
}

void GatewayTrust::Warn() {
  const projections::GatewayCount counted = counts_.Get();
  if (counted.ending + counted.expired + counted.without_ca == 0) return;
  warn_at_ = ledger_.clock().Steady() + kWarnEvery;
  const auto say = [this](std::string_view event, std::string_view whose, std::uint64_t count,
                          std::string_view advice) {
    if (count == 0) return;
    say_(spdlog::level::warn, event, fmt::format("Gateways {}: {}. {}", whose, count, advice));
  };
  say("certificates_ending", "whose certificate should have been renewed long ago", counted.ending,
      "The console lists them under \"Needs attention\"; latchkey agent renews in time.");
  say("certificates_expired", "whose certificate has expired", counted.expired,
      "It can be renewed for 30 days, as latchkey agent does; after that they need new keys.");
  say("gateways_without_ca", "that have not been told the CA in force", counted.without_ca,
      "They are when they check in while the server presents its certificate of the CA before.");
}

std::string GatewayTrust::server_ca() const { return kept_ ? kept_->ca : ""; }

std::uint64_t GatewayTrust::gateways_without_ca() const { return counts_.Get().without_ca; }

void GatewayTrust::Publish() {
  if (const Status made = publisher_.Refresh(); !made) {
    say_(spdlog::level::err, "revocation_list_not_made", made.error().detail);
  }
}

}  // namespace latchkey::tools
