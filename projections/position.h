// Where a projection stands, and of which history: written with its rows, checked when they are
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

// The root is that of the head, not that of `size`: the log tells its root only at its end, and a
// replay is mostly elsewhere. A ledger with this root at the head's size has the same entries
// before it, so its first `size` entries, none of them beyond the head, are those that made the
// rows.
struct StoredPosition {
  LedgerIdentity ledger;
  std::uint64_t size = 0;  // events applied
  log::Head head;          // of the log when this was written
  // Field numbers of the facts among those events, so that a binary that does not know one of them
  // is told, wherever it lies. A position written before this was noted has none of the facts up to
  // there, all of which every later version knows.
  std::set<std::uint32_t> facts{};

  bool operator==(const StoredPosition&) const = default;
};

std::string Encode(const StoredPosition& position);
std::optional<StoredPosition> DecodePosition(std::string_view bytes);  // nothing for other bytes

// From event 0; all zero bytes while the log is empty. Refuses as reading does.
Result<LedgerIdentity> IdentityOf(const log::Log& log);

// Why rows at this position are not of this ledger, for a person; null when they are. Whether they
// are of its history too, log::CheckExtends says.
std::optional<std::string> Foreign(const StoredPosition& position, const LedgerIdentity& ledger);

}  // namespace latchkey::projections
