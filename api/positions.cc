#include "api/positions.h"

#include <optional>
#include <utility>

#include "api/metrics.h"
#include "core/base/position.h"

namespace latchkey::api {

Result<std::uint64_t> ReadPosition(const Exchange& x, std::string_view text, std::string place) {
  const std::optional<Position> position = ParsePosition(text);
  if (!position) return Invalid(std::move(place), "It is no position, see Latchkey-Position.");
  const bool ours = position->epoch == x.parts.epoch;
  if (ours && position->sequence < x.parts.log.size()) return position->sequence;
  if (ours) x.metrics.PossibleRollback();
  return Refuse(ErrorCode::kPositionUnknown,
                "This ledger has no such position: it is of another epoch, or beyond its end.");
}

}  // namespace latchkey::api
