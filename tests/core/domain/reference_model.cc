#include "tests/core/domain/reference_model.h"

#include <algorithm>
#include <chrono>

namespace latchkey::testing {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::uint32_t kMostSecondaries = 5;

}  // namespace

ReferenceModel::Gateway* ReferenceModel::Find(std::uint64_t gateway) {
  return gateway >= 1 && gateway <= gateways_.size() ? &gateways_[gateway - 1] : nullptr;
}

const ReferenceModel::Key* ReferenceModel::FindKey(std::uint64_t gateway,
                                                   std::uint32_t generation) const {
  if (gateway < 1 || gateway > gateways_.size()) return nullptr;
  const std::deque<Key>& keys = gateways_[gateway - 1].keys;
  return generation >= 1 && generation <= keys.size() ? &keys[generation - 1] : nullptr;
}

std::string ReferenceModel::Reach(std::uint64_t gateway, bool stale) {
  const Gateway* found = Find(gateway);
  if (!found) return "not_found";
  if (found->removed) return "gateway_removed";
  return stale ? "version_conflict" : "";
}

bool ReferenceModel::AreOpen(const std::vector<std::string>& accounts) const {
  return std::all_of(accounts.begin(), accounts.end(),
                     [this](const std::string& account) { return accounts_.contains(account); });
}

bool ReferenceModel::IsTaken(const std::string& account, const std::string& name) const {
  return std::any_of(gateways_.begin(), gateways_.end(), [&](const Gateway& other) {
    return !other.removed && other.account == account && other.name == name;
  });
}

std::uint32_t ReferenceModel::Secondaries(std::uint64_t primary) const {
  return static_cast<std::uint32_t>(std::count_if(
      gateways_.begin(), gateways_.end(),
      [&](const Gateway& other) { return !other.removed && other.primary == primary; }));
}

bool ReferenceModel::HasActiveKey(const Gateway& gateway) const {
  return gateway.keys.back().state == "active" && ledger_time < gateway.keys.back().expires;
}

void ReferenceModel::RecordExpiry(Gateway* gateway) {
  Key& key = gateway->keys.back();
  if (key.state == "active" && ledger_time >= key.expires) key.state = "expired";
}

void ReferenceModel::Abandon(Gateway* gateway, const std::string& failure) {
  if (!gateway->pending) return;
  gateway->pending->certificate.state = "abandoned";
  gateway->pending = nullptr;
  if (!failure.empty()) gateway->failure = failure;
}

void ReferenceModel::EndIdentity(Gateway* gateway) {
  if (gateway->identity) gateway->identity->state = "revoked";
  if (gateway->open) gateway->open->state = "revoked";
  gateway->current = nullptr;
  gateway->identity = nullptr;
  gateway->open = nullptr;
}

void ReferenceModel::Confirm(Gateway* gateway) {
  EndIdentity(gateway);
  gateway->current = gateway->pending;
  gateway->identity = &gateway->current->certificate;
  gateway->identity->state = "current";
  gateway->pending = nullptr;
  gateway->failure.clear();
}

void ReferenceModel::Use(Gateway* gateway) {
  gateway->identity->state = "renewed";
  gateway->identity = gateway->open;
  gateway->identity->state = "current";
  gateway->open = nullptr;
}

void ReferenceModel::End(Gateway* gateway) {
  EndIdentity(gateway);
  gateway->connected = false;
  RecordExpiry(gateway);
  if (gateway->keys.back().state == "active") gateway->keys.back().state = "revoked";
  Abandon(gateway, "");
}

std::string ReferenceModel::Open(const std::string& account) {
  return accounts_.insert(account).second ? "created" : "ok";
}

std::string ReferenceModel::Add(const std::string& account, const std::string& name,
                                std::uint64_t primary, Micros lifetime) {
  if (!accounts_.contains(account)) return "not_found";
  if (primary != 0) {
    const Gateway* above = Find(primary);
    if (!above || above->account != account) return "not_found";
    if (above->removed) return "gateway_removed";
    if (above->primary != 0) return "validation_failed";
    if (Secondaries(primary) == kMostSecondaries) return "too_many_secondaries";
  }
  if (IsTaken(account, name)) return "name_taken";
  Gateway& gateway = gateways_.emplace_back();
  gateway.account = account;
  gateway.name = name;
  gateway.primary = primary;
  gateway.keys.emplace_back().expires = ledger_time + lifetime;
  return "created";
}

