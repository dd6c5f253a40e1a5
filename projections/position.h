// The position of a projection, and of which ledger: written with its rows, checked when they are
// opened.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/log/log.h"

namespace latchkey::projections {

struct LedgerIdentity {
  std::string ledger_id;  // 16 bytes
  std::string epoch;      // 10 bytes

  bool operator==(const LedgerIdentity&) const = default;
};

// The root is that of the head, not that of `size`: the log knows its root only at its end, and a
// replay is mostly before it. A ledger with this root at the head's size has the same entries up to
// there, so its first `size` entries, all before the head, are those that made the rows.
struct StoredPosition {
  LedgerIdentity ledger;
  std::uint64_t size = 0;  // events applied
  log::Head head;          // of the log when this was written
  // Field numbers of the facts among those events, so that a binary that does not know one of them
  // notices, wherever it is. Positions of versions that did not record this lack them; every later
  // version knows those facts.
  std::set<std::uint32_t> facts{};

  bool operator==(const StoredPosition&) const = default;
};

std::string Encode(const StoredPosition& position);
std::optional<StoredPosition> DecodePosition(std::string_view bytes);  // null for other bytes

// The present epoch of a log, from the event that began it: LedgerCreated or LedgerRestored.
struct Epoch {
  std::string epoch;  // 10 bytes
  std::string origin;
  std::string checkpoint_public_key;  // 32 bytes
};
// Refuses as reading does, and with kUnusable when that event begins no epoch. The log is not
// empty.
Result<Epoch> EpochOf(const log::Log& log);

// All zero bytes while the log is empty. Refuses as EpochOf does.
Result<LedgerIdentity> IdentityOf(const log::Log& log);

// Why rows at this position are not of this ledger, for a person; null when they are.
// log::CheckExtends checks whether their history is the same too.
std::optional<std::string> Foreign(const StoredPosition& position, const LedgerIdentity& ledger);

}  // namespace latchkey::projections
