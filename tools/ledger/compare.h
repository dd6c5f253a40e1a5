// Compares the histories of two ledgers, event by event: the stored bytes count, not only the roots
// of the trees, which may not show that bytes were damaged.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>

#include "core/base/error.h"
#include "core/log/log.h"

namespace latchkey::tools {

struct Comparison {
  log::Head a;
  log::Head b;
  // The first sequence at which the two have different events, or only one of them has an event.
  // Null: the histories are alike.
  std::optional<std::uint64_t> differs_at{};

  bool alike() const { return !differs_at; }
  // Whether the longer history begins with all events of the shorter one.
  bool extends() const { return differs_at == std::min(a.size, b.size); }
};

// Reads both logs as they are now; they may go on growing. Memory is bounded, and nothing is read
// beyond the first difference. Refuses with kUnusable when an event cannot be read, or is not the
// one in its ledger's own tree: the detail says which ledger is damaged.
Result<Comparison> CompareHistories(
    const log::Log& a, const log::Log& b,
    const std::function<void(std::uint64_t done, std::uint64_t total)>& progress = {});

}  // namespace latchkey::tools
