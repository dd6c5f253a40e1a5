#include "core/log/intact_prefix.h"

#include <cstdint>
#include <string>
#include <utility>

#include <rocksdb/iterator.h>

#include "core/base/limits.h"
#include "core/log/layout.h"
#include "core/log/tree.h"

namespace latchkey::log {
namespace {

// Whether `tile`, of level 0, says the same of its entry at `index`. An empty one says nothing.
bool Agrees(std::string_view tile, std::size_t index, std::string_view leaf_hash) {
  if (tile.size() != kTileWidth * kHashBytes) return true;
  return tile.substr(index * kHashBytes, kHashBytes) == leaf_hash;
}

}  // namespace

Result<IntactPrefix> IntactPrefix::Open(const std::filesystem::path& directory,
                                        const rocks::Resources& resources) {
  const Result<bool> exists = rocks::Exists(directory, resources.env, kWhat);
  if (!exists) return exists.error();
  if (!*exists) return Refuse(ErrorCode::kUnusable, "there is no ledger");
  Result<WriterLock> lock = KeepWritersOut(directory, resources.env);
  if (!lock) return lock.error();
  auto db = rocks::Database::Open(directory,
                                  LogOptions(resources, rocks::Mode::kReadOnly, Tail::kUpToDamage),
                                  Families(resources), rocks::Mode::kReadOnly, kWhat);
  if (!db) return db.error();
  return IntactPrefix(*std::move(lock), *std::move(db));
}

Status IntactPrefix::Visit(const std::function<Status(std::string_view entry)>& visit) const {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.readahead_size = kReadAheadBytes;
  const std::unique_ptr<rocksdb::Iterator> it((*db_)->NewIterator(options, db_->family(kEntries)));
  std::string tile;
  std::uint64_t sequence = 0;
  for (it->SeekToFirst(); it->Valid() && it->key() == EntryKey(sequence); it->Next(), ++sequence) {
    const std::string_view entry = it->value().ToStringView();
    if (entry.empty() || entry.size() > ledger_limits::kMaxEntryBytes) break;
    const std::size_t index = sequence % kTileWidth;
    if (index == 0) {
      tile = Get(*db_, kTiles, TileKey(0, sequence / kTileWidth)).value_or(std::string());
    }
    if (!Agrees(tile, index, LeafHash(entry))) break;
    if (Status visited = visit(entry); !visited) return visited;
  }
  it->status().PermitUncheckedError();  // damage ends the prefix as the end of the log does
  return {};
}

}  // namespace latchkey::log
