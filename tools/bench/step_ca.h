// step-ca (github.com/smallstep/certificates), a CA whose clients enrol with single-use tokens, as
// a process of its own on loopback, to compare enrolments with.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/crypto/handles.h"
#include "tools/bench/load_client.h"
#include "tools/bench/load_process.h"

namespace latchkey::tools {

// One thread.
class StepCa {
 public:
  // Where it records certificates and spent tokens. Both sync each transaction. `step ca init`
  // chooses Badger.
  enum class Store { kBadger, kBbolt };

  // Whether there is a step-ca along PATH.
  static bool IsInstalled();

  // Makes a CA in `directory`, as `step ca init` does: a root, an intermediate that signs, and a
  // JWK provisioner, all with keys on P-256. Starts it and waits until it is healthy. Only its log
  // of requests is left out.
  static Result<StepCa> Start(const std::filesystem::path& directory, Store store);

  // A request that signs a certificate for `name` and spends a new token. The token is valid for an
  // hour. `csr_pem` need not hold a name.
  std::string SignRequest(std::string_view name, std::string_view csr_pem) const;

  const std::string& address() const { return address_; }
  const ChildProcess& process() const { return process_; }

 private:
  StepCa(ChildProcess process, crypto::PkeyPtr provisioner, std::string address)
      : process_(std::move(process)),
        provisioner_(std::move(provisioner)),
        address_(std::move(address)) {}

  std::string Token(std::string_view name) const;

  ChildProcess process_;
  crypto::PkeyPtr provisioner_;  // signs the tokens
  std::string address_;
};

}  // namespace latchkey::tools
