#include "core/log/sighting.h"

#include "core/log/tree.h"

namespace latchkey::log {

Result<std::string> RootAt(const Log& log, std::uint64_t size) {
  const Head head = log.head();
  if (head.size == size) return head.root;
  if (head.size < size) return BeyondEnd(size - 1, head.size);
  const Result<Tree> tree = Tree::Load(
      size, [&](std::uint32_t level, std::uint64_t index) { return log.Tile(level, index); },
      [&](std::uint64_t sequence) -> Result<std::string> {
        const Result<std::string> entry = log.Read(sequence);
        if (!entry) return entry;
        return LeafHash(*entry);
      });
  if (!tree) return tree.error();
  return tree->Root();
}

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
