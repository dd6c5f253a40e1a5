#include "core/log/tree.h"

#include <gtest/gtest.h>

#include "core/base/hex.h"
#include "tests/core/log/reference.h"

namespace latchkey::log {
namespace {

using text::FromHex;
using text::ToHex;

// The leaves and roots that the Certificate Transparency implementations test themselves with.
const char* const kLeaves[] = {"",
                               "00",
                               "10",
                               "2021",
                               "3031",
                               "40414243",
                               "5051525354555657",
                               "606162636465666768696a6b6c6d6e6f"};
const char* const kRoots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                              "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                              "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                              "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                              "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                              "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                              "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                              "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

std::vector<std::string> SomeLeaves(std::size_t count) {
  std::vector<std::string> leaves;
  for (std::size_t i = 0; i < count; ++i) leaves.push_back(LeafHash("entry " + std::to_string(i)));
  return leaves;
}

struct Grown {
  Tree tree;
  std::vector<FullTile> tiles;
};

Grown Grow(std::span<const std::string> leaves) {
  Grown grown;
  for (const std::string& leaf : leaves) grown.tree.Add(leaf, &grown.tiles);
  return grown;
}

Result<Tree> LoadFrom(std::span<const std::string> leaves, const std::vector<FullTile>& tiles) {
  return Tree::Load(
      leaves.size(),
      [&](std::uint32_t level, std::uint64_t index) -> Result<std::string> {
        for (const FullTile& tile : tiles) {
          if (tile.level == level && tile.index == index) return tile.hashes;
        }
        return Refuse(ErrorCode::kUnusable, "no such tile");
      },
      [&](std::uint64_t sequence) -> Result<std::string> { return leaves[sequence]; });
}

TEST(Tree, EmptyRootIsTheHashOfNothing) {
  EXPECT_EQ(ToHex(Tree().Root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Tree().Root(), EmptyRoot());
}

TEST(Tree, GivesTheRootsOfCertificateTransparency) {
  Tree tree;
  std::vector<FullTile> tiles;
  for (std::size_t i = 0; i < std::size(kLeaves); ++i) {
    tree.Add(LeafHash(*FromHex(kLeaves[i])), &tiles);
    EXPECT_EQ(ToHex(tree.Root()), kRoots[i]) << i + 1 << " leaves";
  }
  EXPECT_TRUE(tiles.empty());
}

TEST(Tree, NodeHashIsThatOfTheRfc) {
  EXPECT_EQ(NodeHash(LeafHash(""), LeafHash(std::string(1, '\0'))), *FromHex(kRoots[1]));
}

TEST(Tree, RootEqualsTheReferenceAtEverySize) {
  const std::vector<std::string> leaves = SomeLeaves(1'100);
  Tree tree;
  std::vector<FullTile> tiles;
  for (std::size_t size = 1; size <= leaves.size(); ++size) {
    tree.Add(leaves[size - 1], &tiles);
    ASSERT_EQ(tree.size(), size);
    ASSERT_EQ(tree.Root(), reference::Root(std::span(leaves).first(size))) << size;
  }
}

TEST(Tree, LoadedTreeIsTheGrownOne) {
  const std::vector<std::string> leaves = SomeLeaves(1'100);
  for (std::size_t size = 0; size <= 1'100; size += size < 520 ? 1 : 29) {
    const std::span<const std::string> first = std::span(leaves).first(size);
    const Grown grown = Grow(first);
    Result<Tree> loaded = LoadFrom(first, grown.tiles);
    ASSERT_TRUE(loaded) << size;
    ASSERT_EQ(loaded->size(), size);
    ASSERT_EQ(loaded->Root(), grown.tree.Root()) << size;
  }
}

TEST(Tree, SecondLevelOfTilesEqualsTheReference) {
  constexpr std::size_t kSizes[] = {65'535, 65'536, 65'537, 66'000};
  const std::vector<std::string> leaves = SomeLeaves(66'000 + 300);
  for (const std::size_t size : kSizes) {
    const std::span<const std::string> first = std::span(leaves).first(size);
    Grown grown = Grow(first);
    EXPECT_EQ(grown.tree.Root(), reference::Root(first)) << size;
    for (const FullTile& tile : grown.tiles) {
      EXPECT_EQ(TileHashes(size, tile.level, tile.index), kTileWidth);
      if (tile.level > 0 || tile.index % 50 == 0) {
        EXPECT_EQ(tile.hashes, reference::Tile(leaves, tile.level, tile.index));
      }
    }
    EXPECT_EQ(grown.tiles.size(), size / 256 + size / 65'536) << size;

    // A loaded tree goes on as the grown one does, over the ends of further tiles.
    Result<Tree> loaded = LoadFrom(first, grown.tiles);
    ASSERT_TRUE(loaded) << size;
    std::vector<FullTile> more_grown, more_loaded;
    for (const std::string& leaf : std::span(leaves).subspan(size, 300)) {
      grown.tree.Add(leaf, &more_grown);
      loaded->Add(leaf, &more_loaded);
      ASSERT_EQ(loaded->Root(), grown.tree.Root());
    }
    ASSERT_EQ(more_loaded.size(), more_grown.size());
    for (std::size_t i = 0; i < more_grown.size(); ++i) {
      EXPECT_EQ(more_loaded[i].hashes, more_grown[i].hashes);
      EXPECT_EQ(more_loaded[i].level, more_grown[i].level);
      EXPECT_EQ(more_loaded[i].index, more_grown[i].index);
    }
  }
}

TEST(Tree, TilesComeLowestLevelFirst) {
  const std::vector<std::string> leaves = SomeLeaves(65'536);
  const std::vector<FullTile> tiles = Grow(leaves).tiles;
  ASSERT_EQ(tiles.size(), 257u);
  EXPECT_EQ(tiles[255].level, 0u);
  EXPECT_EQ(tiles[255].index, 255u);
  EXPECT_EQ(tiles[256].level, 1u);
  EXPECT_EQ(tiles[256].index, 0u);
}

TEST(Tree, LoadRefusesAsItsSourcesDo) {
  const std::vector<std::string> leaves = SomeLeaves(300);
  const Result<Tree> loaded = LoadFrom(leaves, {});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kUnusable);
}

TEST(Tree, HashesOfATileAtASize) {
  constexpr std::uint64_t kMost = ~std::uint64_t{0};
  struct Row {
    std::uint64_t size;
    std::uint32_t level;
    std::uint64_t index, hashes;
  };
  constexpr Row kRows[] = {{0, 0, 0, 0},
                           {1, 0, 0, 1},
                           {255, 0, 0, 255},
                           {255, 1, 0, 0},
                           {256, 0, 0, 256},
                           {256, 0, 1, 0},
                           {256, 1, 0, 1},
                           {65'535, 1, 0, 255},
                           {65'536, 1, 0, 256},
                           {65'536, 1, 1, 0},
                           {65'536, 2, 0, 1},
                           // The example of C2SP tlog-tiles.
                           {70'000, 0, 272, 256},
                           {70'000, 0, 273, 112},
                           {70'000, 0, 274, 0},
                           {70'000, 1, 0, 256},
                           {70'000, 1, 1, 17},
                           {70'000, 2, 0, 1},
                           {70'000, 3, 0, 0},
                           {kMost, 7, 0, 255},
                           {kMost, 7, 4'000'000'000, 0},
                           {kMost, 0, kMost, 0},
                           {kMost, 8, 0, 0},
                           {kMost, ~std::uint32_t{0}, 0, 0}};
  for (const Row& row : kRows) {
    EXPECT_EQ(TileHashes(row.size, row.level, row.index), row.hashes)
        << row.size << " " << row.level << "/" << row.index;
  }
}

TEST(Tree, PartialTilesAreTheBeginningsOfFullOnes) {
  const std::vector<std::string> leaves = SomeLeaves(600);
  Tree tree;
  std::vector<FullTile> full;
  for (const std::string& leaf : leaves) {
    tree.Add(leaf, &full);
    for (std::uint32_t level = 0; level < 3; ++level) {
      ASSERT_EQ(tree.PartialTile(level),
                reference::PartialTile(std::span(leaves).first(tree.size()), level))
          << tree.size() << " " << level;
    }
  }
}

}  // namespace
}  // namespace latchkey::log
