// The HTTP side: two TLS listeners (management, gateways) over the parts of one ledger.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/crypto/certificates.h"
#include "core/domain/key_mint.h"
#include "core/log/log.h"
#include "core/sequencer/sequencer.h"
#include "core/subjects/subjects.h"
#include "projections/presence.h"
#include "projections/projections.h"

namespace latchkey::api {

// The parts that handlers work with. All outlive the server and are safe to use from its threads.
struct Parts {
  const log::Log& log;
  Sequencer& sequencer;
  projections::Projections& projections;
  projections::Presence& presence;
  const Subjects& subjects;
  const domain::KeyMint& mint;
  const crypto::CertificateAuthority& ca;
  const Clock& clock;
  Random& random;
  std::string epoch;  // as in positions
  std::chrono::seconds check_in;        // the interval told to gateways
  std::chrono::seconds confirm_window;
  std::chrono::seconds certificate_lifetime;
};

struct ServerOptions {
  std::string management = "127.0.0.1:8443";  // ADDR:PORT, [ADDR]:PORT; port 0 picks one
  std::string gateways = "127.0.0.1:8444";
  std::string certificate_pem;  // chain, leaf first, the CA's own behind it
  std::string key_pem;
  unsigned threads = 0;  // 0: one a core
};

class Server {
 public:
  // Binds both listeners and serves on threads of its own. Refuses with kIo (address in use: names it)
  // or kUnusable (certificate and key do not fit).
  static Result<std::unique_ptr<Server>> Start(const Parts& parts, ServerOptions options);
  ~Server();  // Stop with no time to spare

  // The addresses actually bound, as ADDR:PORT.
  std::string management_address() const;
  std::string gateways_address() const;

  // Takes a new certificate for connections from now on. kUnusable when the two do not fit.
  Status UseCertificate(const std::string& certificate_pem, const std::string& key_pem);

  // Stops accepting, lets requests in flight finish for at most `deadline`, then closes everything.
  void Stop(std::chrono::milliseconds deadline);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey::api
