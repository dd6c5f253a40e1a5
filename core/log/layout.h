// Where what lies in the log's RocksDB; docs/log_format.md is the page about it. Internal to
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
// There once head and checkpoint are kept beside the log, so that their absence is a loss.
inline constexpr std::string_view kEvidenceKey = "evidence";

// How the log is called in the words of an error.
inline constexpr std::string_view kWhat = "the ledger";

std::string EntryKey(std::uint64_t sequence);  // 8 bytes, big-endian
std::optional<std::uint64_t> ParseEntryKey(std::string_view key);
std::string TileKey(std::uint32_t level, std::uint64_t index);  // 1 byte, 8 bytes big-endian
std::string EncodeHead(const Head& head);                       // size big-endian ‖ root
std::optional<Head> ParseHead(std::string_view value);

rocksdb::DBOptions LogOptions(const rocks::Resources& resources, rocks::Mode mode,
                              Tail tail = Tail::kMayBeTorn);
std::vector<rocksdb::ColumnFamilyDescriptor> Families(const rocks::Resources& resources);

// One row: kUnusable when it is not there.
Result<std::string> Get(const rocks::Database& db, std::size_t family, std::string_view key);
// The head of an empty log when there is none yet.
Result<Head> ReadHead(const rocks::Database& db);

}  // namespace latchkey::log
