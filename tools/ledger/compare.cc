#include "tools/ledger/compare.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/log/tree.h"

namespace latchkey::tools {
namespace {

// Events whose hashes are in memory at a time.
constexpr std::uint64_t kStretch = 4'096;

// A log, and what messages call it.
struct Side {
  const log::Log& log;
  std::string_view name;
};

Error Damaged(const Side& side, std::uint64_t sequence, std::string_view what) {
  return Refuse(ErrorCode::kUnusable,
                fmt::format("{} ledger is damaged at event {}: {}. latchkey verify names all that "
                            "is wrong with it",
                            side.name, sequence, what));
}

// Leaf hashes of the events in [from, until).
Result<std::vector<std::string>> LeavesOf(const Side& side, std::uint64_t from,
                                          std::uint64_t until) {
  std::vector<std::string> leaves;
  leaves.reserve(until - from);
  const Status scanned = side.log.Scan(from, until, [&](std::uint64_t, std::string_view entry) {
    leaves.push_back(log::LeafHash(entry));
    return true;
  });
  if (scanned) return leaves;
  return Damaged(side, from + leaves.size(), scanned.error().detail);
}

// Whether the event is the one in its ledger's tree. The opening of a log has checked the events
// behind the last full tile.
Status CheckInTree(const Side& side, std::uint64_t sequence, std::string_view leaf) {
  const auto tile = side.log.Tile(0, sequence / log::kTileWidth);
  if (!tile && tile.error().code == ErrorCode::kPositionUnknown) return {};
  if (!tile) return Damaged(side, sequence, tile.error().detail);
  const std::size_t at = sequence % log::kTileWidth * log::kHashBytes;
  if (tile->compare(at, log::kHashBytes, leaf) == 0) return {};
  return Damaged(side, sequence, "it is not the event in the tree");
}

// The first difference among the first `common` events.
Result<std::optional<std::uint64_t>> FirstDifference(
    const Side& a, const Side& b, std::uint64_t common,
    const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  for (std::uint64_t from = 0; from < common;) {
    const std::uint64_t until = std::min(from + kStretch, common);
    const auto ours = LeavesOf(a, from, until);
    if (!ours) return ours.error();
    const auto theirs = LeavesOf(b, from, until);
    if (!theirs) return theirs.error();
    const auto [one, other] = std::mismatch(ours->begin(), ours->end(), theirs->begin());
    if (one != ours->end()) {
      const std::uint64_t at = from + static_cast<std::uint64_t>(one - ours->begin());
      const Status sound =
          CheckInTree(a, at, *one).and_then([&] { return CheckInTree(b, at, *other); });
      if (!sound) return sound.error();
      return std::optional(at);
    }
    from = until;
    if (progress) progress(from, common);
  }
  return std::optional<std::uint64_t>();
}

}  // namespace

Result<Comparison> CompareHistories(
    const log::Log& a, const log::Log& b,
    const std::function<void(std::uint64_t done, std::uint64_t total)>& progress) {
  Comparison found{a.head(), b.head()};
  const std::uint64_t common = std::min(found.a.size, found.b.size);
  const auto difference = FirstDifference({a, "The first"}, {b, "The second"}, common, progress);
  if (!difference) return difference.error();
  found.differs_at = *difference;
  if (!found.alike()) return found;
  if (found.a.size != found.b.size) {
    found.differs_at = common;
  } else if (found.a.root != found.b.root) {
    return Refuse(ErrorCode::kUnusable,
                  "One of the two ledgers is damaged: their events are alike, and the roots of "
                  "their trees are not. latchkey verify says which");
  }
  return found;
}

}  // namespace latchkey::tools
