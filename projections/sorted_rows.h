// Changed rows in the order of their keys, which is how RocksDB takes them fastest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/domain/state.h"

namespace latchkey::projections {

// A changed row whose bytes are elsewhere.
class RowChange {
 public:
  // `number`: of changes of one key, that with the highest is the last.
  RowChange(std::string_view key, std::optional<std::string_view> value, std::uint32_t number);

  std::string_view key() const { return key_; }
  // Null: the row is deleted.
  std::optional<std::string_view> value() const {
    if (value_ == nullptr) return std::nullopt;
    return std::string_view(value_, value_bytes_);
  }
  // By key, and of the same key the last change first.
  bool operator<(const RowChange& other) const;

 private:
  // The first bytes of the key as numbers: they decide most comparisons without reading keys that
  // are scattered over memory.
  std::uint64_t front_[2];
  std::string_view key_;
  const char* value_;
  std::uint32_t value_bytes_;
  std::uint32_t number_;
};

// Sorts the changes, and keeps the last one of each key. Fast where they are in order already.
void Sort(std::vector<RowChange>* changes);
// Points into `rows`.
std::vector<RowChange> InKeyOrder(const domain::Rows& rows);

}  // namespace latchkey::projections
