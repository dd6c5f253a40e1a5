// One ledger served in this process, shared by the tests of a program, with functions for what
// operators and installers do. The clients check every answer against api/openapi.yaml.
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

// A gateway as its operator received it.
struct Added {
  std::string id;
  std::string key;
};

// An operator token as its creator received it.
struct NewToken {
  std::string id;
  std::string secret;
};

// An installer's key pair, and once registered its certificate.
struct Identity {
  tools::LoadKeyPair pair = tools::MakeKeyPair();
  std::string certificate_pem{};
};

// A signing request as EST sends it, and the headers that go with it; with a key, Basic's.
std::string Pkcs10(const std::string& csr_pem);
inline std::string Pkcs10(const Identity& identity) { return Pkcs10(identity.pair.csr_pem); }
Headers EstHeaders(std::string_view key = {});

// The ledger shared by all tests of the program; started at first use, stopped at the program's
// end.
class ContractLedger {
 public:
  static ContractLedger& Instance();

  // A separate ledger, with other limits on strangers and optionally a logger.
  // Its webhooks may be sent to this machine.
  explicit ContractLedger(api::ThrottleOptions throttle = {}, api::Logger logger = {},
                          api::SenderOptions webhooks = {});
  ~ContractLedger();

  HttpClient Management() const;  // as the owner
  HttpClient Management(const NewToken& token) const;
  HttpClient Gateways() const;  // as a stranger
  HttpClient Gateways(const Identity& identity) const;

  // The steps of a life. Each fails the running test when it is refused. Names are generated, so
  // that tests do not collide.
  std::string NewAccount();
  std::string NewName();
  Added Add(const std::string& account);
  Added Add() { return Add(account_); }
  Identity Redeem(const Added& gateway);          // pending
  Identity Install(const Added& gateway);         // and confirmed
  Identity Renew(const Identity& holder);         // issued, not used yet
  std::string SendMessage(const Added& gateway);  // its id
  // Its id, for a receiver that is not there. The oldest give way, so that there is always room.
  std::string AddWebhook(std::string_view account = "");  // empty: of all
  // What a request to that route needs.
  boost::json::object WebhookBody(std::string_view pattern) const;
  std::string Generate(const Added& gateway, bool replace = false);  // a new key
  // The same by a person from the OpenID provider: an id of 16 bytes.
  void GenerateAs(const std::string& person, const Added& gateway);
  NewToken CreateToken(std::string_view role, const std::vector<std::string>& accounts = {},
                       std::optional<std::chrono::seconds> lifetime = {});

  boost::json::object Redemption(std::string_view key, const Identity& identity) const;
  HttpAnswer TryRedeem(std::string_view key, const Identity& identity) const;

  Time Now() const { return clock_.Now(); }
  // Moves both clocks, without waiting.
  void AdvanceClock(Micros by) { clock_.Advance(by); }
  // Moves both clocks and waits until the sequencer has checked them twice.
  void Advance(std::chrono::seconds by);
  // One round of housekeeping: finds silent gateways.
  void Tick() { service_->Tick(); }
  // Only in the ledger: the server continues with its first CA.
  void RotateCa();
  // Puts another master key in force, and serves the ledger again.
  void RotateMasterKey();
  void AdoptCheckpoint();
  // Backs up the ledger as it is now; and goes on with what was backed up, restored in another
  // directory.
  void BackUp();
  void Restore();
  // Stops it, and serves it again with webhooks that may be sent to these networks.
  void Restart(std::vector<Network> allowed);
  // The same for the wall clock alone.
  void StepClock(std::chrono::seconds by);

  const std::string& account() const { return account_; }  // an account that always exists
  std::string position() const;                            // of the last event
  std::string epoch() const;

 private:
  void AwaitSequencer();
  void Start();  // to serve data_

  TempDir directory_;
  FakeClock clock_;
  std::filesystem::path data_ = directory_ / "data";
  tools::ServiceOptions options_;
  std::unique_ptr<tools::Service> service_;
  std::string token_;
  std::uint16_t management_port_ = 0;
  std::uint16_t gateways_port_ = 0;
  std::string account_ = "acme";
  mutable int made_ = 0;
};

inline ContractLedger& Ledger() { return ContractLedger::Instance(); }

inline std::string PathOf(const Added& gateway) { return "/v1/gateways/" + gateway.id; }
inline constexpr std::string_view kPreflight = "/v1/registrations/preflight";

// Strangers on this machine are limited too.
inline api::ThrottleOptions LimitLoopback() { return {{}, true}; }
// The address of one of many strangers.
std::string AddressOf(int stranger);
// From where the ledger says that a key was redeemed with these headers.
std::string RedeemedFrom(ContractLedger& ledger, const Headers& headers);
// Refused for a second.
void ExpectLimited(const HttpAnswer& answer);

// The text, so many times in a row.
std::string Repeated(std::string_view text, std::size_t times);

}  // namespace latchkey::testing
