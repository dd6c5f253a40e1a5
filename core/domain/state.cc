#include "core/domain/state.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/base/big_endian.h"

namespace latchkey::domain {
namespace {

// The tables, by the first byte of their keys.
enum RowKind : char {
  kLedger = 'L',
  kCounters = 'O',
  kAccount = 'A',
  kGateway = 'G',
  kKey = 'K',
  kName = 'N',
  kMember = 'M',
  kSecondary = 'S',
  kCertificate = 'C',
  kConnected = 'P',
  kDeadline = 'D',
  kToken = 'T',
  kTokenHash = 'H',
  kOwners = 'W',
  kPerson = 'I',
  kEpoch = 'E',
  kMessage = 'B',
  kWebhook = 'U',
};

// Of the last part of a deadline's key.
std::size_t NumberBytes(DeadlineKind kind) { return kind == DeadlineKind::kMessageExpiry ? 8 : 4; }

std::string NumberKey(RowKind kind, std::uint64_t number) {
  std::string key(1, kind);
  PutNumber(number, 8, &key);
  return key;
}

std::string TextKey(RowKind kind, std::string_view text) {
  std::string key(1, kind);
  key += text;
  return key;
}

// Account names hold no byte below '-', so a zero byte ends them unambiguously.
std::string AccountPrefix(RowKind kind, std::string_view account) {
  std::string key(1, kind);
  key += account;
  key.push_back('\0');
  return key;
}

KeyRange Prefixed(std::string prefix) {
  KeyRange range{prefix, std::move(prefix)};
  ++range.until.back();  // no prefix here ends in 0xff
  return range;
}

template <typename Row>
std::optional<Row> ReadRow(const StateReader& state, const std::string& key) {
  const auto bytes = state.Get(key);
  if (!bytes) return std::nullopt;
  return ParseRow<Row>(*bytes);
}

}  // namespace

std::string LedgerKey() { return std::string(1, kLedger); }
std::string CountersKey() { return std::string(1, kCounters); }
std::string AccountKey(std::string_view account) { return TextKey(kAccount, account); }
std::string GatewayKey(std::uint64_t gateway) { return NumberKey(kGateway, gateway); }

std::string KeyKey(std::uint64_t gateway, std::uint32_t generation) {
  std::string key = NumberKey(kKey, gateway);
  PutNumber(generation, 4, &key);
  return key;
}

std::string NameKey(std::string_view account, std::string_view name) {
  return AccountPrefix(kName, account).append(name);
}

std::string MemberKey(std::string_view account, std::uint64_t gateway) {
  std::string key = AccountPrefix(kMember, account);
  PutNumber(gateway, 8, &key);
  return key;
}

std::string SecondaryKey(std::uint64_t primary, std::uint64_t gateway) {
  std::string key = NumberKey(kSecondary, primary);
  PutNumber(gateway, 8, &key);
  return key;
}

std::string CertificateKey(std::string_view sha256) { return TextKey(kCertificate, sha256); }
std::string ConnectedKey(std::uint64_t gateway) { return NumberKey(kConnected, gateway); }
std::string TokenKey(std::uint64_t token) { return NumberKey(kToken, token); }
std::string TokenHashKey(std::string_view token_sha256) {
  return TextKey(kTokenHash, token_sha256);
}

std::string EpochKey() { return std::string(1, kEpoch); }
std::string OwnersKey() { return std::string(1, kOwners); }
std::string PersonKey(std::string_view person) { return TextKey(kPerson, person); }

std::string MessageKey(std::uint64_t gateway, std::uint64_t message) {
  std::string key = NumberKey(kMessage, gateway);
  PutNumber(~message, 8, &key);
  return key;
}

std::string WebhookKey(std::uint64_t webhook) { return NumberKey(kWebhook, webhook); }

std::string DeadlineKey(const Deadline& deadline) {
  std::string key(1, kDeadline);
  key.push_back(static_cast<char>(deadline.kind));
  PutNumber(static_cast<std::uint64_t>(ToMicros(deadline.at)), 8, &key);
  PutNumber(deadline.gateway, 8, &key);
  PutNumber(deadline.number, NumberBytes(deadline.kind), &key);
  return key;
}

Deadline ParseDeadlineKey(std::string_view key) {
  Check(key.size() > 18 && key[0] == kDeadline, "a deadline's key has its form");
  return Deadline{static_cast<DeadlineKind>(key[1]),
                  FromMicros(static_cast<std::int64_t>(GetNumber(key.substr(2, 8)))),
                  GetNumber(key.substr(10, 8)), GetNumber(key.substr(18))};
}

KeyRange Messages(std::uint64_t gateway) {
  return KeyRange{NumberKey(kMessage, gateway), NumberKey(kMessage, gateway + 1)};
}
KeyRange Accounts() { return Prefixed(std::string(1, kAccount)); }
KeyRange Gateways() { return Prefixed(std::string(1, kGateway)); }
KeyRange Members() { return Prefixed(std::string(1, kMember)); }
KeyRange Members(std::string_view account) { return Prefixed(AccountPrefix(kMember, account)); }
KeyRange Secondaries(std::uint64_t primary) {
  return KeyRange{NumberKey(kSecondary, primary), NumberKey(kSecondary, primary + 1)};
}
KeyRange Connected() { return Prefixed(std::string(1, kConnected)); }
KeyRange Tokens() { return Prefixed(std::string(1, kToken)); }
KeyRange Webhooks() { return Prefixed(std::string(1, kWebhook)); }
KeyRange Deadlines(DeadlineKind kind) {
  return Prefixed(std::string{kDeadline, static_cast<char>(kind)});
}

bool IsReadOften(std::string_view key) {
  constexpr RowKind kOthers[] = {kName,     kMember,  kSecondary, kConnected,
                                 kDeadline, kMessage, kWebhook};
  return std::find(std::begin(kOthers), std::end(kOthers), key.front()) == std::end(kOthers);
}

std::uint64_t TrailingNumber(std::string_view key) {
  Check(key.size() >= 9, "a key that ends in a number has nine bytes");
  return GetNumber(key.substr(key.size() - 8));
}

void VoidBelowEpoch(const StateReader& state, GatewayRow* row) {
  const bool active = row->key().state() == KEY_ACTIVE;
  if (!active && !row->has_current()) return;
  const std::optional<EpochRow> epoch = ReadEpoch(state);
  if (!epoch) return;
  if (row->sequence() < epoch->since()) {
    if (active) row->mutable_key()->set_state(KEY_REVOKED);
    if (row->has_current()) row->mutable_current()->set_restored_sequence(epoch->since());
  }
  const std::uint64_t restored = row->current().restored_sequence();
  if (restored == 0) return;
  const std::optional<AccountRow> account = ReadAccount(state, row->account());
  if (restored < epoch->accepted_sequence() ||
      (account && restored < account->accepted_sequence())) {
    row->mutable_current()->clear_restored_sequence();
  }
}

void VoidBelowEpoch(const StateReader& state, TokenRow* row) {
  if (row->revoked_us() != 0) return;
  const std::optional<EpochRow> epoch = ReadEpoch(state);
  if (epoch && row->number() <= epoch->last_token()) row->set_revoked_us(epoch->since_us());
}

bool IsVoid(const StateReader& state, const Registration& pending) {
  const std::optional<EpochRow> epoch = ReadEpoch(state);
  return epoch && pending.redeemed_sequence() < epoch->since();
}

bool IsSecretVoid(const StateReader& state, const WebhookRow& webhook) {
  const std::optional<EpochRow> epoch = ReadEpoch(state);
  return epoch && webhook.secret_sequence() < epoch->since();
}

std::optional<EpochRow> ReadEpoch(const StateReader& state) {
  return ReadRow<EpochRow>(state, EpochKey());
}

std::optional<LedgerRow> ReadLedger(const StateReader& state) {
  return ReadRow<LedgerRow>(state, LedgerKey());
}

CountersRow ReadCounters(const StateReader& state) {
  return ReadRow<CountersRow>(state, CountersKey()).value_or(CountersRow());
}

std::optional<AccountRow> ReadAccount(const StateReader& state, std::string_view account) {
  return ReadRow<AccountRow>(state, AccountKey(account));
}

std::optional<GatewayRow> ReadGateway(const StateReader& state, std::uint64_t gateway) {
  std::optional<GatewayRow> row = ReadRow<GatewayRow>(state, GatewayKey(gateway));
  if (row) VoidBelowEpoch(state, &*row);
  return row;
}

std::optional<std::uint64_t> ReadName(const StateReader& state, std::string_view account,
                                      std::string_view name) {
  const auto bytes = state.Get(NameKey(account, name));
  if (!bytes) return std::nullopt;
  return GetNumber(*bytes);
}

std::optional<CertificateRow> ReadCertificate(const StateReader& state, std::string_view sha256) {
  return ReadRow<CertificateRow>(state, CertificateKey(sha256));
}

std::optional<TokenRow> ReadToken(const StateReader& state, std::uint64_t token) {
  std::optional<TokenRow> row = ReadRow<TokenRow>(state, TokenKey(token));
  if (row) VoidBelowEpoch(state, &*row);
  return row;
}

std::optional<TokenRow> ReadTokenByHash(const StateReader& state, std::string_view token_sha256) {
  const auto bytes = state.Get(TokenHashKey(token_sha256));
  if (!bytes) return std::nullopt;
  std::optional<TokenRow> row = ReadToken(state, GetNumber(*bytes));
  if (row && !row->rotated_sha256().empty() && row->rotated_sha256() != token_sha256) row.reset();
  return row;
}

OwnersRow ReadOwners(const StateReader& state) {
  if (auto row = ReadRow<OwnersRow>(state, OwnersKey())) return *std::move(row);
  OwnersRow first;
  if (ReadCounters(state).tokens() > 0) first.add_tokens(1);
  return first;
}

std::optional<PersonRow> ReadPerson(const StateReader& state, std::string_view person) {
  return ReadRow<PersonRow>(state, PersonKey(person));
}

std::optional<MessageRow> ReadMessage(const StateReader& state, std::uint64_t gateway,
                                      std::uint64_t message) {
  return ReadRow<MessageRow>(state, MessageKey(gateway, message));
}

std::optional<WebhookRow> ReadWebhook(const StateReader& state, std::uint64_t webhook) {
  return ReadRow<WebhookRow>(state, WebhookKey(webhook));
}

GatewayStatus StatusOf(const GatewayRow& row) {
  if (!row.has_current()) return GRAY;
  return row.connected() ? GREEN : RED;
}

std::optional<RedReason> RedReasonOf(const GatewayRow& row, Time ledger_time) {
  if (StatusOf(row) != RED) return std::nullopt;
  const std::int64_t now_us = ToMicros(ledger_time);
  if (now_us < row.flapping_until_us()) return RedReason::kFlapping;
  // One that was renewed may still come with the renewal.
  const std::int64_t last_us = std::max(row.current().not_after_us(), row.renewal().not_after_us());
  return last_us <= now_us ? RedReason::kCertificateExpired : RedReason::kNotSeen;
}

RegistrationState RegistrationOf(const GatewayRow& row) {
  if (row.has_current()) return REGISTERED;
  return row.has_pending() ? REGISTERING : UNREGISTERED;
}

bool IsRestored(const GatewayRow& row) { return row.current().restored_sequence() != 0; }

MemberRow MemberOf(const GatewayRow& row) {
  MemberRow member;
  member.set_name(row.name());
  member.set_status(StatusOf(row));
  member.set_registration(RegistrationOf(row));
  *member.mutable_labels() = row.labels();
  return member;
}

std::optional<KeyRow> ReadKey(const StateReader& state, const GatewayRow& gateway,
                              std::uint32_t generation) {
  if (generation == 0 || generation > gateway.key().generation()) return std::nullopt;
  if (generation == gateway.key().generation()) return gateway.key();
  return ReadRow<KeyRow>(state, KeyKey(gateway.number(), generation));
}

std::string NumberValue(std::uint64_t number) {
  std::string value;
  PutNumber(number, 8, &value);
  return value;
}

std::optional<std::string> Overlay::Get(std::string_view key) const {
  const auto found = rows_.find(key);
  return found != rows_.end() ? found->second : base_.Get(key);
}

void Overlay::Add(std::vector<Change> changes) {
  for (Change& change : changes) {
    rows_.insert_or_assign(std::move(change.key), std::move(change.value));
  }
}

}  // namespace latchkey::domain
