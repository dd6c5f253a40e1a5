// The rules of docs/design.md §2 and §7 written a second time, in plain structs and independent of
// storage, to compare random histories with. It knows nothing of events. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "tests/core/domain/reference_messages.h"
#include "tests/core/domain/reference_webhooks.h"

namespace latchkey::testing {

class ReferenceModel {
 public:
  explicit ReferenceModel(Time start) : now(start), ledger_time(start), started_at(start) {}

  // Each answers with a word as Outcome::Word does. `stale` says that If-Match names another
  // version than the gateway has.
  std::string Open(const std::string& account);
  std::string Add(const std::string& account, const std::string& name, std::uint64_t primary,
                  Micros lifetime);
  std::string Rename(std::uint64_t gateway, const std::string& name, bool stale);
  std::string Remove(std::uint64_t gateway, bool stale);
  std::string Generate(std::uint64_t gateway, bool replace, Micros lifetime, bool stale);
  std::string Reveal(std::uint64_t gateway, bool stale);
  std::string Revoke(std::uint64_t gateway, bool stale);
  std::string Deregister(std::uint64_t gateway, bool stale);

  // Tokens by number; the first exists from the start and is the one that acts.
  using Lifetime = std::optional<std::chrono::seconds>;
  std::string CreateToken(bool owner, const std::string& account, Lifetime lifetime);
  std::string RotateToken(std::uint64_t token, Lifetime lifetime);
  std::string RevokeToken(std::uint64_t token);
  bool IsLastOwner(std::uint64_t token) const;
  std::string ShowToken(std::uint64_t token) const;  // "holds", "expired", "revoked", "none"
  std::size_t tokens() const { return tokens_.size(); }

  // `party` is empty when the CSR is bad.
  std::string Redeem(std::uint64_t gateway, std::uint32_t generation, bool right_secret,
                     const std::string& party, Time not_after, bool confirm);
  // A certificate of a gateway: the one that this generation's redemption made, or its renewal of
  // this number, from 1.
  struct Which {
    std::uint32_t generation;
    std::size_t renewal = 0;
  };
  std::string CheckIn(std::uint64_t gateway, Which which);
  std::string Renew(std::uint64_t gateway, Which which, const std::string& party, Time not_after);
  std::string ReportFailure(std::uint64_t gateway, Which which, const std::string& reason);
  std::string DeregisterSelf(std::uint64_t gateway, Which which);

  std::string SendMessage(std::uint64_t gateway, const ReferenceMessages::Content& content,
                          bool stale);
  std::string CancelMessage(std::uint64_t gateway, std::uint64_t message, bool stale);
  // `ended`: of a certificate that is revoked it is known that it was given the messages before,
  // and that it ended within the hour.
  std::string Acknowledge(std::uint64_t gateway, Which which,
                          const std::vector<ReferenceMessages::Report>& reports, bool ended);
  const ReferenceMessages& messages() const { return messages_; }

  std::string AddWebhook(const ReferenceWebhooks::Settings& settings);
  std::string ChangeWebhook(std::uint64_t webhook, const ReferenceWebhooks::Changes& changes);
  std::string RotateWebhook(std::uint64_t webhook) {
    return webhooks_.Rotate(webhook, ledger_time);
  }
  std::string RemoveWebhook(std::uint64_t webhook) { return webhooks_.Remove(webhook); }
  const ReferenceWebhooks& webhooks() const { return webhooks_; }

  void Disconnect(std::uint64_t gateway);
  void Timers();

  // Whether a certificate is valid: "" or the code of the refusal.
  std::string Worth(std::uint64_t gateway, Which which) const;
  std::size_t Renewals(std::uint64_t gateway) const;
  // As TestLedger::Show.
  std::string Show(std::uint64_t gateway) const;
  std::size_t size() const { return gateways_.size(); }

  Time now;          // the wall clock: confirm-bys
  Time ledger_time;  // the later of it and the last event: what expires
  Time started_at;

 private:
  struct Certificate {
    std::string state;  // empty: there is none
    std::string holder;
    Time issued;
    Time not_after;

    Time RenewAfter() const { return issued + (not_after - issued) / 3 * 2; }
  };
  struct Key {
    std::string state = "active";
    Time expires;
    Certificate certificate;  // of who redeemed it
  };
  struct Gateway {
    std::string account;
    std::string name;
    std::uint64_t primary = 0;
    bool removed = false;
    bool connected = false;
    std::deque<Key> keys;  // by generation, from 1; a deque leaves them in place
    Key* current = nullptr;
    Key* pending = nullptr;
    std::deque<Certificate> renewals;
    Certificate* identity = nullptr;  // the certificate that holds for `current`
    Certificate* open = nullptr;      // the renewal that is not used yet
    Time confirm_by;
    std::string failure;
    std::deque<Time> connection_facts;  // when it connected or disconnected
  };

  struct Token {
    bool governs = true;  // an owner of all accounts
    std::optional<Time> expires;
    bool expired = false;  // recorded
    bool revoked = false;
  };

  Gateway* Find(std::uint64_t gateway);
  const Key* FindKey(std::uint64_t gateway, std::uint32_t generation) const;
  const Certificate* FindCertificate(std::uint64_t gateway, Which which) const;
  std::string Reach(std::uint64_t gateway, bool stale);  // "" when a command may go on
  bool AreOpen(const std::vector<std::string>& accounts) const;
  bool IsTaken(const std::string& account, const std::string& name) const;
  std::uint32_t Secondaries(std::uint64_t primary) const;
  bool HasActiveKey(const Gateway& gateway) const;
  void RecordExpiry(Gateway* gateway);
  void Abandon(Gateway* gateway, const std::string& failure);
  void EndIdentity(Gateway* gateway);
  bool RecordsConnection(Gateway* gateway);  // one more fact; false: it flaps
  void Confirm(Gateway* gateway);
  void Use(Gateway* gateway);  // the open renewal
  void End(Gateway* gateway);

  std::set<std::string> accounts_;
  std::deque<Gateway> gateways_;
  std::deque<Token> tokens_{Token()};
  ReferenceMessages messages_;
  ReferenceWebhooks webhooks_;
};

}  // namespace latchkey::testing