std::string ReferenceModel::Rename(std::uint64_t number, const std::string& name, bool stale) {
  if (std::string refusal = Reach(number, stale); !refusal.empty()) return refusal;
  Gateway* gateway = Find(number);
  if (gateway->name != name && IsTaken(gateway->account, name)) return "name_taken";
  gateway->name = name;
  return "ok";
}

std::string ReferenceModel::Remove(std::uint64_t number, bool stale) {
  if (std::string refusal = Reach(number, stale); !refusal.empty()) return refusal;
  if (Secondaries(number) > 0) return "has_secondaries";
  End(Find(number));
  messages_.CancelAll(number, ledger_time);
  Find(number)->removed = true;
  return "ok";
}

std::string ReferenceModel::Generate(std::uint64_t number, bool replace, Micros lifetime,
                                     bool stale) {
  if (std::string refusal = Reach(number, stale); !refusal.empty()) return refusal;
  Gateway* gateway = Find(number);
  if (gateway->current && !replace) return "already_registered";
  Abandon(gateway, "superseded");
  RecordExpiry(gateway);
  if (gateway->keys.back().state == "active") gateway->keys.back().state = "superseded";
  gateway->keys.emplace_back().expires = ledger_time + lifetime;
  return "created";
}

std::string ReferenceModel::Reveal(std::uint64_t number, bool stale) {
  if (std::string refusal = Reach(number, stale); !refusal.empty()) return refusal;
  return HasActiveKey(*Find(number)) ? "ok" : "no_active_key";
}

std::string ReferenceModel::Revoke(std::uint64_t number, bool stale) {
  if (std::string refusal = Reach(number, stale); !refusal.empty()) return refusal;
  if (!HasActiveKey(*Find(number))) return "no_active_key";
  Find(number)->keys.back().state = "revoked";
  return "ok";
}

std::string ReferenceModel::Deregister(std::uint64_t number, bool stale) {
  if (std::string refusal = Reach(number, stale); !refusal.empty()) return refusal;
  End(Find(number));
  return "ok";
}

std::string ReferenceModel::CreateToken(bool owner, const std::string& account, Lifetime lifetime) {
  if (!account.empty() && !accounts_.contains(account)) return "not_found";
  Token& token = tokens_.emplace_back();
  token.governs = owner && account.empty();
  if (lifetime) token.expires = ledger_time + *lifetime;
  return "created";
}

bool ReferenceModel::IsLastOwner(std::uint64_t number) const {
  std::size_t owners = 0;
  for (std::uint64_t other = 1; other <= tokens_.size(); ++other) {
    const bool counts = tokens_[other - 1].governs && ShowToken(other) == "holds";
    if (other == number && !counts) return false;
    owners += counts;
  }
  return owners == 1;
}

std::string ReferenceModel::RotateToken(std::uint64_t number, Lifetime lifetime) {
  const std::string shown = ShowToken(number);
  if (shown == "none") return "not_found";
  if (shown == "revoked") return "token_revoked";
  if (shown == "expired" && !lifetime) return "validation_failed";
  Token& token = tokens_[number - 1];
  const bool sooner = lifetime && (!token.expires || ledger_time + *lifetime < *token.expires);
  if (sooner && IsLastOwner(number)) return "last_owner";
  if (lifetime) token.expires = ledger_time + *lifetime;
  token.expired = false;
  return "ok";
}

std::string ReferenceModel::RevokeToken(std::uint64_t number) {
  const std::string shown = ShowToken(number);
  if (shown == "none") return "not_found";
  if (shown == "revoked") return "token_revoked";
  if (IsLastOwner(number)) return "last_owner";
  tokens_[number - 1].revoked = true;
  return "ok";
}

