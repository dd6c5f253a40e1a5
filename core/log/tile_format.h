// How a log is read from outside (C2SP tlog-tiles): where its tiles are under its URL, and what a
// bundle of entries looks like. Thread-safe: free functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/log/tree.h"

namespace latchkey::log {

struct TileName {
  std::optional<std::uint32_t> level;  // of hashes; null: the entries themselves
  std::uint64_t index = 0;
  std::uint64_t width = kTileWidth;  // 1 to kTileWidth; less than that: a partial tile
};

// "tile/0/x001/x234/067", "tile/entries/000.p/5": below the URL of the log.
std::string TilePath(const TileName& name);
// Null for any other text, and for a name that is not written in that one way.
std::optional<TileName> ParseTilePath(std::string_view path);

// The tile at the right edge of a tree of `size` leaves that holds leaf or hash `at` of a level, as
// wide as it is there; of entries when `level` is null. Precondition: the tree has it.
TileName TileOf(std::uint64_t size, std::optional<std::uint32_t> level, std::uint64_t at);

// Appends one entry to a bundle: its length in two bytes, big-endian, and its bytes.
void AppendToBundle(std::string_view entry, std::string* bundle);
// The entries of a bundle, which outlives them; null for anything else.
std::optional<std::vector<std::string_view>> ParseBundle(std::string_view bundle);

}  // namespace latchkey::log
