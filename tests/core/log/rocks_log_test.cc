// Errors and crashes under the ledger, and who may open it. Acknowledged entries always survive.
#include "core/log/rocks_log.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/log/layout.h"
#include "tests/core/log/rocks_log_fixture.h"

namespace latchkey::log {
namespace {

// ---- Errors while it runs

TEST_F(RocksLogTest, AFailedSyncIsNeverTriedAgain) {
  const fs::path path = NewPath();
  Acknowledged acknowledged;
  std::unique_ptr<RocksLog> log = Open(path);
  acknowledged.AppendTo(*log, 10);
  files_.fs->FailSync(".log");
  const std::vector<std::string> lost = acknowledged.Make(3);
  EXPECT_EQ(log->Append(10, lost), AppendOutcome::kUnknown);
  files_.fs->Heal();  // a second sync would say yes
  EXPECT_EQ(log->Append(10, lost), AppendOutcome::kUnknown);
  EXPECT_EQ(log->Append(13, lost), AppendOutcome::kUnknown);
  acknowledged.ExpectExactly(*log);  // nothing of it is visible

  const fs::path without_power = NewPath();
  files_.fs->CopyAsSynced(path, without_power);
  log.reset();
  ExpectHolds(without_power, acknowledged);
  acknowledged.Add(lost);  // while the process alone died
  ExpectHolds(path, acknowledged);
}

TEST_F(RocksLogTest, AFullDeviceLosesNothing) {
  const fs::path path = NewPath();
  Acknowledged acknowledged;
  std::unique_ptr<RocksLog> log = Open(path);
  acknowledged.AppendTo(*log, 300);
  files_.fs->FailAppend(".log");
  EXPECT_EQ(log->Append(300, acknowledged.Make(20)), AppendOutcome::kUnknown);
  files_.fs->Heal();
  EXPECT_EQ(log->Append(300, acknowledged.Make(1)), AppendOutcome::kUnknown);
  log.reset();
  ExpectHolds(path, acknowledged);
  log = Open(path);
  acknowledged.AppendTo(*log, 20);
  acknowledged.ExpectExactly(*log);
}

TEST_F(RocksLogTest, AFailedFlushStopsTheWriterForGood) {
  for (const bool sync : {false, true}) {
    SCOPED_TRACE(sync ? "sync fails" : "device full");
    const fs::path path = NewPath();
    Acknowledged acknowledged;
    std::unique_ptr<RocksLog> log = Open(path);
    acknowledged.AppendTo(*log, 1);
    sync ? files_.fs->FailSync(".sst") : files_.fs->FailAppend(".sst");
    AppendOutcome outcome = AppendOutcome::kDurable;
    while (outcome == AppendOutcome::kDurable) {
      const std::vector<std::string> batch = acknowledged.Make(20, 20'000);
      outcome = log->Append(acknowledged.size(), batch);
      if (outcome == AppendOutcome::kDurable) acknowledged.Add(batch);
      ASSERT_LT(acknowledged.size(), 20'000u);
    }
    EXPECT_EQ(outcome, AppendOutcome::kUnknown);
    files_.fs->Heal();
    EXPECT_EQ(log->Append(acknowledged.size(), acknowledged.Make(1)), AppendOutcome::kUnknown);
    log.reset();
    ExpectHolds(path, acknowledged);
  }
}

// ---- Crashes

TEST_F(RocksLogTest, PowerLossKeepsWhatWasAcknowledged) {
  const fs::path path = NewPath();
  Acknowledged acknowledged;
  const std::unique_ptr<RocksLog> log = Open(path);
  for (int i = 0; i < 12; ++i) {
    acknowledged.AppendTo(*log, 1 + random_.Below(100), i % 3 == 0 ? 20'000 : 400);
    const fs::path after = NewPath();
    files_.fs->CopyAsSynced(path, after);
    ExpectHolds(after, acknowledged);
  }
}

TEST_F(RocksLogTest, ALogThatIsBuiltIsOnDiskOnceItIsFlushed) {
  const fs::path path = NewPath();
  Acknowledged acknowledged;
  const auto log = RocksLog::Open(path, files_.resources, {.build = true}).value();
  const std::uint64_t syncs = files_.fs->CallsIn(testing::DiskCall::kSync, ".log");
  for (int i = 0; i < 12; ++i) acknowledged.AppendTo(*log, 1 + random_.Below(100));
  EXPECT_EQ(files_.fs->CallsIn(testing::DiskCall::kSync, ".log"), syncs);
  ASSERT_TRUE(log->Flush());
  const fs::path after = NewPath();
  files_.fs->CopyAsSynced(path, after);
  ExpectHolds(after, acknowledged);
  files_.fs->FailSync(".sst");
  acknowledged.AppendTo(*log, 1);
  EXPECT_FALSE(log->Flush());
}

TEST_F(RocksLogTest, ATornRecordIsAllOrNothing) {
  const fs::path path = NewPath();
  Acknowledged acknowledged;
  const std::unique_ptr<RocksLog> log = Open(path);
  acknowledged.AppendTo(*log, 250);
  files_.fs->FailSync(".log");
  const std::vector<std::string> batch = acknowledged.Make(20, 5'000);  // over a block's end
  ASSERT_EQ(log->Append(250, batch), AppendOutcome::kUnknown);
  files_.fs->Heal();
  Acknowledged with_batch = acknowledged;
  with_batch.Add(batch);
  bool complete = false;
  for (std::uint64_t torn = 1; !complete; torn += 1 + random_.Below(4'000)) {
    SCOPED_TRACE(torn);
    const fs::path after = NewPath();
    files_.fs->CopyAsSynced(path, after, torn);
    const std::unique_ptr<RocksLog> opened = Open(after);
    ASSERT_NE(opened, nullptr);
    complete = opened->size() > 250;
    (complete ? with_batch : acknowledged).ExpectExactly(*opened);
    ASSERT_EQ(opened->Append(opened->size(), batch), AppendOutcome::kDurable);
  }
}

TEST_F(RocksLogTest, AnyCutOfTheLogsEndKeepsAPrefixOfWholeAppends) {
  Acknowledged acknowledged;
  const fs::path killed = KilledWith(&acknowledged, 40);
  const std::uint64_t bytes = fs::file_size(FilesOf(killed, ".log").back());
  for (int i = 0; i < 12; ++i) {
    const fs::path cut = NewPath();
    fs::copy(killed, cut);
    fs::resize_file(FilesOf(cut, ".log").back(), random_.Below(bytes));
    const std::unique_ptr<RocksLog> log = Open(cut);
    ASSERT_NE(log, nullptr);
    EXPECT_EQ(log->size() % 5, 0u);
    for (std::uint64_t n = 0; n < log->size(); ++n) EXPECT_EQ(log->Read(n), acknowledged.entry(n));
  }
}

TEST_F(RocksLogTest, WhatARestartServesIsDurable) {
  const fs::path path = NewPath();
  Acknowledged acknowledged;
  std::unique_ptr<RocksLog> log = Open(path);
  files_.fs->FailSync(".log");
  const std::vector<std::string> batch = acknowledged.Make(5);
  ASSERT_EQ(log->Append(0, batch), AppendOutcome::kUnknown);
  files_.fs->Heal();
  log = nullptr;
  log = Open(path);  // finds the record, which was never synced
  acknowledged.Add(batch);
  acknowledged.ExpectExactly(*log);
  const fs::path after = NewPath();
  files_.fs->CopyAsSynced(path, after);
  ExpectHolds(after, acknowledged);
}

// kill -9 at twelve moments of a running writer, flushes included; and power loss at the same.
TEST_F(RocksLogTest, AKillAtAnyMomentKeepsWhatWasAcknowledged) {
  const fs::path path = NewPath();
  const std::unique_ptr<RocksLog> log = Open(path);
  Acknowledged wanted;  // all that is appended, prepared before
  std::vector<std::vector<std::string>> batches;
  for (int i = 0; i < 400; ++i) {
    batches.push_back(wanted.Make(1 + random_.Below(20), 10'000));
    wanted.Add(batches.back());
  }
  std::atomic<std::uint64_t> acknowledged{0};
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (const auto& batch : batches) {
      if (stop) break;
      ASSERT_EQ(log->Append(acknowledged, batch), AppendOutcome::kDurable);
      acknowledged += batch.size();
    }
  });
  struct Image {
    fs::path path;
    std::uint64_t acknowledged;
  };
  std::vector<Image> images;
  while (images.size() < 12 && acknowledged < wanted.size()) {
    const std::uint64_t target = wanted.size() * (images.size() + 1) / 14;
    while (acknowledged < target) std::this_thread::yield();
    const std::uint64_t before = acknowledged;
    const fs::path copy = NewPath();
    images.size() % 2 == 0 ? files_.fs->CopyAsWritten(path, copy)
                           : files_.fs->CopyAsSynced(path, copy, random_.Below(3'000));
    images.push_back({copy, before});
  }
  stop = true;
  writer.join();
  for (const Image& image : images) {
    const std::unique_ptr<RocksLog> opened = Open(image.path);
    ASSERT_NE(opened, nullptr);
    EXPECT_GE(opened->size(), image.acknowledged);
    Tree tree;
    std::vector<FullTile> full;
    EXPECT_TRUE(opened->Scan(0, opened->size(), [&](std::uint64_t n, std::string_view bytes) {
      EXPECT_EQ(bytes, wanted.entry(n));
      tree.Add(LeafHash(bytes), &full);
      return true;
    }));
    EXPECT_EQ(tree.size(), opened->size());
    EXPECT_EQ(tree.Root(), opened->head().root);
  }
}

TEST_F(RocksLogTest, TwoLiveLogsAreReplayedInOrder) {
  Acknowledged acknowledged;
  const fs::path killed = KilledWithTwoLogs(&acknowledged);
  ExpectHolds(killed, acknowledged);
}

// ---- Who may open it

TEST_F(RocksLogTest, ASecondWriterInTheSameProcessIsRefused) {
  const fs::path path = NewPath();
  Acknowledged acknowledged;
  const std::unique_ptr<RocksLog> log = Open(path);
  acknowledged.AppendTo(*log, 10);
  const auto second = TryOpen(path);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kInUse);
  EXPECT_EQ(second.error().detail.find('/'), std::string::npos) << second.error().detail;
  acknowledged.AppendTo(*log, 10);  // the first one goes on
  acknowledged.ExpectExactly(*log);
}

TEST_F(RocksLogTest, ASecondWriterInAnotherProcessIsRefused) {
  Acknowledged acknowledged;
  const fs::path path = Flushed(&acknowledged, 3);
  int ready[2], done[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(done), 0);
  const std::string lock_file = (path / "LOCK").string();
  const pid_t child = fork();
  if (child == 0) {  // holds the lock as RocksDB does, until told to end
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    const int fd = open(lock_file.c_str(), O_RDWR);
    char byte = fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0 ? 'y' : 'n';
    (void)!write(ready[1], &byte, 1);
    (void)!read(done[0], &byte, 1);
    _exit(0);
  }
  char locked = 'n';
  ASSERT_EQ(read(ready[0], &locked, 1), 1);
  ASSERT_EQ(locked, 'y');
  const auto refused = TryOpen(path);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInUse);
  EXPECT_THAT(refused.error().detail, ::testing::HasSubstr("in use by another process"));
  ASSERT_EQ(write(done[1], "x", 1), 1);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  for (const int fd : {ready[0], ready[1], done[0], done[1]}) close(fd);
  ExpectHolds(path, acknowledged);
}

TEST_F(RocksLogTest, AReaderSeesTheLogAsItStoodBesideAWriter) {
  const fs::path path = NewPath();
  Acknowledged acknowledged;
  const std::unique_ptr<RocksLog> log = Open(path);
  for (int i = 0; i < 3; ++i) {
    acknowledged.AppendTo(*log, 300, 20'000);  // over a flush, too
    const auto reader = TryOpen(path, RocksLog::Mode::kReadOnly);
    ASSERT_TRUE(reader) << reader.error().detail;
    const Acknowledged then = acknowledged;
    acknowledged.AppendTo(*log, 300, 20'000);
    then.ExpectExactly(**reader);
    EXPECT_EQ((*reader)->Append(then.size(), acknowledged.Make(1)), AppendOutcome::kRefused);
  }
  acknowledged.ExpectExactly(*log);
}

TEST_F(RocksLogTest, ManyReadersOpenWhileAWriterFlushes) {
  const fs::path path = NewPath();
  Acknowledged acknowledged;
  const std::unique_ptr<RocksLog> log = Open(path);
  acknowledged.AppendTo(*log, 1);
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    while (!stop && acknowledged.size() < 8'000) acknowledged.AppendTo(*log, 20, 20'000);
  });
  for (int i = 0; i < 10; ++i) {
    const auto reader = TryOpen(path, RocksLog::Mode::kReadOnly);
    EXPECT_TRUE(reader) << reader.error().detail;
  }
  stop = true;
  writer.join();
}

TEST_F(RocksLogTest, AReaderOfNothingIsRefused) {
  const auto reader = TryOpen(NewPath(), RocksLog::Mode::kReadOnly);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, ErrorCode::kUnusable);
}

TEST_F(RocksLogTest, MakingIsFinishedWhenItWasCutShort) {
  const fs::path path = NewPath();
  {
    rocksdb::Options options(LogOptions(files_.resources, rocks::Mode::kReadWrite), {});
    rocksdb::DB* db = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(options, path.string(), &db).ok());  // no column family yet
    delete db;
  }
  Acknowledged acknowledged;
  const std::unique_ptr<RocksLog> log = Open(path);
  ASSERT_NE(log, nullptr);
  acknowledged.AppendTo(*log, 3);
  acknowledged.ExpectExactly(*log);
}

// ---- Epochs

TEST_F(RocksLogTest, KnowsWhereItsEpochBegan) {
  const fs::path path = NewPath();
  Acknowledged acknowledged;
  {
    const std::unique_ptr<RocksLog> log = Open(path);
    acknowledged.AppendTo(*log, 5);
    ASSERT_TRUE(log->BeginEvidence());
    EXPECT_EQ(log->epoch_start(), 0u);
    ASSERT_TRUE(log->BeginEpoch(3));
    EXPECT_EQ(log->epoch_start(), 3u);
    EXPECT_FALSE(log->has_evidence()) << "head and checkpoint are of the epoch before";
    const fs::path without_power = NewPath();
    files_.fs->CopyAsSynced(path, without_power);
    EXPECT_EQ(Open(without_power)->epoch_start(), 3u);
  }
  const auto reader = TryOpen(path, RocksLog::Mode::kReadOnly);
  ASSERT_TRUE(reader) << reader.error().detail;
  EXPECT_EQ((*reader)->epoch_start(), 3u);
  EXPECT_FALSE((*reader)->has_evidence());
  const std::unique_ptr<RocksLog> log = Open(path);
  ASSERT_TRUE(log->BeginEpoch(4));
  EXPECT_EQ(log->epoch_start(), 4u);
  acknowledged.ExpectExactly(*log);
}

TEST_F(RocksLogTest, KnowsThatItIsACopy) {
  const fs::path path = NewPath();
  Acknowledged acknowledged;
  {
    const std::unique_ptr<RocksLog> log = Open(path);
    EXPECT_FALSE(log->is_copy());
    ASSERT_TRUE(log->MarkCopy());
    EXPECT_TRUE(log->is_copy());
    const fs::path without_power = NewPath();
    files_.fs->CopyAsSynced(path, without_power);
    EXPECT_TRUE(Open(without_power)->is_copy());
    acknowledged.AppendTo(*log, 5);
  }
  const auto reader = TryOpen(path, RocksLog::Mode::kReadOnly);
  ASSERT_TRUE(reader) << reader.error().detail;
  EXPECT_TRUE((*reader)->is_copy());
  acknowledged.ExpectExactly(**reader);
}

TEST_F(RocksLogTest, AnEpochThatBeginsBeyondTheEndIsDamage) {
  const fs::path path = NewPath();
  {
    Acknowledged acknowledged;
    const std::unique_ptr<RocksLog> log = Open(path);
    acknowledged.AppendTo(*log, 5);
    ASSERT_TRUE(log->BeginEpoch(5));
  }
  ExpectUnusable(path);
}

}  // namespace
}  // namespace latchkey::log