std::string ReferenceModel::ShowToken(std::uint64_t number) const {
  if (number < 1 || number > tokens_.size()) return "none";
  const Token& token = tokens_[number - 1];
  if (token.revoked) return "revoked";
  return token.expired || (token.expires && ledger_time >= *token.expires) ? "expired" : "holds";
}

std::string ReferenceModel::Redeem(std::uint64_t number, std::uint32_t generation,
                                   bool right_secret, const std::string& party, Time not_after,
                                   bool confirm) {
  if (!FindKey(number, generation) || !right_secret) return "key_unknown";
  Gateway* gateway = Find(number);
  Key* key = &gateway->keys[generation - 1];
  if (key->state == "redeemed") {
    if (party != key->certificate.holder) return "key_already_redeemed";
    const bool lives = key == gateway->pending || gateway->identity == &key->certificate;
    return lives ? "repeated" : "registration_ended";
  }
  if (gateway->removed) return "gateway_removed";
  if (key->state == "superseded") return "key_superseded";
  if (key->state == "revoked") return "key_revoked";
  if (key->state == "expired" || ledger_time >= key->expires) {
    key->state = "expired";
    return "key_expired";
  }
  if (party.empty()) return "csr_invalid";
  key->state = "redeemed";
  key->certificate = {"pending", party, ledger_time, not_after};
  gateway->pending = key;
  gateway->confirm_by = now + hours(1);
  if (confirm) Confirm(gateway);
  return "created";
}

const ReferenceModel::Certificate* ReferenceModel::FindCertificate(std::uint64_t gateway,
                                                                   Which which) const {
  if (which.renewal == 0) {
    const Key* key = FindKey(gateway, which.generation);
    return key && !key->certificate.state.empty() ? &key->certificate : nullptr;
  }
  return which.renewal <= Renewals(gateway) ? &gateways_[gateway - 1].renewals[which.renewal - 1]
                                            : nullptr;
}

std::size_t ReferenceModel::Renewals(std::uint64_t gateway) const {
  if (gateway < 1 || gateway > gateways_.size()) return 0;
  return gateways_[gateway - 1].renewals.size();
}

std::string ReferenceModel::Worth(std::uint64_t gateway, Which which) const {
  const Certificate* certificate = FindCertificate(gateway, which);
  if (!certificate) return "unauthenticated";
  if (certificate->state == "abandoned") return "registration_abandoned";
  if (certificate->state == "revoked" || certificate->state == "renewed") {
    return "certificate_revoked";
  }
  return ledger_time < certificate->not_after ? "" : "certificate_expired";
}

std::string ReferenceModel::CheckIn(std::uint64_t number, Which which) {
  if (std::string worth = Worth(number, which); !worth.empty()) return worth;
  Gateway* gateway = Find(number);
  if (!gateway->connected) gateway->connected = RecordsConnection(gateway);
  const Certificate* certificate = FindCertificate(number, which);
  if (certificate == gateway->open) Use(gateway);
  if (gateway->pending && certificate == &gateway->pending->certificate) Confirm(gateway);
  return "ok";
}

std::string ReferenceModel::Renew(std::uint64_t number, Which which, const std::string& party,
                                  Time not_after) {
  const std::string worth = Worth(number, which);
  const Certificate* certificate = FindCertificate(number, which);
  if (!worth.empty() && worth != "certificate_expired") return worth;
  if (certificate->state == "pending") return "registration_not_confirmed";
  if (ledger_time >= certificate->not_after + 24 * 30 * hours(1)) return "certificate_expired";
  Gateway* gateway = Find(number);
  if (certificate == gateway->open) Use(gateway);
  const auto has = [&](const Certificate* held) {
    return held && held->holder == party && ledger_time < held->RenewAfter();
  };
  if (has(gateway->identity) || has(gateway->open)) return "repeated";
  const auto today = std::count_if(
      gateway->renewals.begin(), gateway->renewals.end(),
      [&](const Certificate& renewal) { return renewal.issued + hours(24) > ledger_time; });
  if (today >= 4) return "rate_limited";
  if (gateway->open) gateway->open->state = "renewed";
  gateway->open =
      &gateway->renewals.emplace_back(Certificate{"unused", party, ledger_time, not_after});
  return "created";
}

