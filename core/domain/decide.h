// All the rules (docs/design.md §2 and §7), as two pure functions and the ladder they share with
// preflight. No clock, randomness, I/O, thread or log: what is not in the state comes in through
// the context.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/domain/commands.h"
#include "core/domain/key_mint.h"
#include "core/domain/state.h"

namespace latchkey::domain {

struct Settings {
  std::chrono::seconds confirm_window;
  std::chrono::seconds downtime_grace;
};

// What Decide may know besides the state.
struct Context {
  // The wall clock: confirm-bys are set and judged by it.
  Time now;
  // The wall clock or, when that is later, the latest time that the ledger has shown: expiry of
  // keys, tokens and certificates is set and judged by it, so that what has expired stays so.
  Time ledger_time;
  // Start of this server, or the last end of a time when it was read-only: confirm-bys that passed
  // before it get the downtime grace, as no check-in could be taken.
  Time writable_since;
  const Settings& settings;
  const KeyMint& mint;
  Random& random;              // nonces and subjects; seeded in tests
  std::uint64_t refusals = 0;  // soft count of proven refusals of the presented key, see RedeemKey
};

// An event before it is stamped: fact, account, gateway and gateway_event are set, and what is to
// be sealed stands beside it. The sequencer adds the rest (core/sequencer/stamp.h).
struct Draft {
  events::Event event;
  events::Personal personal;
  std::string subject;  // whose key seals `personal`; empty when there is nothing to seal
  // What a timer would have recorded and a request has met first: the system's own act, and no part
  // of the request.
  bool by_timer = false;
};

// What a successful command tells its caller. Rows are read again afterwards, never carried here.
struct Answer {
  std::uint64_t gateway = 0;
  std::uint32_t generation = 0;
  std::uint64_t token = 0;
  bool created = false;                 // 201 rather than 200
  bool repeated = false;                // a redemption answered again: nothing happened
  std::uint64_t redeemed_sequence = 0;  // of a KeyRedeemed that stands already (repeated)
};

struct Decision {
  Result<Answer> answer;
  std::vector<Draft> events;   // also with a refusal: RedemptionRefused, what has expired
  std::uint64_t refusals = 0;  // after a proven refusal: the new soft count of its key
};

Decision Decide(const StateReader& state, const Request& request, const Context& context);

// The rows that `event`, the next of this state, changes. Never fails and never judges: an event
// that no Decide would have made still gives rows.
std::vector<Change> Apply(const StateReader& state, const events::Event& event);

// The time at which a pending registration may be abandoned: its confirm-by, or the downtime grace
// after `writable_since` when it passed while no check-in could be taken.
Time AbandonAt(Time confirm_by, Time writable_since, const Settings& settings);

// What is known of a presented key, without an order and without spending it.
struct KeyStanding {
  enum class State { kActive, kRedeemedBySame };
  State state;
  GatewayRow gateway;
  KeyRow key;
};

// The ladder of refusals of a key, in the order of docs/design.md §2: unknown, redeemed, removed,
// superseded / revoked / expired (by the ledger's time). `public_key_sha256` may be empty (unknown
// yet): then a redeemed key is kKeyAlreadyRedeemed. `*proven` tells whether the secret was right.
// Constant time in the secret.
Result<KeyStanding> JudgeKey(const StateReader& state, std::uint64_t gateway,
                             std::uint32_t generation, std::string_view secret_sha256,
                             std::string_view public_key_sha256, Time ledger_time, bool* proven);

// What a client certificate is worth now: current or pending, else the refusal. Shared by every
// request of the gateway listener.
Result<CertificateRow> JudgeCertificate(const StateReader& state, std::string_view sha256,
                                        Time ledger_time);

// Whether a redemption at `ledger_time` may still be given a certificate of a CA that ends at
// `ca_ends`: one that ends before its confirm-by would spend the key on an installation that cannot
// be confirmed. Refuses with kReadOnly.
Status JudgeCa(Time ca_ends, Time ledger_time, std::chrono::seconds confirm_window);

// Whether a token is worth anything at `ledger_time`: neither revoked nor expired.
bool Holds(const TokenRow& token, Time ledger_time);
// Whether its time has passed and that is not recorded yet.
bool IsDue(const TokenRow& token, Time ledger_time);

// Whether it is an owner of every account: such tokens keep the ledger governable.
bool IsFullOwner(const TokenRow& token);

// Whether the gateway has a key that can be redeemed at `ledger_time`.
bool HasActiveKey(const GatewayRow& gateway, Time ledger_time);

}  // namespace latchkey::domain
