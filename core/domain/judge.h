// Whether a key, a certificate or a token is valid: the part of the rules that readers share with
// Decide. Pure functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "core/base/error.h"
#include "core/base/time.h"
#include "core/domain/decision.h"
#include "core/domain/state.h"

namespace latchkey::domain {

// The time at which a pending registration may be abandoned: its confirm-by, or the downtime grace
// after `writable_since` when it passed while no check-in could be taken.
Time AbandonAt(Time confirm_by, Time writable_since, const Settings& settings);

// What is known about a presented key, outside the sequencer's order and without spending it.
struct KeyStanding {
  enum class State { kActive, kRedeemedBySame };
  State state;
  GatewayRow gateway;
  KeyRow key;
};

// The ladder of refusals of a key, in the order of docs/design.md §2: unknown, redeemed, removed,
// superseded / revoked / expired (by the ledger's time). `public_key_sha256` may be empty (unknown
// yet): then a redeemed key is kKeyAlreadyRedeemed. `*proven` tells whether the secret was correct.
// Constant time in the secret.
Result<KeyStanding> JudgeKey(const StateReader& state, std::uint64_t gateway,
                             std::uint32_t generation, std::string_view secret_sha256,
                             std::string_view public_key_sha256, Time ledger_time, bool* proven);

// The row of a client certificate that is current, pending, or of an open renewal, otherwise the
// refusal. Shared by every request of the gateway listener.
Result<CertificateRow> JudgeCertificate(const StateReader& state, std::string_view sha256,
                                        Time ledger_time);
// The same whether or not the certificate has expired, and the refusal if it has.
Result<CertificateRow> JudgeHeldCertificate(const StateReader& state, std::string_view sha256);
Error CertificateExpired(const CertificateRow& row, Time ledger_time);

// Whether a gateway has this certificate alone, and it is current: a session that was begun with it
// may be resumed. Not while another certificate of the gateway waits for its first use.
bool IsOnlyCertificate(const StateReader& state, std::string_view sha256, Time ledger_time);

// Checks that a redemption or renewal at `ledger_time` may still get a certificate of a CA that
// ends at `ca_ends`: if it ended before confirm-by, the key would be spent on an installation that
// cannot be confirmed. Refuses with kReadOnly.
Status CheckCaLasts(Time ca_ends, Time ledger_time, std::chrono::seconds confirm_window);

// Whether a token is valid at `ledger_time`: neither revoked nor expired.
bool IsValid(const TokenRow& token, Time ledger_time);
// Whether it has expired and that is not recorded yet.
bool IsDue(const TokenRow& token, Time ledger_time);

// Whether it is an owner of every account: such tokens keep the ledger governable.
bool IsFullOwner(const TokenRow& token);

// Whether the gateway has a key that can be redeemed at `ledger_time`.
bool HasActiveKey(const GatewayRow& gateway, Time ledger_time);

}  // namespace latchkey::domain
