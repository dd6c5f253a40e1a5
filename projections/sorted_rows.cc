#include "projections/sorted_rows.h"

#include <algorithm>
#include <cstring>

namespace latchkey::projections {

RowChange::RowChange(std::string_view key, std::optional<std::string_view> value,
                     std::uint32_t number)
    : front_{},
      key_(key),
      value_(value ? value->data() : nullptr),
      value_bytes_(value ? static_cast<std::uint32_t>(value->size()) : 0),
      number_(number) {
  unsigned char bytes[sizeof front_] = {};
  std::memcpy(bytes, key.data(), std::min(sizeof bytes, key.size()));
  for (std::size_t i = 0; i < sizeof bytes; ++i) {
    front_[i / 8] = front_[i / 8] << 8 | bytes[i];
  }
}

bool RowChange::operator<(const RowChange& other) const {
  if (front_[0] != other.front_[0]) return front_[0] < other.front_[0];
  if (front_[1] != other.front_[1]) return front_[1] < other.front_[1];
  if (const int order = key_.compare(other.key_); order != 0) return order < 0;
  return number_ > other.number_;
}

void Sort(std::vector<RowChange>* changes) {
  if (!std::is_sorted(changes->begin(), changes->end())) {
    std::sort(changes->begin(), changes->end());
  }
  const auto same = [](const RowChange& a, const RowChange& b) { return a.key() == b.key(); };
  changes->erase(std::unique(changes->begin(), changes->end(), same), changes->end());
}

std::vector<RowChange> InKeyOrder(const domain::Rows& rows) {
  std::vector<RowChange> changes;
  changes.reserve(rows.size());
  for (const auto& [key, value] : rows) {
    changes.emplace_back(key, value ? std::optional<std::string_view>(*value) : std::nullopt, 0);
  }
  std::sort(changes.begin(), changes.end());
  return changes;
}

}  // namespace latchkey::projections
