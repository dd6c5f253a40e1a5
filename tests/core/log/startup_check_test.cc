// Damage to a ledger that is not open: opening is refused, every time, and changes nothing.
#include "core/log/startup_check.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/write_batch.h>

#include "core/log/layout.h"
#include "tests/core/log/rocks_log_fixture.h"

namespace latchkey::log {
namespace {

TEST_F(RocksLogTest, AHoleBetweenTwoLiveLogsIsFound) {
  Acknowledged acknowledged;
  const fs::path killed = KilledWithTwoLogs(&acknowledged);
  const fs::path first = FilesOf(killed, ".log").front();
  const fs::path aside = NewPath();
  fs::rename(first, aside);
  ExpectUnusable(killed);
  // Nothing was touched: with the file back, all is back.
  fs::rename(aside, first);
  ExpectHolds(killed, acknowledged);
}

TEST_F(RocksLogTest, ACutFirstOfTwoLiveLogsIsFound) {
  Acknowledged acknowledged;
  const fs::path killed = KilledWithTwoLogs(&acknowledged);
  const fs::path first = FilesOf(killed, ".log").front();
  fs::resize_file(first, fs::file_size(first) - 1);
  ExpectUnusable(killed);
}

TEST_F(RocksLogTest, AFlippedBitInTheMiddleOfTheWriteAheadLogIsFound) {
  Acknowledged acknowledged;
  const fs::path killed = KilledWith(&acknowledged, 60, 4'000);
  constexpr std::uint64_t kBlock = 32'768;  // see docs/log_format.md for the last one
  const std::uint64_t bytes = fs::file_size(FilesOf(killed, ".log").back());
  ASSERT_GT(bytes, 3 * kBlock);
  for (int i = 0; i < 20; ++i) {
    const fs::path damaged = NewPath();
    fs::copy(killed, damaged);
    const std::uint64_t at = random_.Below(bytes - bytes % kBlock);
    SCOPED_TRACE(at);
    FlipBit(FilesOf(damaged, ".log").back(), at, static_cast<int>(random_.Below(8)));
    ExpectUnusable(damaged);
  }
}

TEST_F(RocksLogTest, AFlippedBitInATableIsFoundAtStartOrWhenRead) {
  Acknowledged acknowledged;
  const fs::path sound = Flushed(&acknowledged, 100);
  const std::vector<fs::path> tables = FilesOf(sound, ".sst");
  ASSERT_FALSE(tables.empty());
  int found = 0;
  for (int i = 0; i < 24; ++i) {
    const fs::path damaged = NewPath();
    fs::copy(sound, damaged);
    const fs::path table = FilesOf(damaged, ".sst")[random_.Below(tables.size())];
    const std::uint64_t at = random_.Below(fs::file_size(table));
    SCOPED_TRACE(table.filename().string() + " at " + std::to_string(at));
    FlipBit(table, at);
    const auto log = TryOpen(damaged);
    if (!log) {
      EXPECT_EQ(log.error().code, ErrorCode::kUnusable) << log.error().detail;
      ++found;
      continue;
    }
    // A block that the start did not need: reading it gives an error, never wrong bytes.
    const Status scanned =
        (*log)->Scan(0, acknowledged.size(), [&](std::uint64_t n, std::string_view bytes) {
          EXPECT_EQ(bytes, acknowledged.entry(n));
          return true;
        });
    const Result<std::string> tile = (*log)->Tile(0, 0);
    EXPECT_TRUE(scanned || scanned.error().code == ErrorCode::kUnusable);
    EXPECT_TRUE(tile || tile.error().code == ErrorCode::kUnusable);
    found += !scanned || !tile;
  }
  EXPECT_GT(found, 0);
}

struct MissingFile {
  const char* name;
  std::function<bool(const fs::path&)> matches;
};

TEST_F(RocksLogTest, AMissingFileIsFound) {
  Acknowledged acknowledged;
  const fs::path sound = Flushed(&acknowledged, 60);
  const MissingFile kRows[] = {
      {"table", [](const fs::path& file) { return file.extension() == ".sst"; }},
      {"manifest",
       [](const fs::path& file) { return file.filename().string().starts_with("MANIFEST"); }},
      {"CURRENT", [](const fs::path& file) { return file.filename() == "CURRENT"; }},
  };
  for (const MissingFile& row : kRows) {
    SCOPED_TRACE(row.name);
    const fs::path damaged = NewPath();
    fs::copy(sound, damaged);
    std::vector<fs::path> files;
    for (const auto& file : fs::directory_iterator(damaged)) {
      if (row.matches(file.path())) files.push_back(file.path());
    }
    ASSERT_FALSE(files.empty());
    const fs::path aside = NewPath();
    fs::rename(files[0], aside);
    ExpectUnusable(damaged);
    fs::rename(aside, files[0]);
    ExpectHolds(damaged, acknowledged);
  }
}

// Changes that another program may have made to the database itself.
struct Tampering {
  const char* name;
  std::function<void(rocks::Database&, rocksdb::WriteBatch&)> change;
};

void PrintTo(const Tampering& tampering, std::ostream* out) { *out << tampering.name; }

class RocksLogTampering : public RocksLogTest, public ::testing::WithParamInterface<Tampering> {};

constexpr std::uint64_t kTail = 300;  // entries of the ledger that is changed, all unflushed

TEST_P(RocksLogTampering, IsFound) {
  Acknowledged acknowledged;
  const fs::path path = KilledWith(&acknowledged, kTail / 5);
  {
    rocksdb::DBOptions options = LogOptions(files_.resources, rocks::Mode::kReadWrite);
    options.avoid_flush_during_recovery = true;  // so that the tail stays one
    auto db = rocks::Database::Open(path, options, Families(files_.resources),
                                    rocks::Mode::kReadWrite, kWhat);
    ASSERT_TRUE(db);
    rocksdb::WriteBatch batch;
    GetParam().change(**db, batch);
    ASSERT_TRUE((**db)->Write(rocks::SyncedWrite(), &batch).ok());
  }
  ExpectUnusable(path);
}

void PutHead(rocks::Database& db, rocksdb::WriteBatch& batch, std::int64_t more) {
  Head head = *ReadHead(db);
  head.size += static_cast<std::uint64_t>(more);
  ASSERT_TRUE(batch.Put(db.family(kMeta), rocksdb::Slice(kHeadKey), EncodeHead(head)).ok());
}

INSTANTIATE_TEST_SUITE_P(
    Rows, RocksLogTampering,
    ::testing::Values(
        Tampering{"HeadAhead", [](auto& db, auto& batch) { PutHead(db, batch, 1); }},
        Tampering{"HeadBehind", [](auto& db, auto& batch) { PutHead(db, batch, -1); }},
        Tampering{"HeadGone",
                  [](auto& db, auto& batch) {
                    (void)batch.Delete(db.family(kMeta), rocksdb::Slice(kHeadKey));
                  }},
        Tampering{"HeadMalformed",
                  [](auto& db, auto& batch) {
                    (void)batch.Put(db.family(kMeta), rocksdb::Slice(kHeadKey), "short");
                  }},
        Tampering{"OtherRoot",
                  [](auto& db, auto& batch) {
                    (void)batch.Put(db.family(kMeta), rocksdb::Slice(kHeadKey),
                                    EncodeHead({kTail, std::string(kHashBytes, 'r')}));
                  }},
        Tampering{"OtherEntry",
                  [](auto& db, auto& batch) {
                    (void)batch.Put(db.family(kEntries), EntryKey(kTail - 1), "another");
                  }},
        Tampering{"EntryGone",
                  [](auto& db, auto& batch) {
                    (void)batch.Delete(db.family(kEntries), EntryKey(kTail / 2));
                  }},
        Tampering{"LastEntryGone",
                  [](auto& db, auto& batch) {
                    (void)batch.Delete(db.family(kEntries), EntryKey(kTail - 1));
                  }},
        Tampering{"EntryBeyondTheHead",
                  [](auto& db, auto& batch) {
                    (void)batch.Put(db.family(kEntries), EntryKey(kTail), "another");
                  }},
        Tampering{"ForeignKey",
                  [](auto& db, auto& batch) { (void)batch.Put(db.family(kEntries), "zz", "x"); }},
        Tampering{"OtherTile",
                  [](auto& db, auto& batch) {
                    (void)batch.Put(db.family(kTiles), TileKey(0, 0), std::string(8'192, 't'));
                  }},
        Tampering{
            "TileGone",
            [](auto& db, auto& batch) { (void)batch.Delete(db.family(kTiles), TileKey(0, 0)); }},
        Tampering{"OtherCopyOfTheFirst",
                  [](auto& db, auto& batch) {
                    (void)batch.Put(db.family(kMeta), rocksdb::Slice(kFirstKey), "another");
                  }},
        Tampering{"CopyOfTheFirstGone",
                  [](auto& db, auto& batch) {
                    (void)batch.Delete(db.family(kMeta), rocksdb::Slice(kFirstKey));
                  }}),
    [](const ::testing::TestParamInfo<Tampering>& row) { return row.param.name; });

TEST_F(RocksLogTest, AHoleBetweenTablesIsFound) {
  const fs::path path = NewPath();
  {
    auto db = rocks::Database::Open(path, LogOptions(files_.resources, rocks::Mode::kReadWrite),
                                    Families(files_.resources), rocks::Mode::kReadWrite, kWhat);
    ASSERT_TRUE(db);
    for (const std::uint64_t n : {0, 1, 3, 4}) {
      rocksdb::WriteBatch batch;
      (void)batch.Put((*db)->family(kEntries), EntryKey(n), "entry");
      (void)batch.Put((*db)->family(kMeta), rocksdb::Slice(kFirstKey), "entry");
      (void)batch.Put((*db)->family(kMeta), rocksdb::Slice(kHeadKey),
                      EncodeHead({n + 1, std::string(kHashBytes, 'r')}));
      ASSERT_TRUE((**db)->Write(rocks::SyncedWrite(), &batch).ok());
      ASSERT_TRUE((**db)->Flush(rocksdb::FlushOptions(), (*db)->family(kEntries)).ok());
    }
  }
  const auto opened = TryOpen(path);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().detail, ::testing::HasSubstr("event 2 is missing"));
  ExpectUnusable(path);
}

}  // namespace
}  // namespace latchkey::log
