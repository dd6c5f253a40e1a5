#include "tests/support/memory_state.h"

namespace latchkey::testing {

std::optional<std::string> MemoryState::Get(std::string_view key) const {
  const auto found = rows_.find(key);
  if (found == rows_.end()) return std::nullopt;
  return found->second;
}

void MemoryState::Write(const std::vector<domain::Change>& changes) {
  for (const domain::Change& change : changes) {
    if (change.value) {
      rows_.insert_or_assign(change.key, *change.value);
    } else {
      rows_.erase(change.key);
    }
  }
}

}  // namespace latchkey::testing
