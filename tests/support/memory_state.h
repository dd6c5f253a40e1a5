// The state of the domain in memory.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/domain/state.h"

namespace latchkey::testing {

// One thread.
class MemoryState final : public domain::StateReader {
 public:
  std::optional<std::string> Get(std::string_view key) const override;
  void Write(const std::vector<domain::Change>& changes);
  const std::map<std::string, std::string, std::less<>>& rows() const { return rows_; }

 private:
  std::map<std::string, std::string, std::less<>> rows_;
};

}  // namespace latchkey::testing
