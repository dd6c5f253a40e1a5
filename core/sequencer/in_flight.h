// The state on which the next command is decided: the rows of decided batches that the projections
// do not show yet, on top of the projections.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/domain/state.h"

namespace latchkey {

// One thread at a time; the rows themselves are read by others.
class InFlight final : public domain::StateReader {
 public:
  // `shown` outlives it and may change as batches are shown.
  explicit InFlight(const domain::StateReader& shown) : shown_(shown) {}

  // Adds the rows of a batch that ends before `end`.
  void Add(std::uint64_t end, std::shared_ptr<const domain::Rows> rows) {
    batches_.emplace_back(end, std::move(rows));
  }
  // Events before `head` are shown.
  void DropShown(std::uint64_t head) {
    while (!batches_.empty() && batches_.front().first <= head) batches_.pop_front();
  }

  std::optional<std::string> Get(std::string_view key) const override {
    for (auto batch = batches_.rbegin(); batch != batches_.rend(); ++batch) {
      const auto found = batch->second->find(key);
      if (found != batch->second->end()) return found->second;
    }
    return shown_.Get(key);
  }

 private:
  const domain::StateReader& shown_;
  std::deque<std::pair<std::uint64_t, std::shared_ptr<const domain::Rows>>> batches_;
};

}  // namespace latchkey
