#include "core/log/sighting.h"

#include "core/log/proof.h"

namespace latchkey::log {

Status CheckExtends(const Log& log, const Sighting& seen) {
  const std::uint64_t size = log.size();
  if (size < seen.head.size) {
    return Refuse(ErrorCode::kUnusable, "The ledger has lost its end: event " +
                                            std::to_string(size) + " is missing, and " + seen.by +
                                            " has seen " + std::to_string(seen.head.size) +
                                            " events. Nothing was changed: put back " +
                                            seen.bring_back + ", or restore a backup");
  }
  const Result<std::string> root = RootAt(log, seen.head.size);
  // A damaged block is reported when it is read. It does not prevent a start: the ledger's length
  // is right.
  if (!root && root.error().code == ErrorCode::kUnusable) return {};
  if (!root) return root.error();
  if (*root == seen.head.root) return {};
  return Refuse(ErrorCode::kUnusable,
                "This is not the ledger that " + seen.by + " has seen: its first " +
                    std::to_string(seen.head.size) +
                    " events are others. Nothing was changed: put back the ledger/ that belongs "
                    "here, or restore a backup");
}

}  // namespace latchkey::log
