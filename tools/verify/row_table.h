// Rows by their keys in memory: a flat table of places, and the rows one after the other. A look-up
// touches two places of memory, and a row costs no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace latchkey::tools {

// One thread.
class RowTable {
 public:
  struct Row {
    std::string_view key;
    std::optional<std::string_view> value;  // null: the row is deleted
    bool stored = false;                    // as it is on disk
  };

  // Null when nothing is known of the row. The bytes live until the table changes.
  std::optional<Row> Find(std::string_view key) const;
  // `row.key` and its value are copied.
  void Put(const Row& row);

  std::size_t size() const { return rows_; }
  // What it takes of memory, but for what is still free of the last block.
  std::size_t bytes() const { return used_ + slots_.size() * sizeof(Slot); }
  // All rows, in no order.
  std::vector<Row> All() const;
  void Clear();

 private:
  struct Record;
  // Where the record of a key is, in words from the first block on, and bits of the key's hash.
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t place = 0;  // 0: empty
  };

  Record* At(std::uint32_t place) const;
  std::size_t SlotOf(std::string_view key, std::uint32_t hash) const;
  std::uint32_t NewRecord(std::string_view key, std::size_t value_room);
  void Grow();

  std::vector<Slot> slots_;  // a power of two of them
  std::size_t rows_ = 0;
  std::vector<std::unique_ptr<char[]>> memory_;
  std::vector<char*> blocks_;  // a long row has several, which are one piece of memory
  std::size_t next_ = 0;       // the first free byte of the last block
  std::size_t used_ = 0;
};

}  // namespace latchkey::tools
