// The fixture of the tests of RocksLog: a ledger, its copies after crashes, and checks of them.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/log/rocks_log.h"
#include "tests/core/log/acknowledged.h"
#include "tests/support/fakes.h"
#include "tests/support/fault_fs.h"
#include "tests/support/temp_dir.h"

namespace latchkey::log {

namespace fs = std::filesystem;

class RocksLogTest : public ::testing::Test {
 protected:
  // A directory of its own for each copy.
  fs::path NewPath() { return directory_ / std::to_string(++copies_); }

  Result<std::unique_ptr<RocksLog>> TryOpen(const fs::path& path,
                                            RocksLog::Mode mode = RocksLog::Mode::kReadWrite) {
    return RocksLog::Open(path, files_.resources, {.mode = mode});
  }
  std::unique_ptr<RocksLog> Open(const fs::path& path) {
    auto opened = TryOpen(path);
    EXPECT_TRUE(opened) << opened.error().detail;
    return opened ? *std::move(opened) : nullptr;
  }
  void ExpectHolds(const fs::path& path, const Acknowledged& acknowledged) {
    const std::unique_ptr<RocksLog> log = Open(path);
    ASSERT_NE(log, nullptr);
    acknowledged.ExpectExactly(*log);
  }
  // Refused every time, with a message without a path, and left unchanged.
  void ExpectUnusable(const fs::path& path) {
    const std::vector<fs::path> tables = FilesOf(path, ".sst"), logs = FilesOf(path, ".log");
    for (int i = 0; i < 2; ++i) {
      const auto opened = TryOpen(path);
      ASSERT_FALSE(opened);
      EXPECT_EQ(opened.error().code, ErrorCode::kUnusable) << opened.error().detail;
      EXPECT_EQ(opened.error().detail.find('/'), std::string::npos) << opened.error().detail;
      EXPECT_EQ(FilesOf(path, ".sst"), tables);
      EXPECT_EQ(FilesOf(path, ".log"), logs);
    }
  }

  std::vector<fs::path> FilesOf(const fs::path& path, const std::string& extension) {
    std::vector<fs::path> found;
    for (const auto& file : fs::directory_iterator(path)) {
      if (file.path().extension() == extension) found.push_back(file.path());
    }
    std::sort(found.begin(), found.end());
    return found;
  }
  static void FlipBit(const fs::path& file, std::uint64_t at, int bit = 3) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(at));
    const char flipped = static_cast<char>(stream.get() ^ (1 << bit));
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put(flipped);
  }

  // A ledger as kill -9 leaves it: everything in one write-ahead log.
  fs::path KilledWith(Acknowledged* acknowledged, std::size_t appends,
                      std::size_t max_bytes = 400) {
    const fs::path path = NewPath();
    const std::unique_ptr<RocksLog> log = Open(path);
    for (std::size_t i = 0; i < appends; ++i) acknowledged->AppendTo(*log, 5, max_bytes);
    const fs::path killed = NewPath();
    files_.fs->CopyAsWritten(path, killed);
    return killed;
  }

  // A ledger killed while a flush waits: part of it in one write-ahead log, part in a second.
  fs::path KilledWithTwoLogs(Acknowledged* acknowledged) {
    const fs::path path = NewPath();
    const std::unique_ptr<RocksLog> log = Open(path);
    files_.fs->Hold(".sst");
    while (FilesOf(path, ".log").size() < 2) acknowledged->AppendTo(*log, 20, 20'000);
    acknowledged->AppendTo(*log, 20, 20'000);
    const fs::path killed = NewPath();
    files_.fs->CopyAsWritten(path, killed);
    files_.fs->Heal();
    return killed;
  }

  // A closed ledger with everything in tables, nothing in a write-ahead log.
  fs::path Flushed(Acknowledged* acknowledged, std::size_t appends) {
    const fs::path path = KilledWith(acknowledged, appends);
    ExpectHolds(path, *acknowledged);  // recovery writes tables
    return path;
  }

  testing::TempDir directory_;
  testing::FaultyResources files_;
  testing::SeededRandom random_;
  int copies_ = 0;
};

}  // namespace latchkey::log
