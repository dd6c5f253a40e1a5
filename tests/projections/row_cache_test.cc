#include "projections/row_cache.h"

#include <gtest/gtest.h>

namespace latchkey::projections {
namespace {

const std::string kKey = domain::GatewayKey(1);

struct Stored {
  domain::Rows rows;
  int reads = 0;

  std::optional<std::string> Read(const RowCache& cache, const std::string& key) {
    return cache.Get(key, [&]() -> std::optional<std::string> {
      ++reads;
      const auto found = rows.find(key);
      return found == rows.end() ? std::nullopt : found->second;
    });
  }
};

TEST(RowCache, ReadsARowOnceAndKnowsThatThereIsNone) {
  const RowCache cache(1 << 20);
  Stored stored{{{kKey, "row"}}};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(stored.Read(cache, kKey), "row");
    EXPECT_EQ(stored.Read(cache, domain::GatewayKey(2)), std::nullopt);
  }
  EXPECT_EQ(stored.reads, 2);
}

TEST(RowCache, ShowsWhatWasWritten) {
  RowCache cache(1 << 20);
  Stored stored;
  EXPECT_EQ(stored.Read(cache, kKey), std::nullopt);
  for (const std::optional<std::string>& value :
       {std::optional<std::string>("new"), std::optional<std::string>()}) {
    stored.rows[kKey] = value;
    cache.Update(stored.rows);
    EXPECT_EQ(stored.Read(cache, kKey), value);
  }
  EXPECT_EQ(stored.reads, 1) << "a row that was asked for stays at hand";
}

TEST(RowCache, TakesInNoRowThatNobodyHasAskedFor) {
  RowCache cache(1 << 20);
  Stored stored{{{kKey, "new"}}};
  cache.Update(stored.rows);
  EXPECT_EQ(stored.Read(cache, kKey), "new");
  EXPECT_EQ(stored.reads, 1);
}

TEST(RowCache, ARowReadBeforeAWriteDoesNotComeBackAfterIt) {
  RowCache cache(1 << 20);
  EXPECT_EQ(cache.Get(kKey,
                      [&]() -> std::optional<std::string> {
                        // Between this reader's look at the old row and its return:
                        cache.Update({{kKey, "new"}});
                        return "old";
                      }),
            "old");
  Stored stored{{{kKey, "new"}}};
  EXPECT_EQ(stored.Read(cache, kKey), "new");
}

TEST(RowCache, HoldsNoMoreThanItIsGiven) {
  const RowCache cache(1 << 20);
  Stored stored;
  for (std::uint64_t i = 0; i < 4; ++i) {
    stored.rows[domain::GatewayKey(i)] = std::string(1 << 20, 'r');
  }
  for (int again = 0; again < 2; ++again) {
    for (std::uint64_t i = 0; i < 4; ++i) stored.Read(cache, domain::GatewayKey(i));
  }
  EXPECT_EQ(stored.reads, 8) << "none of them fits";
}

}  // namespace
}  // namespace latchkey::projections
