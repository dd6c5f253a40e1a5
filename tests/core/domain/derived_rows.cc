#include "tests/core/domain/derived_rows.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/base/hex.h"
#include "core/base/limits.h"
#include "tests/support/memory_state.h"

namespace latchkey::testing {
namespace {

using domain::GatewayRow;

void DeriveGateway(const MemoryState& state, const GatewayRow& gateway, Rows* rows) {
  const std::uint64_t number = gateway.number();
  (*rows)[domain::GatewayKey(number)] = gateway.SerializeAsString();
  for (std::uint32_t generation = 1; generation < gateway.key().generation(); ++generation) {
    const std::string key = domain::KeyKey(number, generation);
    (*rows)[key] = state.Get(key).value_or("(missing)");
  }
  if (gateway.connected()) (*rows)[domain::ConnectedKey(number)] = "";
  if (gateway.removed()) return;
  (*rows)[domain::NameKey(gateway.account(), gateway.name())] = domain::NumberValue(number);
  domain::MemberRow member;
  member.set_name(gateway.name());
  member.set_registration(domain::RegistrationOf(gateway));
  member.set_status(domain::StatusOf(gateway));
  *member.mutable_labels() = gateway.labels();
  (*rows)[domain::MemberKey(gateway.account(), number)] = member.SerializeAsString();
  if (gateway.primary() != 0) {
    (*rows)[domain::SecondaryKey(gateway.primary(), number)] = member.SerializeAsString();
  }
  if (gateway.key().state() == domain::KEY_ACTIVE) {
    (*rows)[domain::DeadlineKey({domain::DeadlineKind::kKeyExpiry,
                                 FromMicros(gateway.key().expires_us()), number,
                                 gateway.key().generation()})] = "";
  }
  if (gateway.has_pending()) {
    (*rows)[domain::DeadlineKey({domain::DeadlineKind::kConfirmBy,
                                 FromMicros(gateway.pending().confirm_by_us()), number,
                                 gateway.pending().generation()})] = "";
  }
}

// Digests of certificates that the events name.
struct Certificates {
  std::set<std::string> confirmed;
  std::set<std::string> renewals;
  std::set<std::string> gave_way;  // to a renewal
};

Certificates CertificatesIn(const std::vector<events::Event>& events) {
  Certificates named;
  for (const events::Event& event : events) {
    named.confirmed.insert(event.registration_confirmed().certificate_sha256());
    named.renewals.insert(event.renewal_issued().certificate_sha256());
    named.gave_way.insert(event.renewal_issued().superseded_certificate_sha256());
    named.gave_way.insert(event.certificate_renewed().previous_certificate_sha256());
  }
  return named;
}

domain::CertificateRow::State CertificateState(const GatewayRow& gateway, const std::string& sha256,
                                               const Certificates& named) {
  using domain::CertificateRow;
  if (gateway.current().certificate_sha256() == sha256) return CertificateRow::CURRENT;
  if (gateway.pending().certificate_sha256() == sha256) return CertificateRow::PENDING;
  if (gateway.renewal().certificate_sha256() == sha256) return CertificateRow::UNUSED;
  if (named.gave_way.contains(sha256)) return CertificateRow::RENEWED;
  const bool ended = named.confirmed.contains(sha256) || named.renewals.contains(sha256);
  return ended ? CertificateRow::REVOKED : CertificateRow::ABANDONED;
}

// A certificate is pending, current or unused while its gateway says so. One that has ended gave
// way to a renewal, was revoked if it had ever been confirmed or was a renewal, else abandoned.
// `fact` is a KeyRedeemed or a RenewalIssued.
template <typename Fact>
void DeriveCertificate(const MemoryState& state, const events::Event& event, const Fact& fact,
                       const Certificates& named, Rows* rows) {
  const std::string& sha256 = fact.certificate_sha256();
  domain::CertificateRow row;
  row.set_gateway(event.gateway());
  row.set_account(event.account());
  row.set_generation(fact.generation());
  row.set_not_after_us(fact.not_after_us());
  row.set_state(CertificateState(*domain::ReadGateway(state, event.gateway()), sha256, named));
  (*rows)[domain::CertificateKey(sha256)] = row.SerializeAsString();
}

// `all` are the events of the ledger; `event` is the one that created the token.
void DeriveToken(const events::Event& event, const std::vector<events::Event>& all, Rows* rows,
                 std::vector<std::uint64_t>* owners) {
  const events::OperatorTokenCreated& fact = event.operator_token_created();
  domain::TokenRow row;
  row.set_number(fact.token());
  row.set_role(fact.role());
  *row.mutable_accounts() = fact.accounts();
  row.set_expires_us(fact.expires_us());
  row.set_created_us(event.time_us());
  *row.mutable_personal() = event.sealed();
  for (const events::Event& later : all) {
    if (later.operator_token_rotated().token() == fact.token()) {
      const events::OperatorTokenRotated& rotated = later.operator_token_rotated();
      row.set_rotated_sha256(rotated.token_sha256());
      row.set_rotated_us(later.time_us());
      row.set_expires_us(rotated.expires_us());
      row.clear_expired_us();
      (*rows)[domain::TokenHashKey(rotated.token_sha256())] = domain::NumberValue(fact.token());
    }
    if (later.operator_token_expired().token() == fact.token()) row.set_expired_us(later.time_us());
    if (later.operator_token_revoked().token() == fact.token()) row.set_revoked_us(later.time_us());
  }
  if (fact.role() == "owner" && fact.accounts().empty() && row.revoked_us() == 0) {
    owners->push_back(fact.token());
  }
  (*rows)[domain::TokenKey(fact.token())] = row.SerializeAsString();
  (*rows)[domain::TokenHashKey(fact.token_sha256())] = domain::NumberValue(fact.token());
}

// The row of the last time, with the time of the first.
void DerivePerson(const events::Event& event, const std::vector<events::Event>& all, Rows* rows) {
  const events::PersonSignedIn& fact = event.person_signed_in();
  const auto first = std::find_if(all.begin(), all.end(), [&](const events::Event& other) {
    return other.person_signed_in().person() == fact.person();
  });
  domain::PersonRow row;
  row.set_person(fact.person());
  row.set_role(fact.role());
  *row.mutable_accounts() = fact.accounts();
  row.set_first_us(first->time_us());
  row.set_last_us(event.time_us());
  *row.mutable_personal() = event.sealed();
  (*rows)[domain::PersonKey(fact.person())] = row.SerializeAsString();
}

// The last CA is in force; each but the last is a former one, with what it signed for the next.
void DeriveLedger(const events::LedgerCreated& fact, const std::vector<events::Event>& all,
                  Rows* rows) {
  domain::LedgerRow row;
  row.set_ledger_id(fact.ledger_id());
  row.set_epoch(fact.epoch());
  row.set_format(fact.format());
  row.set_origin(fact.origin());
  row.set_checkpoint_public_key(fact.checkpoint_public_key());
  std::string ca = fact.ca_certificate();
  for (const events::Event& event : all) {
    if (event.has_ledger_restored()) {
      row.set_epoch(event.ledger_restored().epoch());
      row.set_origin(event.ledger_restored().origin());
      row.set_checkpoint_public_key(event.ledger_restored().checkpoint_public_key());
    }
    if (event.has_trust_domain_named()) row.set_trust_domain(event.trust_domain_named().name());
    if (!event.has_ca_rotated()) continue;
    domain::FormerCa& former = *row.add_former_cas();
    former.set_certificate(ca);
    former.set_cross_certificate(event.ca_rotated().cross_certificate());
    former.set_rotated_us(event.time_us());
    ca = event.ca_rotated().ca_certificate();
  }
  row.set_ca_certificate(ca);
  (*rows)[domain::LedgerKey()] = row.SerializeAsString();
}

// The last restore, and what was accepted after it.
void DeriveEpoch(const std::vector<events::Event>& all, std::uint64_t last_token, Rows* rows) {
  domain::EpochRow row;
  for (const events::Event& event : all) {
    if (event.has_ledger_restored()) {
      row.Clear();
      row.set_since(event.sequence());
      row.set_since_us(event.time_us());
      row.set_last_token(last_token);
    }
    if (event.has_registration_accepted() && event.account().empty()) {
      row.set_accepted_sequence(event.sequence());
    }
  }
  (*rows)[domain::EpochKey()] = row.SerializeAsString();
}

void DeriveAccount(const events::Event& event, const std::vector<events::Event>& all, Rows* rows) {
  domain::AccountRow row;
  row.set_name(event.account());
  row.set_opened_us(event.time_us());
  row.set_sequence(event.sequence());
  row.set_subject(event.account_opened().subject());
  for (const events::Event& later : all) {
    if (later.has_registration_accepted() && later.gateway() == 0 &&
        later.account() == event.account()) {
      row.set_accepted_sequence(later.sequence());
    }
  }
  (*rows)[domain::AccountKey(event.account())] = row.SerializeAsString();
}

// The messages' own rows, and which are open at the end: those of each gateway ascending.
using OpenMessages = std::map<std::uint64_t, std::map<std::uint64_t, domain::OpenMessage>>;
OpenMessages DeriveMessages(const std::vector<events::Event>& events, Rows* rows) {
  OpenMessages open;
  std::map<std::uint64_t, domain::MessageRow> messages;
  for (const events::Event& event : events) {
    if (event.has_message_sent()) {
      const events::MessageSent& fact = event.message_sent();
      domain::MessageRow& row = messages[fact.message()];
      row.set_number(fact.message());
      row.set_gateway(event.gateway());
      row.set_sequence(event.sequence());
      row.set_kind(fact.kind());
      row.set_sent_us(event.time_us());
      row.set_expires_us(fact.expires_us());
      row.set_state(domain::MESSAGE_OPEN);
      domain::OpenMessage& one = open[event.gateway()][fact.message()];
      one.set_number(fact.message());
      one.set_sequence(event.sequence());
      one.set_expires_us(fact.expires_us());
    } else if (event.has_message_ended()) {
      const events::MessageEnded& fact = event.message_ended();
      domain::MessageRow& row = messages.at(fact.message());
      if (open[event.gateway()].erase(fact.message()) != 0) row.set_ended_us(event.time_us());
      row.set_state(static_cast<domain::MessageState>(fact.outcome() + 1));
      if (fact.outcome() <= events::MessageEnded::FAILED) row.set_acknowledged_us(event.time_us());
      if (event.has_sealed()) *row.mutable_personal() = event.sealed();
    }
  }
  for (const auto& [number, row] : messages) {
    (*rows)[domain::MessageKey(row.gateway(), number)] = row.SerializeAsString();
    if (row.state() != domain::MESSAGE_OPEN) continue;
    (*rows)[domain::DeadlineKey({domain::DeadlineKind::kMessageExpiry, FromMicros(row.expires_us()),
                                 row.gateway(), number})] = "";
  }
  return open;
}

// The webhooks that are there at the end; and how many there ever were.
void DeriveWebhooks(const std::vector<events::Event>& events, Rows* rows,
                    domain::CountersRow* counters) {
  std::map<std::uint64_t, domain::WebhookRow> webhooks;
  std::uint64_t restored = 0;  // sequence of the last restore
  for (const events::Event& event : events) {
    if (event.has_ledger_restored()) {
      restored = event.sequence();
      counters->set_webhooks(counters->webhooks() + ledger_limits::kNumbersPerRestore);
      counters->set_webhooks_removed(counters->webhooks_removed() +
                                     ledger_limits::kNumbersPerRestore);
    }
    if (event.has_webhook_added()) {
      const events::WebhookAdded& fact = event.webhook_added();
      counters->set_webhooks(fact.webhook());
      domain::WebhookRow& row = webhooks[fact.webhook()];
      row.set_number(fact.webhook());
      row.set_host(fact.host());
      *row.mutable_types() = fact.types();
      *row.mutable_accounts() = fact.accounts();
      *row.mutable_secret() = fact.secret();
      row.set_secret_sequence(event.sequence());
      row.set_created_us(event.time_us());
      row.set_created_sequence(event.sequence());
      row.set_sequence(event.sequence());
      row.set_subject(fact.subject());
      *row.mutable_personal() = event.sealed();
    } else if (event.has_webhook_changed()) {
      const events::WebhookChanged& fact = event.webhook_changed();
      domain::WebhookRow& row = webhooks.at(fact.webhook());
      *row.mutable_types() = fact.types();
      *row.mutable_accounts() = fact.accounts();
      row.set_sequence(event.sequence());
      if (!fact.host().empty()) {
        row.set_host(fact.host());
        *row.mutable_personal() = event.sealed();
      }
    } else if (event.has_webhook_secret_rotated()) {
      const events::WebhookSecretRotated& fact = event.webhook_secret_rotated();
      domain::WebhookRow& row = webhooks.at(fact.webhook());
      row.clear_previous_secret();
      row.clear_previous_until_us();
      if (restored < row.secret_sequence()) {
        *row.mutable_previous_secret() = row.secret();
        row.set_previous_until_us(fact.previous_until_us());
      }
      *row.mutable_secret() = fact.secret();
      row.set_secret_sequence(event.sequence());
      row.set_rotated_us(event.time_us());
      row.set_sequence(event.sequence());
    } else if (event.has_webhook_removed()) {
      counters->set_webhooks_removed(counters->webhooks_removed() + 1);
      webhooks.erase(event.webhook_removed().webhook());
    }
  }
  for (const auto& [number, row] : webhooks) {
    (*rows)[domain::WebhookKey(number)] = row.SerializeAsString();
  }
}

}  // namespace

std::vector<GatewayRow> Gateways(const MemoryState& state) {
  std::vector<GatewayRow> gateways;
  const auto end = state.rows().upper_bound(domain::GatewayKey(ledger_limits::kMaxGatewayNumber));
  for (auto row = state.rows().lower_bound(domain::GatewayKey(0)); row != end; ++row) {
    gateways.push_back(domain::ParseRow<GatewayRow>(row->second));
  }
  return gateways;
}

Rows DerivedRows(const MemoryState& state, const std::vector<events::Event>& events) {
  Rows rows;
  domain::CountersRow counters;
  std::map<std::uint64_t, std::uint32_t> secondaries;
  for (const GatewayRow& gateway : Gateways(state)) {
    if (gateway.primary() != 0 && !gateway.removed()) ++secondaries[gateway.primary()];
  }
  OpenMessages open = DeriveMessages(events, &rows);
  DeriveWebhooks(events, &rows, &counters);
  for (GatewayRow& gateway : Gateways(state)) {
    gateway.clear_open_messages();
    for (const auto& [number, message] : open[gateway.number()]) {
      *gateway.add_open_messages() = message;
    }
    gateway.set_secondaries(secondaries[gateway.number()]);
    DeriveGateway(state, gateway, &rows);
  }
  std::vector<std::uint64_t> owners;
  bool only_the_first = true;  // has ever been an owner
  const Certificates named = CertificatesIn(events);
  for (const events::Event& event : events) {
    if (event.has_ledger_created()) DeriveLedger(event.ledger_created(), events, &rows);
    if (event.has_account_opened()) DeriveAccount(event, events, &rows);
    if (event.has_gateway_added()) {
      counters.set_gateways(std::max(counters.gateways(), event.gateway()));
    }
    if (event.has_message_sent()) counters.set_messages(event.message_sent().message());
    if (event.has_ledger_restored()) {
      counters.set_messages(counters.messages() + ledger_limits::kNumbersPerRestore);
      counters.set_gateways(counters.gateways() + ledger_limits::kNumbersPerRestore);
      counters.set_tokens(counters.tokens() + ledger_limits::kNumbersPerRestore);
      counters.set_tokens_revoked(counters.tokens());
      owners.clear();
      only_the_first = false;
      DeriveEpoch(events, counters.tokens(), &rows);
    }
    if (event.has_person_signed_in()) DerivePerson(event, events, &rows);
    if (event.has_key_redeemed()) {
      DeriveCertificate(state, event, event.key_redeemed(), named, &rows);
    }
    if (event.has_renewal_issued()) {
      DeriveCertificate(state, event, event.renewal_issued(), named, &rows);
    }
    if (event.has_operator_token_created()) {
      const events::OperatorTokenCreated& fact = event.operator_token_created();
      DeriveToken(event, events, &rows, &owners);
      counters.set_tokens(std::max(counters.tokens(), fact.token()));
      only_the_first &= fact.token() == 1 || fact.role() != "owner" || !fact.accounts().empty();
    }
    if (event.has_operator_token_revoked()) {
      counters.set_tokens_revoked(counters.tokens_revoked() + 1);
    }
  }
  if (!only_the_first) {
    domain::OwnersRow row;
    *row.mutable_tokens() = {owners.begin(), owners.end()};
    rows[domain::OwnersKey()] = row.SerializeAsString();
  }
  rows[domain::CountersKey()] = counters.SerializeAsString();
  return rows;
}

std::string Difference(const Rows& expected, const Rows& actual) {
  std::string text;
  const auto show = [](const std::string& key) { return key.substr(0, 1) + text::ToHex(key); };
  for (const auto& [key, value] : expected) {
    const auto found = actual.find(key);
    if (found == actual.end()) {
      text += "missing " + show(key) + "\n";
    } else if (found->second != value) {
      text += "different " + show(key) + "\n";
    }
  }
  for (const auto& [key, value] : actual) {
    if (!expected.contains(key)) text += "too many " + show(key) + "\n";
  }
  return text;
}

}  // namespace latchkey::testing
