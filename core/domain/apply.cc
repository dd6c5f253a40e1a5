#include "core/domain/apply.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/domain/apply_ledger.h"
#include "core/domain/apply_messages.h"
#include "core/domain/apply_operators.h"
#include "core/domain/apply_restore.h"
#include "core/domain/apply_webhooks.h"
#include "core/domain/renewals.h"

namespace latchkey::domain {
namespace {

using events::Event;

constexpr std::size_t kUsualChanges = 6;  // at most, except for rare events

std::optional<Deadline> KeyExpiry(const GatewayRow& row) {
  if (row.removed() || row.key().state() != KEY_ACTIVE) return std::nullopt;
  return Deadline{DeadlineKind::kKeyExpiry, FromMicros(row.key().expires_us()), row.number(),
                  row.key().generation()};
}

std::optional<Deadline> ConfirmBy(const GatewayRow& row) {
  if (row.removed() || !row.has_pending()) return std::nullopt;
  return Deadline{DeadlineKind::kConfirmBy, FromMicros(row.pending().confirm_by_us()), row.number(),
                  row.pending().generation()};
}

// Everything that other rows say about a gateway. It follows from the gateway's row and changes
// only with it.
struct Shown {
  std::optional<std::string> name;  // null: in no list, and its name is free
  // With the name, what its MemberRow is made of.
  GatewayStatus status;
  RegistrationState registration;
  std::string labels;  // serialised

  bool connected;
  std::optional<Deadline> key_expiry;
  std::optional<Deadline> confirm_by;
};

std::string LabelsOf(const GatewayRow& row) {
  if (row.labels().empty()) return "";
  MemberRow labelled;
  *labelled.mutable_labels() = row.labels();
  return labelled.SerializeAsString();
}

// Most events leave the MemberRow as it is: comparing what it is made of is cheaper than making it.
bool IsMemberSame(const Shown& a, const Shown& b) {
  if (!a.name && !b.name) return true;
  return a.name == b.name && a.status == b.status && a.registration == b.registration &&
         a.labels == b.labels;
}

Shown ShownOf(const GatewayRow& row) {
  Shown shown{{},
              StatusOf(row),
              RegistrationOf(row),
              LabelsOf(row),
              row.connected(),
              KeyExpiry(row),
              ConfirmBy(row)};
  if (row.number() != 0 && !row.removed()) shown.name = row.name();
  return shown;
}

class Applier {
 public:
  Applier(const StateReader& state, const Event& event) : state_(state), event_(event) {}

  std::vector<Change> Run();

 private:
  void Put(std::string key, const google::protobuf::MessageLite& row) {
    changes_.push_back({std::move(key), row.SerializeAsString()});
  }
  void PutText(std::string key, std::string value) {
    changes_.push_back({std::move(key), std::move(value)});
  }
  void Drop(std::string key) { changes_.push_back({std::move(key), std::nullopt}); }
  void Mark(std::string key, bool there) {
    changes_.push_back({std::move(key), there ? std::optional<std::string>("") : std::nullopt});
  }

  void OpenAccount(const events::AccountOpened& fact);

  // The facts of one gateway change its row; all rows that refer to the gateway are derived from
  // it.
  void ChangeGateway();
  void ChangeRow(GatewayRow* row);
  void PutGateway(const Shown& before, const GatewayRow& row);
  void PutMember(const GatewayRow& row, bool listed);
  void MoveDeadline(const std::optional<Deadline>& before, const std::optional<Deadline>& after);
  void CountSecondary(std::uint64_t primary, int by);
  // As the row was written: what other rows say of the gateway follows from that.
  std::optional<GatewayRow> Stored(std::uint64_t gateway) const;

