// The HTTP of a witness: POST /add-checkpoint, and GET /HASH/checkpoint for monitors. Anyone may
// ask, so all that a stranger can make it do, hold or wait for has a limit (witness_limits.h).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "api/bound_port.h"
#include "api/http/tls.h"
#include "core/base/error.h"
#include "tools/witness/witness.h"
#include "tools/witness/witness_limits.h"

namespace latchkey::tools {

// One thread, which judges one checkpoint after another: they wait for the same disk anyway.
class WitnessServer {
 public:
  struct Options {
    api::TlsContext tls{};  // null: plain HTTP
    // Asked every kLookForTls; another context is for connections from then on, null: none yet.
    std::function<api::TlsContext()> renewed{};
    witness_limits::Patience patience{};
    bool limit_loopback = false;  // this machine has no more than any other address
  };

  // Refuses with kIo and words. The witness outlives it.
  static Result<std::unique_ptr<WitnessServer>> Listen(Witness& witness, api::BoundPort port,
                                                       Options options);
  ~WitnessServer();

  const std::string& address() const;  // bound, as ADDR:PORT

  // From now on SIGTERM and SIGINT stop it.
  void StopOnSignals();
  // Serves until Stop or a signal; answers that are being sent then have kStop to end.
  void Run();
  void Stop();  // any thread; returns at once

 private:
  class Impl;
  explicit WitnessServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey::tools
