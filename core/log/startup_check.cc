#include "core/log/startup_check.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <rocksdb/iterator.h>
#include <rocksdb/metadata.h>

#include "core/log/layout.h"

namespace latchkey::log {
namespace {

Error Damaged(const std::string& what) {
  return Refuse(ErrorCode::kUnusable,
                "the ledger is damaged: " + what + "; restore it from a backup or a replica");
}

Error Missing(std::uint64_t sequence) {
  return Damaged("event " + std::to_string(sequence) + " is missing");
}

// The number of entries in tables. Appends come in key order, so each table covers a range of its
// own and the ranges follow one another.
Result<std::uint64_t> FlushedSize(const rocks::Database& db) {
  rocksdb::ColumnFamilyMetaData family;
  db->GetColumnFamilyMetaData(db.family(kEntries), &family);
  std::vector<std::pair<std::string, std::string>> ranges;
  for (const rocksdb::LevelMetaData& level : family.levels) {
    for (const rocksdb::SstFileMetaData& table : level.files) {
      ranges.emplace_back(table.smallestkey, table.largestkey);
    }
  }
  std::sort(ranges.begin(), ranges.end());
  std::uint64_t flushed = 0;
  for (const auto& [first, last] : ranges) {
    const std::optional<std::uint64_t> largest = ParseEntryKey(last);
    if (first != EntryKey(flushed) || !largest) return Missing(flushed);
    flushed = *largest + 1;
  }
  return flushed;
}

Result<Tree> LoadTree(const rocks::Database& db, std::uint64_t size) {
  return Tree::Load(
      size,
      [&](std::uint32_t level, std::uint64_t index) -> Result<std::string> {
        Result<std::string> tile = Get(db, kTiles, TileKey(level, index));
        if (tile && tile->size() != kTileWidth * kHashBytes) return Damaged("a tile is malformed");
        return tile;
      },
      [&](std::uint64_t sequence) -> Result<std::string> {
        Result<std::string> entry = Get(db, kEntries, EntryKey(sequence));
        if (!entry) return entry;
        return LeafHash(*entry);
      });
}

// Adds the entries after `tree` to it, which must reach `size` exactly.
Status AddTail(const rocks::Database& db, std::uint64_t size, Tree* tree) {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(options, db.family(kEntries)));
  std::vector<FullTile> full;
  for (it->Seek(EntryKey(tree->size())); it->Valid(); it->Next()) {
    if (tree->size() == size) return Damaged("there are events beyond the head");
    if (it->key() != EntryKey(tree->size())) return Missing(tree->size());
    tree->Add(LeafHash(it->value().ToStringView()), &full);
    for (const FullTile& tile : full) {
      const Result<std::string> stored = Get(db, kTiles, TileKey(tile.level, tile.index));
      if (!stored) return stored.error();
      if (*stored != tile.hashes) return Damaged("a tile does not fit its events");
    }
    full.clear();
  }
  if (!it->status().ok()) return rocks::FromRocks(it->status(), kWhat);
  if (tree->size() != size) return Missing(tree->size());
  return {};
}

Status CheckFirst(const rocks::Database& db) {
  const Result<std::string> first = Get(db, kEntries, EntryKey(0));
  if (!first) return first.error();
  const Result<std::string> copy = Get(db, kMeta, kFirstKey);
  if (!copy) return copy.error();
  if (*first != *copy) return Damaged("event 0 differs from its copy");
  return {};
}

}  // namespace

Result<Tree> CheckAtStart(const rocks::Database& db) {
  const Result<Head> head = ReadHead(db);
  if (!head) return head.error();
  const Result<std::uint64_t> flushed = FlushedSize(db);
  if (!flushed) return flushed.error();
  if (*flushed > head->size) return Damaged("there are events beyond the head");
  Result<Tree> tree = LoadTree(db, *flushed);
  if (!tree) return tree;
  if (const Status tail = AddTail(db, head->size, &*tree); !tail) return tail.error();
  if (tree->Root() != head->root) return Damaged("its events do not give the stored root");
  if (head->size > 0) {
    if (const Status first = CheckFirst(db); !first) return first.error();
  }
  return tree;
}

}  // namespace latchkey::log