std::string ReferenceModel::ReportFailure(std::uint64_t number, Which which,
                                          const std::string& reason) {
  if (std::string worth = Worth(number, which); !worth.empty()) return worth;
  if (FindCertificate(number, which)->state != "pending") return "already_registered";
  Abandon(Find(number), reason);
  return "ok";
}

std::string ReferenceModel::DeregisterSelf(std::uint64_t number, Which which) {
  if (std::string worth = Worth(number, which); !worth.empty()) return worth;
  if (FindCertificate(number, which)->state == "pending") return "registration_not_confirmed";
  End(Find(number));
  return "ok";
}

std::string ReferenceModel::SendMessage(std::uint64_t number,
                                        const ReferenceMessages::Content& content, bool stale) {
  if (std::string refusal = Reach(number, stale); !refusal.empty()) return refusal;
  return messages_.Send(number, content, ledger_time);
}

std::string ReferenceModel::CancelMessage(std::uint64_t number, std::uint64_t message, bool stale) {
  if (std::string refusal = Reach(number, stale); !refusal.empty()) return refusal;
  return messages_.Cancel(number, message, ledger_time);
}

std::string ReferenceModel::Acknowledge(std::uint64_t number, Which which,
                                        const std::vector<ReferenceMessages::Report>& reports,
                                        bool ended) {
  const std::string worth = Worth(number, which);
  if (!worth.empty() && !(ended && worth == "certificate_revoked")) return worth;
  if (!Find(number)->removed) messages_.Acknowledge(number, reports, ledger_time);
  return "ok";
}

std::string ReferenceModel::AddWebhook(const ReferenceWebhooks::Settings& settings) {
  return AreOpen(settings.accounts) ? webhooks_.Add(settings, ledger_time) : "not_found";
}

std::string ReferenceModel::ChangeWebhook(std::uint64_t webhook,
                                          const ReferenceWebhooks::Changes& changes) {
  if (changes.accounts && !AreOpen(*changes.accounts)) return "not_found";
  return webhooks_.Change(webhook, changes);
}

bool ReferenceModel::RecordsConnection(Gateway* gateway) {
  auto& facts = gateway->connection_facts;
  const auto recent = std::count_if(facts.begin(), facts.end(),
                                    [&](Time at) { return at + hours(1) > ledger_time; });
  if (recent >= 12) return false;
  facts.push_back(ledger_time);
  return true;
}

void ReferenceModel::Disconnect(std::uint64_t number) {
  Gateway* gateway = Find(number);
  if (!gateway || !gateway->connected) return;
  (void)RecordsConnection(gateway);
  gateway->connected = false;
}

void ReferenceModel::Timers() {
  for (Gateway& gateway : gateways_) {
    RecordExpiry(&gateway);
    const Time due =
        gateway.confirm_by > started_at ? gateway.confirm_by : started_at + minutes(15);
    if (gateway.pending && now >= due) Abandon(&gateway, "not_confirmed");
  }
  messages_.Expire(ledger_time);
  for (Token& token : tokens_) {
    token.expired |= !token.revoked && token.expires && ledger_time >= *token.expires;
  }
}

std::string ReferenceModel::Show(std::uint64_t number) const {
  if (number < 1 || number > gateways_.size()) return "none";
  const Gateway& gateway = gateways_[number - 1];
  std::string text = gateway.removed   ? "removed"
                     : gateway.current ? "registered"
                     : gateway.pending ? "registering"
                                       : "unregistered";
  if (gateway.connected) text += " connected";
  for (std::size_t i = 0; i < gateway.keys.size(); ++i) {
    text += "; " + std::to_string(i + 1) + " " + gateway.keys[i].state;
    const std::string& certificate = gateway.keys[i].certificate.state;
    if (!certificate.empty()) text += " " + certificate;
  }
  for (const Certificate& renewal : gateway.renewals) text += "; renewal " + renewal.state;
  for (const std::uint64_t message : messages_.Of(number)) {
    text += "; message " + std::to_string(message) + " " + messages_.State(message);
  }
  if (!gateway.failure.empty()) text += "; failed " + gateway.failure;
  return text;
}

}  // namespace latchkey::testing
