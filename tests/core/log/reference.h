// The tree of RFC 6962 §2.1 exactly as the RFC defines it, regardless of speed: the oracle for
// core/log/tree.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/crypto/hash.h"

namespace latchkey::log::reference {

// MTH over leaf hashes.
inline std::string Root(std::span<const std::string> leaves) {
  if (leaves.empty()) return crypto::Sha256("");
  if (leaves.size() == 1) return leaves[0];
  std::size_t k = 1;  // the largest power of two smaller than n
  while (2 * k < leaves.size()) k *= 2;
  return crypto::Sha256("\x01" + Root(leaves.first(k)) + Root(leaves.subspan(k)));
}

inline std::string Leaf(const std::string& entry) {
  return crypto::Sha256(std::string(1, '\0') + entry);
}

// A tile of C2SP tlog-tiles: up to 256 roots of 256^level leaves each.
inline std::string Tile(std::span<const std::string> leaves, std::uint32_t level,
                        std::uint64_t index) {
  std::size_t width = 1;
  for (std::uint32_t i = 0; i < level; ++i) width *= 256;
  std::string hashes;
  for (std::size_t i = index * 256; i < (index + 1) * 256 && (i + 1) * width <= leaves.size();
       ++i) {
    hashes += Root(leaves.subspan(i * width, width));
  }
  return hashes;
}

// The last tile of a level, unless it is full.
inline std::string PartialTile(std::span<const std::string> leaves, std::uint32_t level) {
  return Tile(leaves, level, leaves.size() >> (8 * (level + 1)));
}

// PATH(m, D[n]) of RFC 6962 §2.1.1.
inline std::vector<std::string> Path(std::size_t m, std::span<const std::string> leaves) {
  if (leaves.size() == 1) return {};
  std::size_t k = 1;
  while (2 * k < leaves.size()) k *= 2;
  const bool left = m < k;
  auto path = left ? Path(m, leaves.first(k)) : Path(m - k, leaves.subspan(k));
  path.push_back(Root(left ? leaves.subspan(k) : leaves.first(k)));
  return path;
}

// SUBPROOF(m, D[n], b) of RFC 6962 §2.1.2; PROOF(m, D[n]) with `whole`.
inline std::vector<std::string> Consistency(std::size_t m, std::span<const std::string> leaves,
                                            bool whole = true) {
  if (m == leaves.size()) {
    return whole ? std::vector<std::string>() : std::vector<std::string>{Root(leaves)};
  }
  std::size_t k = 1;
  while (2 * k < leaves.size()) k *= 2;
  const bool left = m <= k;
  auto proof =
      left ? Consistency(m, leaves.first(k), whole) : Consistency(m - k, leaves.subspan(k), false);
  proof.push_back(Root(left ? leaves.subspan(k) : leaves.first(k)));
  return proof;
}

}  // namespace latchkey::log::reference
