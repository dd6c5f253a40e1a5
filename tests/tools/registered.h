// A gateway of a served ledger, and the directory that `register` left for it.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tests/tools/served.h"
#include "tools/installer/registration.h"

namespace latchkey::tools::testing {

class Registered {
 public:
  Registered() : Registered([](ServiceOptions&) {}) {}
  // With options changed before the start of the server. Adds the gateway `hq`; Register makes the
  // rest.
  explicit Registered(const std::function<void(ServiceOptions&)>& change)
      : served_(change), key_(served_.AddGateway("hq")) {}

  Served& served() { return served_; }
  std::filesystem::path directory() const { return served_.Scratch("gateway"); }

  RegisterOptions Options() {
    RegisterOptions options;
    options.url = served_.service().gateways_url();
    options.trust.ca_sha256 = ParseFingerprint(served_.service().ca_sha256());
    options.out = directory();
    options.patience = 0s;
    return options;
  }
  // Redeems the key, or fails the test.
  void Register() { Register(Options()); }
  void Register(const RegisterOptions& options);
  CliResult<void> TryToRegister(const RegisterOptions& options);
  // A key that replaces the machine, for the next Register.
  void NewKey();
  void Deregister();

  std::string RegistrationJson() const;

 private:
  Served served_;
  std::string key_;
};

}  // namespace latchkey::tools::testing