  void Add(const events::GatewayAdded& fact, GatewayRow* row);
  void IssueKey(const events::IssuedKey& issued, GatewayRow* row);
  void EndKey(std::uint32_t generation, KeyState state, GatewayRow* row);
  void Redeem(const events::KeyRedeemed& fact, GatewayRow* row);
  void CountRefusal(const events::RedemptionRefused& fact, GatewayRow* row);
  void Confirm(const events::RegistrationConfirmed& fact, GatewayRow* row);
  void EndPending(std::string reason, GatewayRow* row);
  void EndIdentity(GatewayRow* row);
  void IssueRenewal(const events::RenewalIssued& fact, GatewayRow* row);
  void Renew(GatewayRow* row);
  void EndRenewal(CertificateRow::State state, GatewayRow* row);
  void CountConnectionFact(bool counted, GatewayRow* row);
  // Adds the event's time, and forgets those that are older than `kept` then. Ascending.
  void Remember(std::chrono::hours kept, google::protobuf::RepeatedField<std::int64_t>* times);
  void PutCurrent(const GatewayRow& row, CertificateRow::State state) {
    PutCertificate(row, row.current().generation(), row.current(), state);
  }
  // `certificate` is a Registration or a Renewal.
  template <typename Certificate>
  void PutCertificate(const GatewayRow& row, std::uint32_t generation,
                      const Certificate& certificate, CertificateRow::State state);

