// The layout of the log's RocksDB, as in docs/log_format.md. Internal to
// core/log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/log/log.h"
#include "core/log/tail.h"
#include "core/log/tree.h"
#include "core/rocks/rocks.h"

namespace latchkey::log {

// The column families, by their place in Families().
inline constexpr std::size_t kEntries = 0;
inline constexpr std::size_t kTiles = 1;
inline constexpr std::size_t kMeta = 2;

// Rows of `meta`.
inline constexpr std::string_view kHeadKey = "head";    // EncodeHead
inline constexpr std::string_view kFirstKey = "first";  // a copy of entry 0
// Present once head and checkpoint are kept beside the log, so that their absence means a loss.
inline constexpr std::string_view kEvidenceKey = "evidence";
// In a restored log: the sequence, 8 bytes big-endian, of the entry that began the present epoch.
inline constexpr std::string_view kEpochKey = "epoch";
// Present in a copy of a log, which is read-only.
inline constexpr std::string_view kCopyKey = "copy";

// The name of the log in error messages.
inline constexpr std::string_view kWhat = "the ledger";

// Read ahead where all entries are read in order.
inline constexpr std::size_t kReadAheadBytes = 1u << 20;

std::string EntryKey(std::uint64_t sequence);  // 8 bytes, big-endian
std::optional<std::uint64_t> ParseEntryKey(std::string_view key);
std::string TileKey(std::uint32_t level, std::uint64_t index);  // 1 byte, 8 bytes big-endian
std::string EncodeHead(const Head& head);                       // size big-endian ‖ root
std::optional<Head> ParseHead(std::string_view value);

rocksdb::DBOptions LogOptions(const rocks::Resources& resources, rocks::Mode mode,
                              Tail tail = Tail::kMayBeTorn);
std::vector<rocksdb::ColumnFamilyDescriptor> Families(const rocks::Resources& resources);

// One row; kUnusable when it does not exist.
Result<std::string> Get(const rocks::Database& db, std::size_t family, std::string_view key);
// The stored head, or that of an empty log if there is none yet.
Result<Head> ReadHead(const rocks::Database& db);

}  // namespace latchkey::log
