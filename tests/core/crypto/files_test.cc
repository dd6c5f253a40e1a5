#include "core/crypto/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>
#include <vector>

#include "tests/support/temp_dir.h"

namespace latchkey::crypto {
namespace {

namespace fs = std::filesystem;

unsigned ModeOf(const fs::path& path) {
  struct stat info {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0);
  return info.st_mode & 0777;
}

std::size_t FilesIn(const fs::path& path) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(path), {}));
}

class FilesTest : public ::testing::Test {
 protected:
  testing::TempDir dir_;
};

TEST_F(FilesTest, WritesWholeFilesWithTheRightMode) {
  const mode_t before = ::umask(0);
  ASSERT_TRUE(WriteFileDurably(dir_ / "secret", "content", true));
  ASSERT_TRUE(WriteFileDurably(dir_ / "open", std::string(100'000, 'x'), false));
  ::umask(before);
  EXPECT_EQ(ReadSmallFile(dir_ / "secret"), "content");
  EXPECT_EQ(ReadSmallFile(dir_ / "open"), std::string(100'000, 'x'));
  EXPECT_EQ(ModeOf(dir_ / "secret"), 0600u);
  EXPECT_EQ(ModeOf(dir_ / "open"), 0644u);
  EXPECT_EQ(FilesIn(dir_.path()), 2u);
}

TEST_F(FilesTest, ReplacesAFileAndItsMode) {
  ASSERT_TRUE(WriteFileDurably(dir_ / "file", "long and open", false));
  ASSERT_TRUE(WriteFileDurably(dir_ / "file", "new", true));
  EXPECT_EQ(ReadSmallFile(dir_ / "file"), "new");
  EXPECT_EQ(ModeOf(dir_ / "file"), 0600u);
}

TEST_F(FilesTest, TwoWritersLeaveOneOfTwoWholeFiles) {
  const std::string contents[] = {std::string(50'000, 'a'), std::string(50'000, 'b')};
  std::vector<std::thread> writers;
  for (const std::string& content : contents) {
    writers.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        ASSERT_TRUE(WriteFileDurably(dir_ / "file", content, true));
      }
    });
  }
  for (auto& writer : writers) writer.join();
  const auto left = ReadSmallFile(dir_ / "file");
  EXPECT_TRUE(left == contents[0] || left == contents[1]);
  EXPECT_EQ(FilesIn(dir_.path()), 1u);
}

TEST_F(FilesTest, AFailedWriteLeavesTheOldFileAndNothingElse) {
  ASSERT_TRUE(MakePrivateDirectory(dir_ / "taken"));
  ASSERT_TRUE(WriteFileDurably(dir_ / "taken" / "inside", "x", true));
  const auto failed =
      WriteFileDurably(dir_ / "taken", "content", true);  // a directory has that name
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kIo);
  EXPECT_EQ(failed.error().detail.find(dir_.path().string()), std::string::npos);
  EXPECT_EQ(FilesIn(dir_.path()), 1u);
  const auto nowhere = WriteFileDurably(dir_ / "missing" / "file", "x", true);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, ErrorCode::kIo);
}

TEST_F(FilesTest, ReadRefusesByName) {
  const auto absent = ReadSmallFile(dir_ / "absent");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
  const auto directory = ReadSmallFile(dir_.path());
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().code, ErrorCode::kIo);
  std::ofstream(dir_ / "largest") << std::string(1024 * 1024, 'x');
  EXPECT_TRUE(ReadSmallFile(dir_ / "largest"));
  std::ofstream(dir_ / "larger") << std::string(1024 * 1024 + 1, 'x');
  const auto larger = ReadSmallFile(dir_ / "larger");
  ASSERT_FALSE(larger);
  EXPECT_EQ(larger.error().code, ErrorCode::kIo);
  std::ofstream(dir_ / "empty");
  EXPECT_EQ(ReadSmallFile(dir_ / "empty"), "");
}

TEST_F(FilesTest, MakesADirectoryOfItsOwnersOnce) {
  ASSERT_TRUE(MakePrivateDirectory(dir_ / "private"));
  EXPECT_EQ(ModeOf(dir_ / "private"), 0700u);
  EXPECT_TRUE(MakePrivateDirectory(dir_ / "private"));
  ASSERT_TRUE(WriteFileDurably(dir_ / "file", "x", false));
  EXPECT_FALSE(MakePrivateDirectory(dir_ / "file"));
  EXPECT_FALSE(MakePrivateDirectory(dir_ / "missing" / "below"));
}

TEST_F(FilesTest, DestroysWhatStandsInAFile) {
  ASSERT_TRUE(WriteFileDurably(dir_ / "secret", "the secret", true));
  std::ifstream open(dir_ / "secret");  // sees the file itself, whatever becomes of its name
  ASSERT_TRUE(DestroyFile(dir_ / "secret"));
  EXPECT_FALSE(fs::exists(dir_ / "secret"));
  std::string left(10, 'x');
  open.read(left.data(), 10);
  EXPECT_EQ(left, std::string(10, '\0'));
  EXPECT_TRUE(DestroyFile(dir_ / "secret")) << "it is gone, as it should be";
}

TEST_F(FilesTest, DestroysNoContentThatAnotherNameLeadsTo) {
  ASSERT_TRUE(WriteFileDurably(dir_ / "one", "the secret", true));
  ASSERT_TRUE(LinkFileDurably(dir_ / "one", dir_ / "two"));
  EXPECT_TRUE(LinkFileDurably(dir_ / "one", dir_ / "two")) << "again";
  ASSERT_TRUE(DestroyFile(dir_ / "two"));
  EXPECT_EQ(ReadSmallFile(dir_ / "one"), "the secret");
}

TEST_F(FilesTest, MovesAFileInPlaceOfAnother) {
  ASSERT_TRUE(WriteFileDurably(dir_ / "old", "old", true));
  ASSERT_TRUE(WriteFileDurably(dir_ / "new", "new", true));
  ASSERT_TRUE(MoveFileDurably(dir_ / "new", dir_ / "old"));
  EXPECT_EQ(ReadSmallFile(dir_ / "old"), "new");
  EXPECT_EQ(FilesIn(dir_.path()), 1u);
  EXPECT_EQ(MoveFileDurably(dir_ / "absent", dir_ / "old").error().code, ErrorCode::kIo);
  EXPECT_EQ(LinkFileDurably(dir_ / "absent", dir_ / "second").error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace latchkey::crypto
