// Checkpoints (C2SP tlog-checkpoint@v1.0.0): a log's statement about itself, as a signed note. Ours
// have three lines (origin, size, root in base64) and no extension lines. Thread-safe: free
// functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/log/log.h"

namespace latchkey::log {

struct Checkpoint {
  std::string origin;
  Head head;
};

// The text to be signed.
std::string CheckpointText(const Checkpoint& checkpoint);
// The size of a tree, or the number of an entry, as C2SP writes it: decimal digits without a
// leading zero. Null for any other text.
std::optional<std::uint64_t> ParseTreeSize(std::string_view digits);
// Extension lines are allowed and ignored. Returns kUnusable for any other text.
Result<Checkpoint> ParseCheckpoint(std::string_view text);

}  // namespace latchkey::log
