// The RFC 6962 §2.1 Merkle tree over the entries, extended entry by entry: it holds only the right
// edge and returns each tile (C2SP tlog-tiles, height 8: 256 hashes of 32 bytes) as it becomes
// full.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace latchkey::log {

inline constexpr std::size_t kHashBytes = 32;
inline constexpr std::uint64_t kTileWidth = 256;
inline constexpr std::uint32_t kTileHeight = 8;  // 2^8 = kTileWidth
inline constexpr std::uint32_t kTileLevels = 8;  // 8 × 8 bits: enough for 2^64 leaves

std::string LeafHash(std::string_view entry);                         // SHA-256(0x00 ‖ entry)
std::string NodeHash(std::string_view left, std::string_view right);  // SHA-256(0x01 ‖ l ‖ r)
std::string EmptyRoot();                                              // SHA-256()
// The root of the perfect tree over a power of two of `hashes`, joined.
std::string PerfectRoot(std::string_view hashes);

// How many hashes a tree of `size` leaves has in this tile: kTileWidth when it is full, 0 when it
// has not begun.
std::uint64_t TileHashes(std::uint64_t size, std::uint32_t level, std::uint64_t index);

// A tile that has just become full.
struct FullTile {
  std::uint32_t level;
  std::uint64_t index;
  std::string hashes;  // 256 × 32 bytes
};

// One thread. Copyable, so that a failed append can keep the old tree.
class Tree {
 public:
  std::uint64_t size() const { return size_; }
  std::string Root() const;
  // The hashes so far of the tile that is being filled on this level; empty when none is.
  std::string_view PartialTile(std::uint32_t level) const;

  // Adds one leaf; tiles that it completes are appended to `*full`, lowest level first.
  void Add(std::string_view leaf_hash, std::vector<FullTile>* full);

  // The tree of `size` leaves from its tiles: `tile(level, index)` gives the full ones,
  // `leaf(sequence)` the hashes of the leaves after the last full tile. Refuses as they do.
  static Result<Tree> Load(
      std::uint64_t size,
      const std::function<Result<std::string>(std::uint32_t level, std::uint64_t index)>& tile,
      const std::function<Result<std::string>(std::uint64_t sequence)>& leaf);

 private:
  using Hash = std::array<unsigned char, kHashBytes>;

  std::uint64_t size_ = 0;
  std::vector<Hash> peaks_;  // [h]: root of the perfect subtree of 2^h leaves, if bit h of size_
  std::vector<std::string> edge_;  // [level]: the hashes of the level's partial tile, joined
};

}  // namespace latchkey::log
