// A ledger in memory with the vocabulary of docs/design.md §2: it decides, stamps, checks and
// applies, as the sequencer does, with a fake clock and seeded randomness. Every event is checked
// against the invariants before it is applied: a violation fails the test. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/limits.h"
#include "core/domain/commands.h"
#include "core/domain/decision.h"
#include "core/domain/key_mint.h"
#include "core/domain/state.h"
#include "tests/support/fakes.h"
#include "tests/support/memory_state.h"

namespace latchkey::testing {

// The result of one command.
struct Outcome {
  Result<domain::Answer> answer;
  std::vector<events::Event> events;  // as they stand in the ledger

  // "created", "ok", "repeated", or the code of the refusal.
  std::string Word() const;
};

// The lifetime of certificates that Redemption() offers.
inline constexpr std::chrono::hours kCertificateLifetime{365 * 24};

class TestLedger {
 public:
  // Begins with LedgerCreated and the owner token (number 1).
  explicit TestLedger(std::uint64_t seed = Seed());

  // Any command. The refusals of a key are counted softly, as the sequencer does.
  Outcome Submit(const domain::Submission& request);
  Outcome Submit(domain::Command command, domain::Actor actor);

  // Checks an event as it is, then applies it.
  void Append(const events::Event& event);
  // The next event before its fact is set: sequence, time, salt and, unless
  // `gateway` is 0, account and gateway count.
  events::Event NextEvent(std::uint64_t gateway = 0);

  // Actions of operators.
  Outcome Open(std::string account);
  Outcome Add(domain::AddGateway command);
  Outcome Rename(std::uint64_t gateway, std::string name);
  Outcome Change(domain::ChangeGateway command);
  Outcome Remove(std::uint64_t gateway);
  Outcome Generate(domain::GenerateKey command);
  Outcome Reveal(std::uint64_t gateway);
  Outcome Revoke(std::uint64_t gateway);
  Outcome Deregister(std::uint64_t gateway, std::string reason = "");

  // Tokens are identified by their names; their secrets are generated and all different. The first
  // is "owner".
  using Lifetime = std::optional<std::chrono::seconds>;
  Outcome CreateToken(std::string name, domain::TokenRole role,
                      std::vector<std::string> accounts = {}, Lifetime lifetime = {});
  Outcome RotateToken(std::string_view name, Lifetime lifetime = {});
  Outcome RevokeToken(std::string_view name);
  // Signs in a person with an id made from the name, who acts from then on.
  Outcome SignIn(std::string_view name, domain::TokenRole role,
                 std::vector<std::string> accounts = {});
  Outcome SubmitAs(std::string_view name, domain::Command command);
  // What the machine's owner does: `name` stands for a CA, signed by the one before.
  Outcome RotateCa(const std::string& name);
  // The ledger was restored from a backup that holds all events so far; the operator is a new owner
  // from then on.
  Outcome Restore();
  // The event of that, as the next one.
  events::Event RestoredEvent();
  Outcome Accept(std::uint64_t gateway);
  Outcome AcceptAll(std::string account = "");

  std::uint64_t TokenNamed(std::string_view name) const;  // otherwise a number without a token
  domain::TokenRow Token(std::string_view name) const;
  std::string SecretOf(std::string_view name) const { return secrets_.at(std::string(name)); }

  // Actions of installers and gateways. A party is the holder of the key pair of that name.
  domain::RedeemKey Redemption(std::uint64_t gateway, std::uint32_t generation,
                               std::string_view party);
  Outcome Redeem(domain::RedeemKey command);
  Outcome CheckIn(std::string certificate_sha256, std::string version = "");
  // The holder of the certificate asks for one with the key pair of `party`.
  Outcome Renew(std::string certificate_sha256, std::string_view party,
                Micros lifetime = ledger_limits::kRenewedLifetime);
  Outcome SuspectSharing(std::string certificate_sha256, std::string other_address);
  Outcome DeregisterSelf(std::string certificate_sha256, std::string reason = "");
  Outcome ReportFailure(std::string certificate_sha256, std::string reason,
                        std::string detail = "");

