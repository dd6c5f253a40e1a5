// What a served ledger does so that the certificates of its gateways, and its own, can be verified:
// it names the trust domain, publishes whom to trust, goes on presenting the server's certificate
// of a CA whose key is lost, and counts the gateways whose certificates are old, or that have not
// been told the CA in force.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <spdlog/common.h>

#include "api/parts.h"
#include "core/base/error.h"
#include "projections/gateway_counts.h"
#include "projections/presence.h"
#include "tools/ledger/ledger.h"
#include "tools/ledger/server_certificate.h"
#include "tools/serve/trust_publisher.h"

namespace latchkey::tools {

// Between two lines of the log about what goes on.
inline constexpr Micros kWarnEvery = std::chrono::hours(24);

// One thread at a time; what `Show` hands out is thread-safe.
class GatewayTrust {
 public:
  using Say = std::function<void(spdlog::level::level_enum, std::string_view event,
                                 std::string_view detail)>;

  // `ledger` can be written and outlives it. `trust_domain` may be empty, see SettleTrustDomain.
  // With `own_certificate` the server presents one of the ledger's CA.
  GatewayTrust(Ledger& ledger, std::string trust_domain, bool own_certificate, Say say);

  // Names the trust domain, or later when nothing can be written now. Refuses with kUnusable when
  // the ledger has another one.
  Status NameDomain();

  // The certificate to go on presenting; null: none.
  std::optional<KeptCertificate> kept() const;
  // A new one, for the case that the key of its CA is lost.
  void Keep(const crypto::CertificateAuthority::Material& material) const;

  // Into the parts of the server; where gateways may lack the CA in force, these are counted first.
  void Show(const projections::Presence& presence, api::Parts* parts);
  // What is due. Once a day there is a line of the log for each count that is not 0.
  void Tick(const projections::Presence& presence);

  // The CA by which clients verify the server, DER; empty: it is the one in force.
  std::string server_ca() const;
  std::uint64_t gateways_without_ca() const;

 private:
  void Publish();
  void Warn();

  Ledger& ledger_;
  const std::string wanted_domain_;
  const Say say_;
  TrustPublisher publisher_;
  std::optional<KeptCertificate> kept_;
  projections::GatewayCounts counts_;
  Micros warn_at_{0};        // by the steady clock
  bool domain_due_ = false;  // still to be named
};

}  // namespace latchkey::tools
