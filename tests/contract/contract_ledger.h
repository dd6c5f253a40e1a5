// One ledger served in this process, shared by the tests of a program, with words for what
// operators and installers do. Every answer is held against api/openapi.yaml by the clients.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "api/auth/throttle.h"
#include "api/log.h"
#include "tests/support/fakes.h"
#include "tests/support/http_client.h"
#include "tests/support/temp_dir.h"
#include "tools/bench/load_keys.h"
#include "tools/serve/composition.h"

namespace latchkey::testing {

// A gateway as its operator got it.
struct Added {
  std::string id;
  std::string key;
};

// An operator token as its creator got it.
struct NewToken {
  std::string id;
  std::string secret;
};

// What an installer holds: a key pair, and once registered the certificate for it.
struct Identity {
  tools::LoadKeyPair pair = tools::MakeKeyPair();
  std::string certificate_pem{};
};

// The ledger that all tests of the program share; started when first asked for, stopped at its end.
class ContractLedger {
 public:
  static ContractLedger& Instance();

  // One of its own, with other limits on strangers and perhaps a logger.
  explicit ContractLedger(api::ThrottleOptions throttle = {}, api::Logger logger = {});
  ~ContractLedger();

  HttpClient Management() const;  // as the owner
  HttpClient Management(const NewToken& token) const;
  HttpClient Gateways() const;  // as a stranger
  HttpClient Gateways(const Identity& identity) const;

  // The steps of a life. Each fails the running test when it is refused. Names are made up, so that
  // tests do not meet.
  std::string NewAccount();
  std::string NewName();
  Added Add(const std::string& account);
  Added Add() { return Add(account_); }
  Identity Redeem(const Added& gateway);                             // pending
  Identity Install(const Added& gateway);                            // and confirmed
  std::string Generate(const Added& gateway, bool replace = false);  // a new key
  // The same by someone whom an OpenID provider vouched for: 16 bytes.
  void GenerateAs(const std::string& person, const Added& gateway);
  NewToken CreateToken(std::string_view role, const std::vector<std::string>& accounts = {},
                       std::optional<std::chrono::seconds> lifetime = {});

  boost::json::object Redemption(std::string_view key, const Identity& identity) const;
  HttpAnswer TryRedeem(std::string_view key, const Identity& identity) const;

  Time Now() const { return clock_.Now(); }
  // Moves both clocks, and waits for nobody.
  void AdvanceClock(Micros by) { clock_.Advance(by); }
  // Moves both clocks and waits until the sequencer has looked at them twice.
  void Advance(std::chrono::seconds by);
  // One round of housekeeping: gateways that have gone silent are found.
  void Tick() { service_->Tick(); }
  // In the ledger alone: what is served goes on with the CA that it began with.
  void RotateCa();
  void AdoptCheckpoint();
  // Moves the wall clock alone, likewise.
  void StepClock(std::chrono::seconds by);

  const std::string& account() const { return account_; }  // one that is always there
  std::string position() const;                            // of the last event
  std::string epoch() const;

 private:
  void AwaitSequencer();

  TempDir directory_;
  FakeClock clock_;
  std::unique_ptr<tools::Service> service_;
  std::string token_;
  std::uint16_t management_port_ = 0;
  std::uint16_t gateways_port_ = 0;
  std::string account_ = "acme";
  mutable int made_ = 0;
};

}  // namespace latchkey::testing
