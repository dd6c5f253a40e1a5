// How a command ended.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/error.h"
#include "core/domain/decision.h"

namespace latchkey {

// The result of a command. `sequence` is the last event of the ledger that the answer
// depends on: of the command's own events, or the head when it made none.
struct Outcome {
  Result<domain::Answer> answer;
  std::uint64_t sequence = 0;
  std::optional<std::uint64_t> first_event{};  // of the command's own events, when it made any
  bool replayed = false;  // an idempotent repeat: `sequence` is that of the first run
};

}  // namespace latchkey
