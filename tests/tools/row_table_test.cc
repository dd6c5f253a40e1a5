// The rows that `verify` keeps in memory, against a map.
#include "tools/verify/row_table.h"

#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace latchkey::tools {
namespace {

using Expected = std::map<std::string, std::pair<std::optional<std::string>, bool>, std::less<>>;

void ExpectSame(const RowTable& table, const Expected& expected) {
  EXPECT_EQ(table.size(), expected.size());
  const std::vector<RowTable::Row> all = table.All();
  ASSERT_EQ(all.size(), expected.size());
  for (const RowTable::Row& row : all) {
    const auto found = expected.find(row.key);
    ASSERT_NE(found, expected.end());
    EXPECT_EQ(row.value, found->second.first);
    EXPECT_EQ(row.stored, found->second.second);
  }
}

TEST(RowTable, HoldsWhatAMapHolds) {
  std::mt19937 random(7);
  RowTable table;
  Expected expected;
  const auto put = [&](const std::string& key, std::optional<std::string> value, bool stored) {
    table.Put({key, value, stored});
    expected[key] = {std::move(value), stored};
  };
  EXPECT_FALSE(table.Find("none"));
  for (int i = 0; i < 50'000; ++i) {
    const std::string key = std::to_string(random() % 5'000);
    const std::string value(random() % 300, static_cast<char>('a' + random() % 26));
    put(key, random() % 5 == 0 ? std::nullopt : std::optional(value), random() % 2 == 0);
    const auto found = table.Find(key);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->value, expected[key].first);
  }
  // Around the size of a block, and beyond.
  put("", "", false);
  for (const std::size_t bytes : {(1u << 20) - 24, (1u << 20) - 16, 1u << 20, 3u << 20}) {
    put("long" + std::to_string(bytes), std::string(bytes, 'x'), false);
    put("behind" + std::to_string(bytes), "y", true);
  }
  ExpectSame(table, expected);
  EXPECT_FALSE(table.Find("none"));
  table.Clear();
  EXPECT_EQ(table.bytes(), 0u);
  EXPECT_FALSE(table.Find(expected.begin()->first));
  ExpectSame(table, {});
}

TEST(RowTable, SaysWhatItTakes) {
  RowTable table;
  constexpr std::size_t kRowsPut = 10'000;
  const std::string value(100, 'v');
  for (std::size_t i = 0; i < kRowsPut; ++i) table.Put({std::to_string(i), value});
  EXPECT_GT(table.bytes(), kRowsPut * value.size());
  EXPECT_LT(table.bytes(), kRowsPut * (value.size() + 64));
  // In their places again.
  const std::size_t before = table.bytes();
  for (std::size_t i = 0; i < kRowsPut; ++i) table.Put({std::to_string(i), "short"});
  EXPECT_EQ(table.bytes(), before);
}

}  // namespace
}  // namespace latchkey::tools
