#include "core/log/proof.h"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "core/log/tree.h"

namespace latchkey::log {
namespace {

// The hashes of a log's tree, by ranges of entries. Each tile is read once. The first failure to
// read stays; what is returned from then on means nothing.
class Nodes {
 public:
  explicit Nodes(const Log& log) : log_(log) {}

  const Status& status() const { return status_; }

  // The root over [begin, end), where begin is a multiple of the power of two that is at least
  // end - begin: all ranges that the RFC's recursion meets.
  std::string RootOf(std::uint64_t begin, std::uint64_t end) {
    // Perfect subtrees from left to right, largest first; joined from the right.
    std::vector<std::string> perfect;
    for (std::uint64_t at = begin; at < end;) {
      const auto height = static_cast<std::uint32_t>(std::bit_width(end - at)) - 1;
      perfect.push_back(Perfect(height, at >> height));
      at += std::uint64_t{1} << height;
    }
    std::string root = std::move(perfect.back());
    for (perfect.pop_back(); !perfect.empty(); perfect.pop_back()) {
      root = NodeHash(perfect.back(), root);
    }
    return root;
  }

 private:
  // The root over the `index`-th 2^height entries.
  std::string Perfect(std::uint32_t height, std::uint64_t index) {
    const std::uint32_t level = height / kTileHeight;
    const std::uint32_t above = height % kTileHeight;
    std::string hashes;
    for (std::uint64_t i = index << above; i < (index + 1) << above; ++i) {
      hashes += HashOf(level, i);
    }
    return PerfectRoot(hashes);
  }

  // The i-th hash of a level of tiles.
  std::string HashOf(std::uint32_t level, std::uint64_t i) {
    const std::uint64_t index = i / kTileWidth;
    const std::size_t at = i % kTileWidth * kHashBytes;
    const std::string& tile = TileAt(level, index);
    if (tile.size() >= at + kHashBytes) return tile.substr(at, kHashBytes);
    if (status_) status_ = NoSuchTile(level, index);
    return std::string(kHashBytes, '\0');
  }

  // Empty when it cannot be read.
  const std::string& TileAt(std::uint32_t level, std::uint64_t index) {
    const auto [place, is_new] = tiles_.try_emplace({level, index});
    if (is_new) {
      Result<std::string> tile = log_.Tile(level, index);
      if (tile) {
        place->second = *std::move(tile);
      } else if (status_) {
        status_ = tile.error();
      }
    }
    return place->second;
  }

  const Log& log_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::string> tiles_;
  Status status_;
};

// The largest power of two below `count`, which is at least 2.
std::uint64_t Split(std::uint64_t count) { return std::bit_floor(count - 1); }

Result<Proof> Finished(const Nodes& nodes, Proof proof) {
  if (!nodes.status()) return nodes.status().error();
  std::reverse(proof.begin(), proof.end());  // the recursion goes from the root down
  return proof;
}

// Climbs from a node to the root: `at` and `last` number the node and the last one of its height.
class Climb {
 public:
  Climb(std::uint64_t at, std::uint64_t last) : at_(at), last_(last) {}

  bool AtTop() const { return last_ == 0; }
  // Whether the next hash of the proof is that of a left sibling. Goes up one height, or to the
  // next one where a node at the right edge has a sibling.
  bool Up() {
    const bool left = (at_ & 1) != 0 || at_ == last_;
    while (left && (at_ & 1) == 0 && at_ != 0) Halve();
    Halve();
    return left;
  }
  void Halve() {
    at_ >>= 1;
    last_ >>= 1;
  }
  std::uint64_t at() const { return at_; }

 private:
  std::uint64_t at_;
  std::uint64_t last_;
};

bool AreHashes(const Proof& proof) {
  return std::all_of(proof.begin(), proof.end(),
                     [](const std::string& hash) { return hash.size() == kHashBytes; });
}

}  // namespace

Result<std::string> RootAt(const Log& log, std::uint64_t size) {
  const Head head = log.head();
  if (head.size == size) return head.root;
  if (head.size < size) return BeyondEnd(size - 1, head.size);
  if (size == 0) return EmptyRoot();
  Nodes nodes(log);
  std::string root = nodes.RootOf(0, size);
  if (!nodes.status()) return nodes.status().error();
  return root;
}

Result<Proof> ProveInclusion(const Log& log, std::uint64_t sequence, std::uint64_t size) {
  if (const std::uint64_t all = log.size(); size > all) return BeyondEnd(size - 1, all);
  if (sequence >= size) return BeyondEnd(sequence, size);
  Nodes nodes(log);
  Proof proof;
  for (std::uint64_t begin = 0, end = size; end - begin > 1;) {
    const std::uint64_t middle = begin + Split(end - begin);
    if (sequence < middle) {
      proof.push_back(nodes.RootOf(middle, end));
      end = middle;
    } else {
      proof.push_back(nodes.RootOf(begin, middle));
      begin = middle;
    }
  }
  return Finished(nodes, std::move(proof));
}

Result<Proof> ProveConsistency(const Log& log, std::uint64_t from, std::uint64_t to) {
  if (const std::uint64_t all = log.size(); to > all) return BeyondEnd(to - 1, all);
  if (from > to) return BeyondEnd(from - 1, to);
  Nodes nodes(log);
  Proof proof;
  if (from == 0 || from == to) return proof;
  std::uint64_t begin = 0, end = to;
  while (from < end) {
    const std::uint64_t middle = begin + Split(end - begin);
    if (from <= middle) {
      proof.push_back(nodes.RootOf(middle, end));
      end = middle;
    } else {
      proof.push_back(nodes.RootOf(begin, middle));
      begin = middle;
    }
  }
  if (begin != 0) proof.push_back(nodes.RootOf(begin, end));  // else it is the root of `from`
  return Finished(nodes, std::move(proof));
}

bool VerifyInclusion(std::string_view leaf_hash, std::uint64_t sequence, const Head& head,
                     const Proof& proof) {
  if (sequence >= head.size || leaf_hash.size() != kHashBytes || !AreHashes(proof)) return false;
  Climb climb(sequence, head.size - 1);
  std::string root(leaf_hash);
  for (const std::string& hash : proof) {
    if (climb.AtTop()) return false;
    root = climb.Up() ? NodeHash(hash, root) : NodeHash(root, hash);
  }
  return climb.AtTop() && root == head.root;
}

bool VerifyConsistency(const Head& from, const Head& to, const Proof& proof) {
  if (from.size > to.size || !AreHashes(proof)) return false;
  if (from.size == 0) return proof.empty() && from.root == EmptyRoot();
  if (from.size == to.size) return proof.empty() && from.root == to.root;
  if (proof.empty()) return false;
  Climb climb(from.size - 1, to.size - 1);
  while ((climb.at() & 1) != 0) climb.Halve();
  // A perfect tree's own root is the first node, and is left out.
  const bool perfect = std::has_single_bit(from.size);
  std::string old_root = perfect ? from.root : proof.front();
  std::string new_root = old_root;
  for (std::size_t i = perfect ? 0 : 1; i < proof.size(); ++i) {
    if (climb.AtTop()) return false;
    if (climb.Up()) {
      old_root = NodeHash(proof[i], old_root);
      new_root = NodeHash(proof[i], new_root);
    } else {
      new_root = NodeHash(new_root, proof[i]);
    }
  }
  return climb.AtTop() && old_root == from.root && new_root == to.root;
}

}  // namespace latchkey::log
