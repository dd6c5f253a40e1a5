#include "core/log/log.h"

#include "core/base/check.h"
#include "core/base/limits.h"

namespace latchkey::log {

void RequireAppendable(std::span<const std::string> entries) {
  Check(!entries.empty(), "an append has at least one entry");
  for (const std::string& entry : entries) {
    Check(!entry.empty() && entry.size() <= ledger_limits::kMaxEntryBytes,
          "an entry has 1 to 65,535 bytes");
  }
}

Error BeyondEnd(std::uint64_t sequence, std::uint64_t size) {
  return Refuse(ErrorCode::kPositionUnknown, "position " + std::to_string(sequence) +
                                                 " is beyond the ledger, which holds " +
                                                 std::to_string(size) + " events");
}

Error NoSuchTile(std::uint32_t level, std::uint64_t index) {
  return Refuse(ErrorCode::kPositionUnknown, "tile " + std::to_string(level) + "/" +
                                                 std::to_string(index) + " has no hashes yet");
}

}  // namespace latchkey::log
