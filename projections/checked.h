// The result of checking projections on disk.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace latchkey::projections {

struct Checked {
  std::uint64_t size = 0;    // how many events are in all of them
  std::uint64_t behind = 0;  // how many more events the ledger has
  // Messages: projections that are missing, damaged or of another ledger, or rows that do not
  // follow from these events. Empty: no problem.
  std::vector<std::string> problems{};
};

}  // namespace latchkey::projections
