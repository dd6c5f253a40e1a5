#include "core/log/tree.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "core/crypto/hash.h"

namespace latchkey::log {
namespace {

constexpr std::string_view kLeafPrefix{"\x00", 1};
constexpr std::string_view kNodePrefix{"\x01", 1};

static_assert(kHashBytes == crypto::kSha256Bytes);

template <typename Hash>
std::string_view View(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

}  // namespace

std::string LeafHash(std::string_view entry) { return crypto::Sha256({kLeafPrefix, entry}); }

std::string NodeHash(std::string_view left, std::string_view right) {
  return crypto::Sha256({kNodePrefix, left, right});
}

std::string EmptyRoot() { return crypto::Sha256(std::string_view()); }

std::string PerfectRoot(std::string_view hashes) {
  std::string level(hashes);
  for (std::size_t count = hashes.size() / kHashBytes; count > 1; count /= 2) {
    for (std::size_t i = 0; i < count / 2; ++i) {
      unsigned char parent[kHashBytes];
      const std::string_view children(level.data() + 2 * i * kHashBytes, 2 * kHashBytes);
      crypto::Sha256To({kNodePrefix, children}, parent);
      std::copy_n(parent, kHashBytes, level.begin() + static_cast<std::ptrdiff_t>(i * kHashBytes));
    }
  }
  level.resize(kHashBytes);
  return level;
}

std::uint64_t TileHashes(std::uint64_t size, std::uint32_t level, std::uint64_t index) {
  if (level >= kTileLevels) return 0;
  const std::uint64_t hashes = size >> (kTileHeight * level);
  const std::uint64_t full = hashes / kTileWidth;
  if (index > full) return 0;
  return index < full ? kTileWidth : hashes % kTileWidth;
}

std::string Tree::Root() const {
  if (size_ == 0) return EmptyRoot();
  std::size_t height = static_cast<std::size_t>(std::countr_zero(size_));
  Hash root = peaks_[height];
  for (++height; height < peaks_.size(); ++height) {
    if ((size_ >> height & 1) == 0) continue;
    Hash joined;
    crypto::Sha256To({kNodePrefix, View(peaks_[height]), View(root)}, joined.data());
    root = joined;
  }
  return std::string(View(root));
}

std::string_view Tree::PartialTile(std::uint32_t level) const {
  return level < edge_.size() ? std::string_view(edge_[level]) : std::string_view();
}

void Tree::Add(std::string_view leaf_hash, std::vector<FullTile>* full) {
  Hash hash;
  std::copy_n(leaf_hash.data(), kHashBytes, reinterpret_cast<char*>(hash.data()));
  // As in binary counting: the new subtree is joined with the peak of its height until it reaches a
  // height without one. At every eighth height its root is a hash of a tile.
  for (std::uint32_t height = 0;; ++height) {
    if (height % kTileHeight == 0) {
      const std::uint32_t level = height / kTileHeight;
      if (edge_.size() <= level) edge_.resize(level + 1);
      std::string& edge = edge_[level];
      edge += View(hash);
      if (edge.size() == kTileWidth * kHashBytes) {
        full->push_back({level, size_ >> (height + kTileHeight), std::exchange(edge, {})});
      }
    }
    if ((size_ >> height & 1) == 0) {
      if (peaks_.size() <= height) peaks_.resize(height + 1);
      peaks_[height] = hash;
      break;
    }
    Hash joined;
    crypto::Sha256To({kNodePrefix, View(peaks_[height]), View(hash)}, joined.data());
    hash = joined;
  }
  ++size_;
}

Result<Tree> Tree::Load(
    std::uint64_t size,
    const std::function<Result<std::string>(std::uint32_t level, std::uint64_t index)>& tile,
    const std::function<Result<std::string>(std::uint64_t sequence)>& leaf) {
  Tree tree;
  tree.size_ = size;
  tree.peaks_.resize(std::bit_width(size));
  for (std::uint32_t level = 0; size >> (kTileHeight * level) != 0; ++level) {
    const std::uint64_t end = size >> (kTileHeight * level);
    std::string& edge = tree.edge_.emplace_back();
    for (std::uint64_t i = end - end % kTileWidth; i < end; ++i) {
      Result<std::string> hash = level == 0 ? leaf(i) : tile(level - 1, i);
      if (!hash) return hash.error();
      edge += level == 0 ? *hash : PerfectRoot(*hash);
    }
    // The peaks of this level's eight heights, highest first, in the order of its partial tile.
    std::size_t from = 0;
    for (std::uint32_t bit = kTileHeight; bit-- > 0;) {
      if ((end >> bit & 1) == 0) continue;
      const std::size_t bytes = kHashBytes << bit;
      const std::string peak = PerfectRoot(std::string_view(edge).substr(from, bytes));
      std::copy_n(peak.data(), kHashBytes,
                  reinterpret_cast<char*>(tree.peaks_[level * kTileHeight + bit].data()));
      from += bytes;
    }
    if (level == kTileLevels - 1) break;
  }
  return tree;
}

}  // namespace latchkey::log
