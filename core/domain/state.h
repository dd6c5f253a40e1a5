// The state of the domain: ordered tables of rows, all in one space of byte keys. Apply says which
// rows change, Decide reads them; projections/ stores them on disk, tests in a map. The first byte
// of a key is its table, numbers are big-endian so that they sort.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/check.h"
#include "core/base/time.h"
#include "core/domain/state.pb.h"

namespace latchkey::domain {

// Reads one row. Implementations say what they promise about threads.
class StateReader {
 public:
  virtual ~StateReader() = default;
  virtual std::optional<std::string> Get(std::string_view key) const = 0;
};

struct Change {
  std::string key;
  std::optional<std::string> value;  // null: the row is deleted
};

// Keys of the tables.
std::string LedgerKey();                                              // → LedgerRow
std::string CountersKey();                                            // → CountersRow
std::string AccountKey(std::string_view account);                     // → AccountRow
std::string GatewayKey(std::uint64_t gateway);                        // → GatewayRow
std::string KeyKey(std::uint64_t gateway, std::uint32_t generation);  // → KeyRow, not the latest
std::string NameKey(std::string_view account,
                    std::string_view name);  // → number, gateways not removed
// → MemberRow, gateways not removed
std::string MemberKey(std::string_view account, std::uint64_t gateway);
std::string SecondaryKey(std::uint64_t primary, std::uint64_t gateway);
std::string CertificateKey(std::string_view sha256);  // → CertificateRow
std::string ConnectedKey(std::uint64_t gateway);      // → ""
std::string TokenKey(std::uint64_t token);            // → TokenRow
// → number; also those of earlier secrets, which ReadTokenByHash passes over.
std::string TokenHashKey(std::string_view token_sha256);
std::string EpochKey();                          // → EpochRow, only of a restored ledger
std::string OwnersKey();                         // → OwnersRow
std::string PersonKey(std::string_view person);  // → PersonRow
// → MessageRow; of one gateway the newest first.
std::string MessageKey(std::uint64_t gateway, std::uint64_t message);
std::string WebhookKey(std::uint64_t webhook);  // → WebhookRow, those not removed

enum class DeadlineKind : std::uint8_t { kConfirmBy = 1, kKeyExpiry = 2, kMessageExpiry = 3 };
struct Deadline {
  DeadlineKind kind;
  Time at;
  std::uint64_t gateway;
  std::uint64_t number;  // generation of the key, or number of the message

  bool operator==(const Deadline&) const = default;
};
std::string DeadlineKey(const Deadline& deadline);  // → ""
Deadline ParseDeadlineKey(std::string_view key);

// The range [from, until) of a whole table, for scans.
struct KeyRange {
  std::string from;
  std::string until;
};
KeyRange Accounts();
KeyRange Gateways();  // removed ones too
KeyRange Members();   // of all accounts, in the order of their names
KeyRange Members(std::string_view account);
KeyRange Secondaries(std::uint64_t primary);
KeyRange Connected();
KeyRange Tokens();
KeyRange Deadlines(DeadlineKind kind);
KeyRange Messages(std::uint64_t gateway);
KeyRange Webhooks();
// Whether rows of this key's table are often read by key; others are scanned, or looked up once.
bool IsReadOften(std::string_view key);
// Of Gateway, Member, Secondary, Connected, Token and Webhook keys.
std::uint64_t TrailingNumber(std::string_view key);
std::string NumberValue(std::uint64_t number);  // the value of Name and TokenHash rows

// Parses a row. Malformed bytes stop the process: only Apply writes rows.
template <typename Row>
Row ParseRow(std::string_view bytes) {
  Row row;
  Check(row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())),
        "a row of the state can be read");
  return row;
}

// What a restore has made of a stored row, by the row's place: rows from before it are not written
// again for that. The key that was active is revoked, the current registration needs acceptance,
// the token is revoked. For rows that were read by other means than the typed reads.
void VoidBelowEpoch(const StateReader& state, GatewayRow* row);
void VoidBelowEpoch(const StateReader& state, TokenRow* row);
// Whether a pending registration is from before the last restore, and therefore void.
bool IsVoid(const StateReader& state, const Registration& pending);
// Whether the webhook's secret is from before the last restore: nobody knows the one that would be
// derived now.
bool IsSecretVoid(const StateReader& state, const WebhookRow& webhook);

// Typed reads, by ParseRow; gateways and tokens with VoidBelowEpoch.
std::optional<LedgerRow> ReadLedger(const StateReader& state);
std::optional<EpochRow> ReadEpoch(const StateReader& state);  // null: never restored
CountersRow ReadCounters(const StateReader& state);
std::optional<AccountRow> ReadAccount(const StateReader& state, std::string_view account);
std::optional<GatewayRow> ReadGateway(const StateReader& state, std::uint64_t gateway);
std::optional<std::uint64_t> ReadName(const StateReader& state, std::string_view account,
                                      std::string_view name);
std::optional<CertificateRow> ReadCertificate(const StateReader& state, std::string_view sha256);
std::optional<TokenRow> ReadToken(const StateReader& state, std::uint64_t token);
// The token with this current secret, revoked or not; null for a secret that was rotated away.
std::optional<TokenRow> ReadTokenByHash(const StateReader& state, std::string_view token_sha256);
OwnersRow ReadOwners(const StateReader& state);
std::optional<PersonRow> ReadPerson(const StateReader& state, std::string_view person);
std::optional<MessageRow> ReadMessage(const StateReader& state, std::uint64_t gateway,
                                      std::uint64_t message);
std::optional<WebhookRow> ReadWebhook(const StateReader& state, std::uint64_t webhook);
// What follows from a gateway's row.
GatewayStatus StatusOf(const GatewayRow& row);
RegistrationState RegistrationOf(const GatewayRow& row);
// Why a gateway is red; null unless it is.
enum class RedReason { kNotSeen, kCertificateExpired, kFlapping };
std::optional<RedReason> RedReasonOf(const GatewayRow& row, Time ledger_time);
bool IsRestored(const GatewayRow& row);  // registered before the last restore, not accepted since
MemberRow MemberOf(const GatewayRow& row);

// Any generation; the latest comes from the gateway's row. Null when never issued.
std::optional<KeyRow> ReadKey(const StateReader& state, const GatewayRow& gateway,
                              std::uint32_t generation);

// Changed rows by their keys, unordered. Null: the row is deleted.
struct KeyHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
};
using Rows = std::unordered_map<std::string, std::optional<std::string>, KeyHash, std::equal_to<>>;

// A reader that sees its own changes on top of `base`. One thread.
class Overlay final : public StateReader {
 public:
  explicit Overlay(const StateReader& base) : base_(base) {}
  Overlay(const Overlay&) = delete;  // to stack one on another, pass it as a StateReader
  Overlay& operator=(const Overlay&) = delete;
  std::optional<std::string> Get(std::string_view key) const override;
  void Add(std::vector<Change> changes);
  const Rows& rows() const { return rows_; }
  // Leaves it without changes.
  Rows TakeRows() { return std::exchange(rows_, {}); }

 private:
  const StateReader& base_;
  Rows rows_;
};

}  // namespace latchkey::domain
