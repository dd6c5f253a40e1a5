// The HTTP side: two TLS listeners (management, gateways) over the parts of one ledger. A
// read-only one has no listener for gateways.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/auth/throttle.h"
#include "api/bound_port.h"
#include "api/http/limits.h"
#include "api/log.h"
#include "api/parts.h"
#include "api/webhooks/webhooks.h"
#include "core/base/error.h"

namespace latchkey::api {

struct ServerOptions {
  BoundPort management;
  std::optional<BoundPort> gateways;  // null: gateways are not served
  std::string certificate_pem{};      // chain, leaf first, the CA's own behind it
  std::string key_pem{};
  std::string gateways_name{};  // the host by which installers reach it; empty: by its address
  unsigned threads = 0;         // 0: one a core
  Logger logger{};              // null: no lines
  limits::Patience patience{};
  ThrottleOptions throttle{};
  // Starts the webhooks of the ledger, once there is a view of it; empty: nothing is sent.
  std::function<Result<std::unique_ptr<Webhooks>>(const LedgerView& ledger)> webhooks{};
};

class Server {
 public:
  // Listens at both ports and serves on threads of its own; raises the soft limit of open files to
  // what the connections need, as far as allowed, and warns when that is not far. Refuses with kIo
  // (address in use: names it) or kUnusable (certificate and key do not fit).
  static Result<std::unique_ptr<Server>> Start(const Parts& parts, ServerOptions options);
  // Stop with no time to spare. Waits for the sequencer to answer what it was given.
  ~Server();

  // The addresses actually bound, as ADDR:PORT. Empty where there is no listener.
  std::string management_address() const;
  std::string gateways_address() const;

  // Those that options.webhooks gave; null: none.
  Webhooks* webhooks();

  // Takes a new certificate for connections from now on. kUnusable when the two do not fit.
  Status UseCertificate(std::string_view certificate_pem, std::string_view key_pem);

  // Stops accepting and sending, lets requests in flight finish for at most `deadline`, then closes
  // everything.
  void Stop(std::chrono::milliseconds deadline);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey::api
