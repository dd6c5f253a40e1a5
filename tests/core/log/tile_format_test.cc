// Names of tiles and bundles of entries (C2SP tlog-tiles).
#include "core/log/tile_format.h"

#include <gtest/gtest.h>

namespace latchkey::log {
namespace {

TEST(TileFormat, NamesAreThoseOfTheSpecification) {
  struct Row {
    TileName name;
    const char* path;
  };
  const Row kRows[] = {{{0, 0, 256}, "tile/0/000"},
                       {{0, 1'234'067, 256}, "tile/0/x001/x234/067"},  // its example
                       {{0, 273, 112}, "tile/0/273.p/112"},            // of a tree of 70,000
                       {{1, 1, 17}, "tile/1/001.p/17"},
                       {{2, 0, 1}, "tile/2/000.p/1"},
                       {{63, 999, 255}, "tile/63/999.p/255"},
                       {{std::nullopt, 1'000, 256}, "tile/entries/x001/000"},
                       {{std::nullopt, 5, 3}, "tile/entries/005.p/3"}};
  for (const Row& row : kRows) {
    EXPECT_EQ(TilePath(row.name), row.path);
    const auto parsed = ParseTilePath(row.path);
    ASSERT_TRUE(parsed) << row.path;
    EXPECT_EQ(parsed->level, row.name.level);
    EXPECT_EQ(parsed->index, row.name.index);
    EXPECT_EQ(parsed->width, row.name.width);
  }
}

TEST(TileFormat, OtherNamesAreNone) {
  for (const char* path : {"",
                           "tile",
                           "tile/",
                           "tile/0",
                           "tile/0/",
                           "tile//000",
                           "tile/0/00",
                           "tile/0/0000",
                           "tile/0/000/",
                           "tile/0/x000",
                           "tile/0/x000/000",
                           "tile/0/001/002",
                           "tile/0/x001/x002",
                           "tile/01/000",
                           "tile/64/000",
                           "tile/-1/000",
                           "tile/+1/000",
                           "tile/0/000.p",
                           "tile/0/000.p/",
                           "tile/0/000.p/0",
                           "tile/0/000.p/00",
                           "tile/0/000.p/256",
                           "tile/0/000.p/1x",
                           "tile/0/000.p/1/2",
                           "tile/0/000.q/1",
                           "/tile/0/000",
                           "Tile/0/000",
                           "tile/Entries/000",
                           "tile/0/ 00",
                           "tile/0/x999/x999/x999/x999/x999/x999/x999/999"}) {
    EXPECT_FALSE(ParseTilePath(path)) << path;
  }
}

TEST(TileFormat, TheEdgeIsAsWideAsTheTree) {
  EXPECT_EQ(TilePath(TileOf(70'000, 0, 69'999)), "tile/0/273.p/112");
  EXPECT_EQ(TilePath(TileOf(70'000, 0, 0)), "tile/0/000");
  EXPECT_EQ(TilePath(TileOf(70'000, 1, 272)), "tile/1/001.p/17");
  EXPECT_EQ(TilePath(TileOf(70'000, std::nullopt, 69'999)), "tile/entries/273.p/112");
}

TEST(TileFormat, BundlesHaveTheirEntries) {
  std::string bundle;
  AppendToBundle("a", &bundle);
  AppendToBundle(std::string(65'535, 'b'), &bundle);
  EXPECT_EQ(bundle.substr(0, 5), std::string("\0\1a\xff\xff", 5));
  const auto entries = ParseBundle(bundle);
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ((*entries)[0], "a");
  EXPECT_EQ((*entries)[1].size(), 65'535u);
}

TEST(TileFormat, OtherBytesAreNoBundle) {
  EXPECT_TRUE(ParseBundle("")->empty());
  for (const std::string_view bytes :
       {std::string_view("\0", 1), std::string_view("\0\0", 2), std::string_view("\0\2a", 3),
        std::string_view("\0\1a\0", 4)}) {
    EXPECT_FALSE(ParseBundle(bytes));
  }
}

}  // namespace
}  // namespace latchkey::log