  // Messages go by their numbers.
  Outcome Send(std::uint64_t gateway, std::string kind,
               std::chrono::seconds lifetime = ledger_limits::kDefaultMessageLifetime);
  Outcome Cancel(std::uint64_t gateway, std::uint64_t message);
  Outcome Acknowledge(std::string certificate_sha256, std::uint64_t message, bool done = true,
                      bool ended = false);

  // Actions of the system. FireTimers runs every deadline that is due, in order of time.
  Outcome Abandon(std::uint64_t gateway, std::uint32_t generation);
  Outcome Expire(std::uint64_t gateway, std::uint32_t generation);
  Outcome ExpireToken(std::uint64_t token);
  Outcome Disconnect(std::uint64_t gateway);
  Outcome FireTimers();
  // The server is down for `downtime` and starts again: deadlines get their grace, soft counts go.
  void Restart(Micros downtime = Micros(0));

  // If-Match of only the next command.
  void Expect(std::uint64_t gateway_events) { if_match_ = gateway_events; }
  // The operator of the actions from now on.
  void ActAs(std::string_view token) { operator_ = TokenNamed(token); }

  FakeClock& clock() { return clock_; }
  // The later of clock and last event.
  Time LedgerTime() const;
  SeededRandom& random() { return random_; }
  domain::Context Context();
  const testing::MemoryState& state() const { return state_; }
  const std::vector<events::Event>& events() const { return events_; }
  const events::Event* last_event() const { return events_.empty() ? nullptr : &events_.back(); }

  // Queries. The row of a gateway or key that does not exist is empty.
  domain::GatewayRow Row(std::uint64_t gateway) const;
  domain::KeyRow Key(std::uint64_t gateway, std::uint32_t generation) const;
  std::string CertificateOf(std::uint64_t gateway, std::uint32_t generation) const;
  // The last one that the gateway got for the key pair of `party`; empty if there is none.
  std::string CertificateOf(std::uint64_t gateway, std::string_view party) const;
  std::uint64_t Named(std::string_view name) const;  // last added of that name; else a number
                                                     // that no gateway has
  // Changes a row directly, for states that no short history reaches.
  void Edit(std::uint64_t gateway, const std::function<void(domain::GatewayRow*)>& edit);

  // All of a gateway in one line: "registered connected; 1 redeemed current; 2 active". After the
  // status comes "restored", while the registration needs acceptance, then each
  // key's generation and state, with that of its certificate once redeemed; then "renewal STATE"
  // for each that was issued, and "failed REASON", if the last installation did.
  std::string Show(std::uint64_t gateway) const;

 private:
  Outcome FireTimer(const domain::Deadline& deadline);
  domain::CertificateOffer Offer(std::string_view party, Micros lifetime);
  void Stamp(const domain::Draft& draft, const domain::Submission& request, events::Event* event);

  FakeClock clock_;
  SeededRandom random_;
  domain::Settings settings_{ledger_limits::kDefaultConfirmWindow, ledger_limits::kDowntimeGrace};
  domain::KeyMint mint_;
  Time started_at_;
  testing::MemoryState state_;
  std::vector<events::Event> events_;
  std::map<std::pair<std::uint64_t, std::uint32_t>, std::uint64_t> refusals_;
  std::map<std::string, std::uint64_t, std::less<>> named_;
  std::optional<std::uint64_t> if_match_;
  std::uint64_t certificates_ = 0;
  std::uint64_t restores_ = 0;
  std::map<std::string, std::uint64_t, std::less<>> tokens_{{"owner", 1}};
  std::map<std::string, std::string> secrets_{{"owner", "owner token"}};  // those that hold
  std::uint64_t secrets_made_ = 0;
  std::uint64_t operator_ = 1;
};

// The actors of the actions.
domain::Actor Operator(std::uint64_t token = 1);
// 16 bytes made of the name.
std::string PersonNamed(std::string_view name);
domain::Actor Person(std::string_view name);
domain::Actor Stranger();  // someone at an address
domain::Actor Holder(std::string certificate_sha256);

// The personal fields of an event: test ledgers do not encrypt them.
events::Personal Unsealed(const events::Sealed& sealed);

// SHA-256 of the public key of the party of that name.
std::string PublicKeyOf(std::string_view party);

// The state that the events alone give.
testing::MemoryState Rebuild(const std::vector<events::Event>& events);

}  // namespace latchkey::testing
