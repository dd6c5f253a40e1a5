// What is read of a damaged log: its first entries as they were written, and none behind the
// damage.
#include "core/log/intact_prefix.h"

#include <gtest/gtest.h>
#include <rocksdb/write_batch.h>

#include "core/log/layout.h"
#include "core/log/tree.h"
#include "tests/core/log/rocks_log_fixture.h"

namespace latchkey::log {
namespace {

class IntactPrefixTest : public RocksLogTest {
 protected:
  // How many entries are intact; each must be as it was acknowledged.
  std::uint64_t IntactOf(const fs::path& path, const Acknowledged& acknowledged) {
    const rocks::Resources fresh = rocks::Resources::Create();  // no block is cached
    const auto prefix = IntactPrefix::Open(path, fresh);
    EXPECT_TRUE(prefix) << prefix.error().detail;
    std::uint64_t next = 0;
    if (!prefix) return next;
    EXPECT_TRUE(prefix->Visit([&](std::string_view entry) {
      EXPECT_LT(next, acknowledged.size());
      EXPECT_EQ(entry, acknowledged.entry(next)) << next;
      ++next;
      return Status();
    }));
    return next;
  }
};

TEST_F(IntactPrefixTest, OfASoundLogIsAllOfIt) {
  Acknowledged acknowledged;
  const fs::path killed = KilledWith(&acknowledged, 80);
  EXPECT_EQ(IntactOf(killed, acknowledged), acknowledged.size());
  ExpectHolds(killed, acknowledged);
  EXPECT_EQ(IntactOf(killed, acknowledged), acknowledged.size()) << "from its tables";
}

TEST_F(IntactPrefixTest, EndsAtTheDamageInTheWriteAheadLog) {
  Acknowledged acknowledged;
  const fs::path killed = KilledWith(&acknowledged, 60, 4'000);
  const std::uint64_t bytes = fs::file_size(FilesOf(killed, ".log").back());
  for (int i = 0; i < 8; ++i) {
    const fs::path damaged = NewPath();
    fs::copy(killed, damaged);
    const std::uint64_t at = random_.Below(bytes);
    SCOPED_TRACE(at);
    FlipBit(FilesOf(damaged, ".log").back(), at, static_cast<int>(random_.Below(8)));
    const std::uint64_t intact = IntactOf(damaged, acknowledged);
    EXPECT_LT(intact, acknowledged.size());
    EXPECT_GE(intact + 10, acknowledged.size() * at / bytes * 3 / 4) << "too much is given up";
  }
}

TEST_F(IntactPrefixTest, EndsAtAHoleBetweenTwoLogs) {
  Acknowledged acknowledged;
  const fs::path killed = KilledWithTwoLogs(&acknowledged);
  fs::remove(FilesOf(killed, ".log").front());
  EXPECT_LT(IntactOf(killed, acknowledged), acknowledged.size());
}

TEST_F(IntactPrefixTest, EndsAtADamagedBlockOfATable) {
  Acknowledged acknowledged;
  const fs::path sound = Flushed(&acknowledged, 100);
  int shorter = 0;
  for (int i = 0; i < 24; ++i) {
    const fs::path damaged = NewPath();
    fs::copy(sound, damaged);
    const std::vector<fs::path> tables = FilesOf(damaged, ".sst");
    const fs::path& table = tables[random_.Below(tables.size())];
    FlipBit(table, random_.Below(fs::file_size(table)));
    const auto opened =
        IntactPrefix::Open(damaged, rocks::Resources::Create()).map([](const auto&) {});
    if (!opened) {
      EXPECT_EQ(opened.error().code, ErrorCode::kUnusable) << opened.error().detail;
      continue;
    }
    shorter += IntactOf(damaged, acknowledged) < acknowledged.size() ? 1 : 0;
  }
  EXPECT_GT(shorter, 0);
}

// Its checksums hold, and its tile says otherwise.
TEST_F(IntactPrefixTest, EndsAtAnEntryThatWasChanged) {
  Acknowledged acknowledged;
  const fs::path path = KilledWith(&acknowledged, 60);
  constexpr std::uint64_t kChanged = 77;
  {
    auto db = rocks::Database::Open(path, LogOptions(files_.resources, rocks::Mode::kReadWrite),
                                    Families(files_.resources), rocks::Mode::kReadWrite, kWhat);
    ASSERT_TRUE(db);
    ASSERT_TRUE(
        (**db)
            ->Put(rocks::SyncedWrite(), (*db)->family(kEntries), EntryKey(kChanged), "other")
            .ok());
  }
  EXPECT_EQ(IntactOf(path, acknowledged), kChanged);
}

TEST_F(IntactPrefixTest, KeepsWritersOutAndIsKeptOutByThem) {
  Acknowledged acknowledged;
  const fs::path path = NewPath();
  {
    const auto log = Open(path);
    acknowledged.AppendTo(*log, 5);
    EXPECT_EQ(IntactPrefix::Open(path, files_.resources).error().code, ErrorCode::kInUse);
  }
  const auto prefix = IntactPrefix::Open(path, files_.resources);
  ASSERT_TRUE(prefix);
  EXPECT_EQ(TryOpen(path).error().code, ErrorCode::kInUse);
}

TEST_F(IntactPrefixTest, IsRefusedWhereThereIsNoLog) {
  const auto none = IntactPrefix::Open(NewPath(), files_.resources);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kUnusable);
}

TEST_F(IntactPrefixTest, ARefusalEndsTheVisit) {
  Acknowledged acknowledged;
  const fs::path killed = KilledWith(&acknowledged, 2);
  const auto prefix = IntactPrefix::Open(killed, files_.resources);
  ASSERT_TRUE(prefix);
  int visited = 0;
  const Status ended = prefix->Visit([&](std::string_view) {
    ++visited;
    return Status(Refuse(ErrorCode::kIo, "full"));
  });
  EXPECT_EQ(ended.error().code, ErrorCode::kIo);
  EXPECT_EQ(visited, 1);
}

}  // namespace
}  // namespace latchkey::log
