// The file head: its bytes, how damage is handled, and what an append writes.
#include "core/log/head_file.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/hex.h"
#include "core/log/tree.h"
#include "core/rocks/small_file.h"
#include "tests/core/log/rocks_log_fixture.h"

namespace latchkey::log {
namespace {

const HeadRecord kRecord{{0x0102030405060708, std::string(kHashBytes, '\xaa')}, 12, 5, true};

TEST(HeadSlot, HasTheBytesOfTheFormat) {
  EXPECT_EQ(text::ToHex(EncodeHeadSlot(9, kRecord)),
            "0000000000000009"                                                  // number
            "0102030405060708"                                                  // size
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"  // root
            "000000000c"                                                        // log file
            "0000000005"                                                        // sealing keys
            "01"                                                                // flags: clean
            "01"                                                                // format
            "dc9c72ec");
  EXPECT_EQ(EncodeHeadSlot(9, kRecord).size(), kHeadSlotBytes);
}

TEST(HeadSlot, IsReadAgain) {
  const auto slot = DecodeHeadSlot(EncodeHeadSlot(9, kRecord));
  ASSERT_TRUE(slot);
  EXPECT_EQ(slot->number, 9u);
  EXPECT_EQ(slot->record.head, kRecord.head);
  EXPECT_EQ(slot->record.log_file, 12u);
  EXPECT_EQ(slot->record.sealing_keys, 5u);
  EXPECT_TRUE(slot->record.clean);
}

TEST(HeadSlot, IsRefusedWithAnyFlippedBit) {
  const std::string good = EncodeHeadSlot(9, kRecord);
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(DecodeHeadSlot(bad)) << bit;
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(DecodeHeadSlot(good.substr(0, size))) << size;
  }
  EXPECT_FALSE(DecodeHeadSlot(std::string(kHeadSlotBytes, '\0')));
}

TEST(HeadFileSlots, TheLaterOneIsInForceAndOneIsEnough) {
  const std::string earlier = EncodeHeadSlot(8, {{7, std::string(kHashBytes, 'a')}});
  const std::string later = EncodeHeadSlot(9, kRecord);
  const std::string bad(kHeadSlotBytes, 'x');
  EXPECT_EQ(DecodeHeadFile(earlier + later)->number, 9u);
  EXPECT_EQ(DecodeHeadFile(later + earlier)->number, 9u);
  EXPECT_EQ(DecodeHeadFile(bad + later)->number, 9u);
  EXPECT_EQ(DecodeHeadFile(earlier + bad)->number, 8u);
  EXPECT_FALSE(DecodeHeadFile(bad + bad));
  EXPECT_FALSE(DecodeHeadFile(later));
  EXPECT_FALSE(DecodeHeadFile(later + earlier + "x"));
}

class HeadFileTest : public RocksLogTest {
 protected:
  fs::path file() const { return directory_ / "head"; }
  std::unique_ptr<HeadFile> OpenFile(const HeadRecord& record = {{0, EmptyRoot()}}) {
    auto opened = HeadFile::Open(file(), files_.resources.env, record);
    EXPECT_TRUE(opened) << opened.error().detail;
    return *std::move(opened);
  }
  Result<std::optional<HeadRecord>> Read() { return HeadFile::Read(file(), files_.resources.env); }
};

TEST_F(HeadFileTest, HoldsWhatWasWrittenLast) {
  EXPECT_FALSE(Read()->has_value());
  const auto head = OpenFile();
  EXPECT_EQ(Read()->value().head.size, 0u);
  for (std::uint64_t size = 1; size < 6; ++size) {
    ASSERT_TRUE(head->Appended({size, LeafHash(std::to_string(size))}, 40 + size));
    EXPECT_EQ(Read()->value().head, (Head{size, LeafHash(std::to_string(size))}));
    EXPECT_EQ(Read()->value().log_file, 40 + size);
    EXPECT_FALSE(Read()->value().clean);
  }
  ASSERT_TRUE(head->Stopped());
  EXPECT_TRUE(Read()->value().clean);
  EXPECT_EQ(Read()->value().head.size, 5u);
  EXPECT_EQ(fs::file_size(file()), kHeadFileBytes);
}

TEST_F(HeadFileTest, IsOpenedWhereItStood) {
  ASSERT_TRUE(OpenFile()->Appended({1, LeafHash("1")}, 4));
  const HeadRecord next{{2, LeafHash("2")}, 6, 0, false};
  const auto head = OpenFile(next);
  EXPECT_EQ(Read()->value().head, next.head);
}

TEST_F(HeadFileTest, CountsSealingKeysAndNeverFewer) {
  std::uint64_t made = 3;
  HeadRecord before{{0, EmptyRoot()}};
  before.sealing_keys = 2;
  const auto head = OpenFile(before);
  head->CountSealingKeysOf([&] { return made; });
  ASSERT_TRUE(head->Appended({1, LeafHash("1")}, 4));
  EXPECT_EQ(Read()->value().sealing_keys, 3u);
  made = 1;
  ASSERT_TRUE(head->Appended({2, LeafHash("2")}, 4));
  EXPECT_EQ(Read()->value().sealing_keys, 3u);
}

TEST_F(HeadFileTest, DamageIsReportedAndRepairedAtOpening) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{64}, kHeadFileBytes, std::size_t{200}}) {
    SCOPED_TRACE(size);
    std::ofstream(file(), std::ios::binary | std::ios::trunc) << std::string(size, 'x');
    const auto read = Read();
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::kUnusable);
    EXPECT_THAT(read.error().detail, ::testing::HasSubstr("the file head is damaged"));
    OpenFile(kRecord);
    EXPECT_EQ(Read()->value().head, kRecord.head);
  }
}

TEST_F(HeadFileTest, EachAppendIsNotedWithTheWriteAheadLogInUse) {
  const fs::path path = NewPath();
  Acknowledged acknowledged;
  const auto head = OpenFile();
  const std::unique_ptr<RocksLog> log = Open(path);
  log->NoteHeadsIn(head.get());
  std::uint64_t logs = 0;
  for (int i = 0; i < 40; ++i) {
    acknowledged.AppendTo(*log, 20, 20'000);
    const HeadRecord record = Read()->value();
    EXPECT_EQ(record.head, log->head());
    EXPECT_GE(record.log_file, logs);
    logs = record.log_file;
    char name[16];
    std::snprintf(name, sizeof name, "%06d.log", static_cast<int>(record.log_file));
    EXPECT_TRUE(fs::exists(path / name)) << name;
  }
  EXPECT_GT(logs, 4u) << "RocksDB has gone on to another one";
}

TEST_F(HeadFileTest, AnAppendThatCannotBeNotedEndsUnknown) {
  const fs::path path = NewPath();
  const auto head = OpenFile();
  const std::unique_ptr<RocksLog> log = Open(path);
  log->NoteHeadsIn(head.get());
  Acknowledged acknowledged;
  acknowledged.AppendTo(*log, 3);
  files_.fs->FailAppend("head");
  EXPECT_EQ(log->Append(3, acknowledged.Make(1)), AppendOutcome::kUnknown);
  files_.fs->Heal();
  EXPECT_EQ(log->Append(3, acknowledged.Make(1)), AppendOutcome::kUnknown) << "until a restart";
  EXPECT_EQ(log->size(), 3u) << "nobody sees it";
}

}  // namespace
}  // namespace latchkey::log
