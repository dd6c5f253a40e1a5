// The composition root: one served data directory, one line per part. `latchkey serve`, tests and
// benchmarks all serve through it.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/auth/throttle.h"
#include "api/log.h"
#include "api/webhooks/sender.h"
#include "core/base/error.h"
#include "core/base/limits.h"
#include "core/crypto/secret.h"
#include "core/identity/config.h"
#include "tools/ledger/ledger.h"

namespace latchkey::tools {

using namespace std::chrono_literals;

// Long, because gateways cannot renew their certificate themselves yet.
inline constexpr std::chrono::seconds kDefaultCertificateLifetime = 365 * 24h;

struct ServiceOptions {
  LedgerOptions ledger;
  std::string management = "127.0.0.1:8443";  // ADDR:PORT, [ADDR]:PORT; port 0 picks one
  std::string gateways = "127.0.0.1:8444";    // not used when read-only
  std::vector<std::string> names{};           // host names or addresses of the server
  std::string trust_domain{};                 // SPIFFE; empty: as it is, or by the ledger's id
  std::filesystem::path tls_certificate{};    // both or none: replaces our own certificate
  std::filesystem::path tls_key{};
  std::optional<latchkey::identity::Config> identity{};  // of the provider that signs people in
  std::chrono::seconds check_in = ledger_limits::kDefaultCheckIn;
  std::chrono::seconds certificate_lifetime = kDefaultCertificateLifetime;
  std::chrono::milliseconds housekeeping = 1s;  // zero: housekeeping only when Tick is called
  unsigned threads = 0;                         // of the HTTP side; 0: one per core
  api::ThrottleOptions throttle{};              // trusted proxies, and whether loopback is limited
  api::SenderOptions webhooks{};                // where they may send, and how often they try
  api::Logger logger{};                         // see api/log.h; null: no lines
};

class Service {
 public:
  // Binds both ports, opens the ledger (see Ledger::Open) and serves until Stop. DIR/run/ names
  // the addresses while it does. Refuses with kUnusable when the CA has expired.
  //
  // A ledger that is opened read-only is served to operators alone, and only with a token made for
  // this process, which is in DIR/run/ too; every change is refused with kReadOnly, and nothing
  // that would write runs.
  static Result<std::unique_ptr<Service>> Start(ServiceOptions options);
  ~Service();  // Stop with a deadline of zero

  Ledger& ledger();
  std::string management_url() const;  // with the bound address, for this machine
  std::string gateways_url() const;    // with the first name, for gateways; empty: not served
  // "sha256:<hex>" of the CA by which installers verify the server.
  std::string ca_sha256() const;
  // Which lack the CA in force, as last counted (projections/gateway_counts.h).
  std::uint64_t gateways_without_ca() const;

  // A link to the console that signs its reader in as the token of secrets/owner-token, or of
  // run/owner-token of a read-only ledger: once, within 15 minutes, and only the last link
  // that was requested. kNotFound when that file does not exist, kUnauthenticated when its token is
  // no longer valid. A secret.
  Result<crypto::Secret> SignInLink();

  // One round of housekeeping: silent gateways, a server certificate to renew, a CA that expires
  // soon. Runs by itself unless `housekeeping` is zero; then call it from one thread at a time.
  void Tick();

  // Stops accepting, waits at most `deadline` for requests in flight, closes the listeners and
  // removes DIR/run/. The ledger stays open until the service is destroyed.
  void Stop(std::chrono::milliseconds deadline);

 private:
  struct Impl;
  explicit Service(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey::tools
