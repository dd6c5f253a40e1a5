// Rows that are built in bulk are the last value of each key, and a kill at any moment leaves those
// of one position.
#include "projections/bulk_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "projections/runner.h"
#include "projections/state_projection.h"
#include "tests/projections/live_ledger.h"
#include "tests/support/fault_fs.h"
#include "tests/support/temp_dir.h"

namespace latchkey::projections {
namespace {

using testing::SeededRandom;
using TestRows = std::map<std::string, std::string, std::less<>>;

constexpr const char* kFamily = "rows.1";
constexpr std::size_t kFewBytes = 8'192;
constexpr int kChanges = 20'000;

// Keys of three tables: random, growing with the number of the change, and a single one.
domain::Change RandomChange(int number, SeededRandom& random) {
  std::string key;
  switch (random.Below(8)) {
    case 0:
      key = "O";
      break;
    case 1:
    case 2:
    case 3:
      key = "C" + std::to_string(random.Below(3'000));
      break;
    default:
      key = "G";
      PutNumber(static_cast<std::uint64_t>(number) - random.Below(number + 1) % 50, 8, &key);
  }
  std::optional<std::string> value;
  if (random.Below(4) != 0) value = random.Bytes(random.Below(60));
  return {std::move(key), std::move(value)};
}

void Change(TestRows* rows, const domain::Change& change) {
  if (change.value) {
    rows->insert_or_assign(change.key, *change.value);
  } else {
    rows->erase(change.key);
  }
}

std::optional<std::string> Find(const TestRows& rows, std::string_view key) {
  const auto found = rows.find(key);
  return found == rows.end() ? std::nullopt : std::optional(found->second);
}

StoredPosition PositionAt(std::uint64_t size) {
  return {{std::string(16, 'l'), std::string(10, 'e')}, size, {size, std::string(32, 'r')}};
}

std::unique_ptr<Store> OpenStore(const std::filesystem::path& directory,
                                 const rocks::Resources& resources) {
  std::vector<std::string> notes;
  auto store = Store::Open(directory, resources, &notes);
  EXPECT_TRUE(store);
  EXPECT_THAT(notes, ::testing::IsEmpty());
  return *std::move(store);
}

TestRows RowsIn(const Store& store) {
  TestRows rows;
  store.At(kFamily).Walk("", [&](std::string_view key, std::string_view value) {
    rows.emplace(key, value);
    return true;
  });
  return rows;
}

// Makes random changes, and calls `written` with the rows and their position after each run.
TestRows Build(const Store& store, SeededRandom& random,
               const std::function<void(const TestRows&, std::uint64_t)>& written) {
  BulkRows bulk(store, kFamily, kFewBytes, [](std::string_view) { return true; });
  TestRows rows;
  for (int i = 0; i < kChanges; ++i) {
    const domain::Change asked = RandomChange(i, random);
    EXPECT_EQ(bulk.Get(asked.key), Find(rows, asked.key));
    const domain::Change change = RandomChange(i, random);
    Change(&rows, change);
    bulk.Put(change.key, change.value);
    if (!bulk.IsFull()) continue;
    bulk.Write(PositionAt(static_cast<std::uint64_t>(i)));
    written(rows, static_cast<std::uint64_t>(i));
  }
  bulk.Write(PositionAt(kChanges));
  written(rows, kChanges);
  bulk.Finish();
  return rows;
}

TEST(BulkRows, AreTheLastValueOfEachKey) {
  const testing::TempDir directory;
  const auto resources = rocks::Resources::Create(16u << 20, 16u << 20);
  SeededRandom random(testing::Seed());
  auto store = OpenStore(directory / "rows", resources);
  ASSERT_TRUE(store->Renew(kFamily));
  int runs = 0;
  const TestRows rows = Build(*store, random, [&](const TestRows&, std::uint64_t) { ++runs; });
  EXPECT_GT(runs, 50);
  for (const bool reopened : {false, true}) {
    if (reopened) {
      store.reset();
      store = OpenStore(directory / "rows", resources);
    }
    EXPECT_EQ(RowsIn(*store), rows);
    EXPECT_EQ(store->Position(kFamily), PositionAt(kChanges));
    EXPECT_FALSE(std::filesystem::exists(directory / "rows" / "new"));
  }
}

// Tables that nobody had merged would slow down every look-up.
TEST(BulkRows, LeaveNoTablesToBeMerged) {
  const testing::TempDir directory;
  const auto resources = rocks::Resources::Create(16u << 20, 16u << 20);
  SeededRandom random(testing::Seed());
  const auto store = OpenStore(directory / "rows", resources);
  ASSERT_TRUE(store->Renew(kFamily));
  Build(*store, random, [](const TestRows&, std::uint64_t) {});
  const StoredRows stored = store->At(kFamily);
  std::string tables;
  ASSERT_TRUE(stored.db->GetProperty(stored.family, "rocksdb.num-files-at-level0", &tables));
  EXPECT_EQ(tables, "0");
}

TEST(BulkRows, AreThoseOfOnePositionAfterAKillOrALossOfPower) {
  testing::FaultyResources faulty;
  const testing::TempDir directory;
  SeededRandom random(testing::Seed());
  std::map<std::uint64_t, TestRows> at{{0, {}}};
  std::vector<std::filesystem::path> left;
  {
    const auto store = OpenStore(directory / "rows", faulty.resources);
    ASSERT_TRUE(store->Renew(kFamily));
    // The run is being written while this copies what is there.
    Build(*store, random, [&](const TestRows& rows, std::uint64_t size) {
      at.emplace(size, rows);
      if (random.Below(4) != 0) return;
      left.push_back(directory / ("left-" + std::to_string(left.size())));
      if (random.Below(2) == 0) {
        faulty.fs->CopyAsWritten(directory / "rows", left.back());
      } else {
        faulty.fs->CopyAsLost(directory / "rows", left.back(), random);
      }
    });
  }
  ASSERT_GT(left.size(), 5u);
  std::set<std::uint64_t> sizes;
  for (const auto& copy : left) {
    const auto store = OpenStore(copy, faulty.resources);
    const std::uint64_t size = store->Position(kFamily).value_or(StoredPosition()).size;
    ASSERT_TRUE(at.contains(size)) << size;
    EXPECT_EQ(RowsIn(*store), at[size]) << copy << " at " << size;
    sizes.insert(size);
  }
  EXPECT_GT(sizes.size(), 3u);
}

TestRows StateIn(
    const std::function<void(const domain::KeyRange&,
                             const std::function<bool(std::string_view, std::string_view)>&)>&
        scan) {
  TestRows rows;
  scan({std::string(), std::string(1, '\xff')}, [&](std::string_view key, std::string_view value) {
    rows.emplace(key, value);
    return true;
  });
  return rows;
}

// Several runs, and then events one by one on top of them.
TEST(BulkRows, OfAProjectionAreThoseThatEventsGiveOneByOne) {
  testing::LiveLedger ledger;
  const Sources sources{ledger.log(), ledger.subjects(), 16, kFewBytes};
  const Listing listings[] = {Line<StateProjection>()};
  for (const std::uint64_t more : {9'000, 100}) {
    ledger.Grow(more);
    const auto built =
        Runner::Open(ledger.Beside("bulk"), ledger.resources(), sources, listings, {});
    ASSERT_TRUE(built);
    const auto& state = (*built)->Get<StateProjection>();
    EXPECT_EQ(StateIn([&](const auto& range, const auto& visit) { state.Scan(range, visit); }),
              StateIn([&](const auto& range, const auto& visit) {
                ledger.projections().Scan(range, visit);
              }));
  }
}

}  // namespace
}  // namespace latchkey::projections
