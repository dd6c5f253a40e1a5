#include "tools/verify/row_table.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>

#include "core/base/check.h"

namespace latchkey::tools {
namespace {

constexpr std::size_t kWord = 8;  // records are aligned to it
constexpr std::size_t kBlockBytes = 1u << 20;
constexpr std::size_t kFirstSlots = 1u << 10;
constexpr std::uint32_t kDeletedValue = UINT32_MAX;  // no value is so long
// A value may grow by an eighth in its place: those of gateways do, a little with most events.
constexpr std::size_t kSpareShare = 8;

std::uint32_t HashOf(std::string_view key) {
  // The upper half: the lower one of the library's hash is as good.
  return static_cast<std::uint32_t>(std::hash<std::string_view>()(key) >> 32);
}

}  // namespace

// Followed by the key and the value.
struct RowTable::Record {
  std::uint32_t key_bytes;
  std::uint32_t value_bytes;
  std::uint32_t value_room;
  bool stored;

  char* key_at() { return reinterpret_cast<char*>(this) + sizeof(Record); }
  char* value_at() { return key_at() + key_bytes; }
  std::string_view key() { return {key_at(), key_bytes}; }
  Row AsRow() {
    Row row{key(), std::nullopt, stored};
    if (value_bytes != kDeletedValue) row.value = std::string_view(value_at(), value_bytes);
    return row;
  }
};

RowTable::Record* RowTable::At(std::uint32_t place) const {
  constexpr std::size_t kBlockWords = kBlockBytes / kWord;
  return reinterpret_cast<Record*>(blocks_[place / kBlockWords] + place % kBlockWords * kWord);
}

// That of the key, or the empty one where it belongs.
std::size_t RowTable::SlotOf(std::string_view key, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.place == 0 || (slot.hash == hash && At(slot.place)->key() == key)) return at;
  }
}

std::optional<RowTable::Row> RowTable::Find(std::string_view key) const {
  if (slots_.empty()) return std::nullopt;
  const Slot& slot = slots_[SlotOf(key, HashOf(key))];
  if (slot.place == 0) return std::nullopt;
  return At(slot.place)->AsRow();
}

std::uint32_t RowTable::NewRecord(std::string_view key, std::size_t value_room) {
  const std::size_t needed = (sizeof(Record) + key.size() + value_room + kWord - 1) / kWord * kWord;
  if (blocks_.empty() || next_ + needed > kBlockBytes) {
    // Place 0 says that a slot is empty.
    next_ = blocks_.empty() ? kWord : 0;
    const std::size_t blocks = (next_ + needed + kBlockBytes - 1) / kBlockBytes;
    memory_.push_back(std::make_unique_for_overwrite<char[]>(blocks * kBlockBytes));
    for (std::size_t i = 0; i < blocks; ++i) {
      blocks_.push_back(memory_.back().get() + i * kBlockBytes);
    }
    if (blocks > 1) {
      const std::size_t first = blocks_.size() - blocks;
      const std::size_t place = first * (kBlockBytes / kWord) + next_ / kWord;
      next_ = kBlockBytes;  // nothing follows a long row in its blocks
      used_ += blocks * kBlockBytes;
      return static_cast<std::uint32_t>(place);
    }
  }
  const std::size_t place = (blocks_.size() - 1) * (kBlockBytes / kWord) + next_ / kWord;
  Check(place <= std::numeric_limits<std::uint32_t>::max(), "rows in memory have an end");
  next_ += needed;
  used_ += needed;
  return static_cast<std::uint32_t>(place);
}

void RowTable::Grow() {
  std::vector<Slot> before(std::max(kFirstSlots, slots_.size() * 2));
  before.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : before) {
    if (slot.place == 0) continue;
    std::size_t at = slot.hash & mask;
    while (slots_[at].place != 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

void RowTable::Put(const Row& row) {
  if (rows_ * 4 >= slots_.size() * 3) Grow();
  const std::uint32_t hash = HashOf(row.key);
  Slot& slot = slots_[SlotOf(row.key, hash)];
  const std::size_t size = row.value ? row.value->size() : 0;
  if (slot.place == 0) ++rows_;
  if (slot.place == 0 || At(slot.place)->value_room < size) {
    const bool first = slot.place == 0;
    const std::size_t room = first ? size : size + size / kSpareShare;
    slot = {hash, NewRecord(row.key, room)};
    Record* made = At(slot.place);
    made->key_bytes = static_cast<std::uint32_t>(row.key.size());
    made->value_room = static_cast<std::uint32_t>(room);
    row.key.copy(made->key_at(), row.key.size());
  }
  Record* record = At(slot.place);
  record->value_bytes = row.value ? static_cast<std::uint32_t>(size) : kDeletedValue;
  record->stored = row.stored;
  if (row.value) row.value->copy(record->value_at(), size);
}

std::vector<RowTable::Row> RowTable::All() const {
  std::vector<Row> all;
  all.reserve(rows_);
  for (const Slot& slot : slots_) {
    if (slot.place != 0) all.push_back(At(slot.place)->AsRow());
  }
  return all;
}

void RowTable::Clear() { *this = RowTable(); }

}  // namespace latchkey::tools