  const StateReader& state_;
  const Event& event_;
  std::vector<Change> changes_;
};

void Applier::OpenAccount(const events::AccountOpened& fact) {
  AccountRow row;
  row.set_name(event_.account());
  row.set_opened_us(event_.time_us());
  row.set_sequence(event_.sequence());
  row.set_subject(fact.subject());
  Put(AccountKey(event_.account()), row);
}

void Applier::MoveDeadline(const std::optional<Deadline>& before,
                           const std::optional<Deadline>& after) {
  if (before == after) return;
  if (before) Drop(DeadlineKey(*before));
  if (after) PutText(DeadlineKey(*after), "");
}

void Applier::PutMember(const GatewayRow& row, bool listed) {
  std::optional<std::string> member;
  if (listed) member = MemberOf(row).SerializeAsString();
  changes_.push_back({MemberKey(row.account(), row.number()), member});
  if (row.primary() == 0) return;
  changes_.push_back({SecondaryKey(row.primary(), row.number()), std::move(member)});
}

void Applier::PutGateway(const Shown& before, const GatewayRow& row) {
  const Shown after = ShownOf(row);
  if (before.name != after.name) {
    if (before.name) Drop(NameKey(row.account(), *before.name));
    if (after.name) PutText(NameKey(row.account(), *after.name), NumberValue(row.number()));
  }
  if (!IsMemberSame(before, after)) PutMember(row, after.name.has_value());
  if (before.connected != after.connected) {
    Mark(ConnectedKey(row.number()), after.connected);
  }
  MoveDeadline(before.key_expiry, after.key_expiry);
  MoveDeadline(before.confirm_by, after.confirm_by);
  Put(GatewayKey(row.number()), row);
}

std::optional<GatewayRow> Applier::Stored(std::uint64_t gateway) const {
  const std::optional<std::string> bytes = state_.Get(GatewayKey(gateway));
  if (!bytes) return std::nullopt;
  return ParseRow<GatewayRow>(*bytes);
}

void Applier::CountSecondary(std::uint64_t primary, int by) {
  std::optional<GatewayRow> row = Stored(primary);
  if (!row) return;
  row->set_secondaries(static_cast<std::uint32_t>(static_cast<int>(row->secondaries()) + by));
  Put(GatewayKey(primary), *row);
}

void Applier::Add(const events::GatewayAdded& fact, GatewayRow* row) {
  row->set_number(event_.gateway());
  row->set_account(event_.account());
  row->set_name(fact.name());
  row->set_primary(fact.primary());
  row->set_created_us(event_.time_us());
  CountersRow counters = ReadCounters(state_);
  counters.set_gateways(std::max(counters.gateways(), event_.gateway()));
  Put(CountersKey(), counters);
  if (fact.primary() != 0) CountSecondary(fact.primary(), +1);
}

void Applier::IssueKey(const events::IssuedKey& issued, GatewayRow* row) {
  if (row->has_key()) {
    KeyRow& old = *row->mutable_key();
    if (old.state() == KEY_ACTIVE) old.set_state(KEY_SUPERSEDED);
    Put(KeyKey(row->number(), old.generation()), old);
  }
  KeyRow key;
  key.set_generation(issued.generation());
  key.set_state(KEY_ACTIVE);
  key.set_nonce(issued.nonce());
  key.set_master_key_id(issued.master_key_id());
  key.set_secret_sha256(issued.secret_sha256());
  key.set_issued_us(event_.time_us());
  *key.mutable_issued_by() = event_.actor();
  key.set_expires_us(issued.expires_us());
  *row->mutable_key() = std::move(key);
}

void Applier::EndKey(std::uint32_t generation, KeyState state, GatewayRow* row) {
  if (row->key().generation() == generation) row->mutable_key()->set_state(state);
}

void Applier::Redeem(const events::KeyRedeemed& fact, GatewayRow* row) {
  KeyRow& key = *row->mutable_key();
  key.set_state(KEY_REDEEMED);
  key.set_redeemed_us(event_.time_us());
  key.set_redeemed_sequence(event_.sequence());
  key.set_public_key_sha256(fact.public_key_sha256());
  key.set_certificate_sha256(fact.certificate_sha256());
  if (event_.has_sealed()) *key.mutable_redeemed_personal() = event_.sealed();

  Registration& pending = *row->mutable_pending();
  pending.Clear();
  pending.set_generation(fact.generation());
  pending.set_redeemed_sequence(event_.sequence());
  pending.set_certificate_sha256(fact.certificate_sha256());
  pending.set_serial(fact.serial());
  pending.set_not_after_us(fact.not_after_us());
  pending.set_since_us(event_.time_us());
  pending.set_confirm_by_us(fact.confirm_by_us());
  if (event_.has_sealed()) *pending.mutable_personal() = event_.sealed();
  PutCertificate(*row, pending.generation(), pending, CertificateRow::PENDING);
}

void Applier::CountRefusal(const events::RedemptionRefused& fact, GatewayRow* row) {
  if (row->key().generation() == fact.generation()) {
    row->mutable_key()->set_refusals(fact.count());
    return;
  }
  std::optional<KeyRow> key = ReadKey(state_, *row, fact.generation());
  if (!key) return;
  key->set_refusals(fact.count());
  Put(KeyKey(row->number(), fact.generation()), *key);
}

template <typename Certificate>
void Applier::PutCertificate(const GatewayRow& row, std::uint32_t generation,
                             const Certificate& certificate, CertificateRow::State state) {
  CertificateRow stored;
  stored.set_gateway(row.number());
  stored.set_account(row.account());
  stored.set_generation(generation);
  stored.set_not_after_us(certificate.not_after_us());
  stored.set_state(state);
  Put(CertificateKey(certificate.certificate_sha256()), stored);
}

void Applier::Confirm(const events::RegistrationConfirmed& fact, GatewayRow* row) {
  if (!row->has_pending()) return;
  EndIdentity(row);
  *row->mutable_current() = row->pending();
  row->clear_pending();
  row->clear_last_failure();
  if (!fact.version().empty()) row->set_version(fact.version());
  PutCurrent(*row, CertificateRow::CURRENT);
}

// An empty reason leaves no failure behind.
void Applier::EndPending(std::string reason, GatewayRow* row) {
  if (!row->has_pending()) return;
  PutCertificate(*row, row->pending().generation(), row->pending(), CertificateRow::ABANDONED);
  row->clear_pending();
  if (reason.empty()) return;
  Failure& failure = *row->mutable_last_failure();
  failure.Clear();
  failure.set_reason(std::move(reason));
  failure.set_at_us(event_.time_us());
  if (event_.has_sealed()) *failure.mutable_personal() = event_.sealed();
}

// What ends a registration ends all its certificates.
void Applier::EndIdentity(GatewayRow* row) {
  if (!row->has_current()) return;
  PutCurrent(*row, CertificateRow::REVOKED);
  EndRenewal(CertificateRow::REVOKED, row);
  row->clear_current();
}

void Applier::EndRenewal(CertificateRow::State state, GatewayRow* row) {
  if (!row->has_renewal()) return;
  PutCertificate(*row, row->current().generation(), row->renewal(), state);
  row->clear_renewal();
}

void Applier::IssueRenewal(const events::RenewalIssued& fact, GatewayRow* row) {
  EndRenewal(CertificateRow::RENEWED, row);
  Renewal& renewal = *row->mutable_renewal();
  renewal.set_sequence(event_.sequence());
  renewal.set_issued_us(event_.time_us());
  renewal.set_certificate_sha256(fact.certificate_sha256());
  renewal.set_public_key_sha256(fact.public_key_sha256());
  renewal.set_serial(fact.serial());
  renewal.set_not_after_us(fact.not_after_us());
  PutCertificate(*row, fact.generation(), renewal, CertificateRow::UNUSED);
  Remember(std::chrono::hours(24), row->mutable_renewals_us());
}

void Applier::CountConnectionFact(bool counted, GatewayRow* row) {
  if (counted) Remember(std::chrono::hours(1), row->mutable_connection_facts_us());
}

void Applier::Remember(std::chrono::hours kept,
                       google::protobuf::RepeatedField<std::int64_t>* times) {
  const std::int64_t since = ToMicros(FromMicros(event_.time_us()) - kept);
  times->erase(times->begin(), std::upper_bound(times->begin(), times->end(), since));
  times->Add(event_.time_us());
}

void Applier::Renew(GatewayRow* row) {
  if (!row->has_current() || !row->has_renewal()) return;
  PutCurrent(*row, CertificateRow::RENEWED);
  UseRenewal(row);
  PutCurrent(*row, CertificateRow::CURRENT);
}

std::string AbandonedBecause(events::RegistrationAbandoned::Why why) {
  switch (why) {
    case events::RegistrationAbandoned::CONFIRM_BY_PASSED:
      return "not_confirmed";
    case events::RegistrationAbandoned::SUPERSEDED:
      return "superseded";
    case events::RegistrationAbandoned::WHY_UNSPECIFIED:
    case events::RegistrationAbandoned::DEREGISTERED:
    case events::RegistrationAbandoned::RESTORED:
      break;  // ended on purpose: not a failure
    // An open enum of protobuf also has these two, never sent:
    case events::RegistrationAbandoned_Why_RegistrationAbandoned_Why_INT_MIN_SENTINEL_DO_NOT_USE_:
    case events::RegistrationAbandoned_Why_RegistrationAbandoned_Why_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return "";
}

void Applier::ChangeRow(GatewayRow* row) {
  switch (event_.fact_case()) {
    case Event::kGatewayAdded:
      return Add(event_.gateway_added(), row);
    case Event::kGatewayRenamed:
      return row->set_name(event_.gateway_renamed().name());
    case Event::kGatewayLabelled:
      *row->mutable_labels() = event_.gateway_labelled().labels();
      return;
    case Event::kGatewayNoted:
      row->clear_note();
      if (event_.has_sealed()) *row->mutable_note() = event_.sealed();
      return;
    case Event::kGatewayRemoved:
      row->set_removed(true);
      row->set_connected(false);
      if (row->primary() != 0) CountSecondary(row->primary(), -1);
      return;
    case Event::kKeyIssued:
      return IssueKey(event_.key_issued().key(), row);
    case Event::kKeyRegenerated:
      return IssueKey(event_.key_regenerated().key(), row);
    case Event::kKeyRevealed:
      return;  // recorded, and changes nothing
    case Event::kKeyRevoked:
      return EndKey(event_.key_revoked().generation(), KEY_REVOKED, row);
    case Event::kKeyExpired:
      return EndKey(event_.key_expired().generation(), KEY_EXPIRED, row);
    case Event::kKeyRedeemed:
      return Redeem(event_.key_redeemed(), row);
    case Event::kRedemptionRefused:
      return CountRefusal(event_.redemption_refused(), row);
    case Event::kRegistrationConfirmed:
      return Confirm(event_.registration_confirmed(), row);
    case Event::kInstallationFailed:
      return EndPending(event_.installation_failed().reason(), row);
    case Event::kRegistrationAbandoned:
      return EndPending(AbandonedBecause(event_.registration_abandoned().why()), row);
    case Event::kGatewayDeregistered:
      row->set_connected(false);
      return EndIdentity(row);
    case Event::kRenewalIssued:
      return IssueRenewal(event_.renewal_issued(), row);
    case Event::kCertificateRenewed:
      return Renew(row);
    case Event::kGatewayConnected:
      row->set_connected(true);
      if (!event_.gateway_connected().version().empty()) {
        row->set_version(event_.gateway_connected().version());
      }
      return CountConnectionFact(event_.gateway_connected().counted(), row);
    case Event::kGatewayDisconnected:
      row->set_connected(false);
      return CountConnectionFact(event_.gateway_disconnected().counted(), row);
    case Event::kGatewayFlapping:
      row->set_connected(false);
      return row->set_flapping_until_us(event_.gateway_flapping().until_us());
    case Event::kCertificateSharedSuspected:
      if (row->has_current()) row->mutable_current()->set_shared_sequence(event_.sequence());
      return;
    case Event::kRegistrationAccepted:
      if (row->has_current()) row->mutable_current()->clear_restored_sequence();
      return;
    case Event::kMessageSent:
    case Event::kMessageEnded:
      for (Change& other : ApplyMessage(state_, event_, row)) changes_.push_back(std::move(other));
      return;
    case Event::kLedgerCreated:
    case Event::kLedgerRestored:
    case Event::kAccountOpened:
    case Event::kOperatorTokenCreated:
    case Event::kOperatorTokenRevoked:
    case Event::kOperatorTokenRotated:
    case Event::kPersonSignedIn:
    case Event::kCaRotated:
    case Event::kOperatorTokenExpired:
    case Event::kCheckpointAdopted:
    case Event::kTrustDomainNamed:
    case Event::kWebhookAdded:
    case Event::kWebhookChanged:
    case Event::kWebhookSecretRotated:
    case Event::kWebhookRemoved:
    case Event::FACT_NOT_SET:
      return;  // not facts of a gateway
  }
}

void Applier::ChangeGateway() {
  GatewayRow row;  // a new gateway has none yet: such events are frequent, so the lookup is skipped
  if (!event_.has_gateway_added()) {
    row = Stored(event_.gateway()).value_or(GatewayRow());
  }
  const Shown before = ShownOf(row);
  VoidBelowEpoch(state_, &row);
  ChangeRow(&row);
  row.set_events(event_.gateway_event());
  row.set_sequence(event_.sequence());
  PutGateway(before, row);
}

std::vector<Change> Applier::Run() {
  changes_.reserve(kUsualChanges);
  if (event_.gateway() != 0) {
    ChangeGateway();
  } else if (IsOfLedger(event_)) {
    return ApplyLedger(state_, event_);
  } else if (event_.has_ledger_restored()) {
    return ApplyRestore(state_, event_);
  } else if (event_.has_registration_accepted()) {
    return ApplyAcceptance(state_, event_);
  } else if (event_.has_account_opened()) {
    OpenAccount(event_.account_opened());
  } else if (IsOfWebhook(event_)) {
    return ApplyWebhook(state_, event_);
  } else {
    return ApplyOperator(state_, event_);
  }
  return std::move(changes_);
}

}  // namespace

std::vector<Change> Apply(const StateReader& state, const Event& event) {
  return Applier(state, event).Run();
}

}  // namespace latchkey::domain
