#include "api/call/positions.h"

#include <optional>
#include <utility>

#include "core/base/position.h"

namespace latchkey::api {

Result<std::uint64_t> ReadPosition(const LedgerView& ledger, std::string_view text,
                                   std::string place, Notes* notes) {
  const std::optional<Position> position = ParsePosition(text);
  if (!position)
    return Invalid(std::move(place),
                   "This is not a position. Use one from a Latchkey-Position header.");
  const bool ours = position->epoch == ledger.epoch;
  if (ours && position->sequence < ledger.log.size()) return position->sequence;
  if (ours) notes->possible_rollback = true;
  return Refuse(
      ErrorCode::kPositionUnknown,
      "This ledger has no such position: it belongs to another epoch or is beyond the end.");
}

}  // namespace latchkey::api
