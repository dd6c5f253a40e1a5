// What a witness keeps on disk: across restarts, failures and power cuts, and when it is damaged.
#include "tools/witness/witness_directory.h"

#include <sys/stat.h>

#include <fstream>
#include <functional>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/hex.h"
#include "core/log/cosignature.h"
#include "core/rocks/small_file.h"
#include "tests/support/fault_fs.h"
#include "tests/support/signed_log.h"
#include "tests/tools/witnessed.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using latchkey::testing::DiskCall;
using latchkey::testing::DiskFault;
using latchkey::testing::FaultyResources;
using latchkey::testing::ReadFile;
using latchkey::testing::SignedLog;
using testing::Witnessed;

void Overwrite(const fs::path& file, const std::string& content) {
  std::ofstream(file, std::ios::trunc | std::ios::binary) << content;
}

fs::path CheckpointOf(const fs::path& data, const SignedLog& log) {
  return data / "checkpoints" / OriginHash(log.origin());
}

TEST(WitnessDirectoryTest, KeepsAllAcrossRestarts) {
  const SignedLog log("log.example/1", 9);
  Witnessed witnessed({log.key()});
  const log::NoteKey key = witnessed.witness().key();
  EXPECT_EQ(key.name, "witness-" + text::ToHex(key.public_key).substr(0, 16));
  ASSERT_EQ(witnessed.Add(log.Body(0, 3)).status, 200);
  const std::string latest = witnessed.Latest(log.key());
  witnessed.StartAgain();
  EXPECT_EQ(witnessed.witness().key().name, key.name);
  EXPECT_EQ(witnessed.witness().key().public_key, key.public_key);
  EXPECT_EQ(witnessed.Latest(log.key()), latest);
  EXPECT_EQ(witnessed.Add(log.Body(0, 5)).body, "3\n");
  EXPECT_EQ(witnessed.Add(log.Forked().Body(3, 5)).status, 422);
  EXPECT_EQ(witnessed.Add(log.Body(3, 5)).status, 200);
  witnessed.StartAgain();
  EXPECT_EQ(witnessed.Add(log.Body(5, 9)).status, 200);
}

// docs/witness.md
TEST(WitnessDirectoryTest, HoldsWhatThePageSays) {
  const SignedLog log("log.example/1", 3);
  Witnessed witnessed({log.key()});
  const WitnessAnswer answer = witnessed.Add(log.Body(0, 3));
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(witnessed.data())) {
    if (entry.is_directory()) continue;
    files[entry.path().lexically_relative(witnessed.data())] = ReadFile(entry.path());
  }
  const std::string hash = OriginHash(log.origin());
  EXPECT_THAT(files,
              ::testing::UnorderedElementsAre(
                  ::testing::Pair("lock", ""),
                  ::testing::Pair("identity", ::testing::StartsWith(
                                                  log::CosignerKeyText(witnessed.witness().key()) +
                                                  "\n-----BEGIN PRIVATE KEY-----\n")),
                  ::testing::Pair("checkpoints/" + hash, log.NoteAt(3) + answer.body),
                  ::testing::Pair("known/" + hash, "")));
  struct stat found {};
  ASSERT_EQ(::stat(witnessed.data().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0700u);
  ASSERT_EQ(::stat((witnessed.data() / "identity").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0600u);
}

TEST(WitnessDirectoryTest, IsOneProcessesAlone) {
  Witnessed witnessed({});
  const auto second = witnessed.Open(witnessed.data(), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kInUse);
  witnessed.Stop();
  EXPECT_TRUE(witnessed.Open(witnessed.data(), {}));
}

TEST(WitnessDirectoryTest, HasTheNameThatANewOneWasGiven) {
  latchkey::testing::TempDir directory;
  rocksdb::Env* env = rocksdb::Env::Default();
  {
    const auto made = WitnessDirectory::Open(directory / "w", "witness.example/1", env);
    ASSERT_TRUE(made) << made.error().detail;
    EXPECT_EQ(made->key().name, "witness.example/1");
  }
  const auto again = WitnessDirectory::Open(directory / "w", "", env);
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(again->key().name, "witness.example/1");
  for (const auto& name : {std::string(), std::string("a b"), std::string("a+b"),
                           std::string("a\n"), std::string("\xc3\xa9"), std::string(129, 'a')}) {
    EXPECT_FALSE(IsWitnessName(name)) << name;
  }
  EXPECT_TRUE(IsWitnessName(std::string(128, 'a')));
}

// Whatever happens to one byte of it, a checkpoint is never taken for none.
TEST(WitnessDirectoryTest, IsRefusedWithAnyByteOfACheckpointChanged) {
  const SignedLog log("log.example/1", 3);
  Witnessed witnessed({log.key()});
  ASSERT_EQ(witnessed.Add(log.Body(0, 3)).status, 200);
  witnessed.Stop();
  const fs::path file = CheckpointOf(witnessed.data(), log);
  const std::string good = ReadFile(file);
  const auto refused = [&](const std::string& content) {
    Overwrite(file, content);
    const auto opened = witnessed.Open(witnessed.data(), {log.key()});
    return !opened && opened.error().code == ErrorCode::kUnusable &&
           opened.error().detail.find("another witness in an empty directory") != std::string::npos;
  };
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_TRUE(refused(changed)) << "byte " << i;
    EXPECT_TRUE(refused(good.substr(0, i))) << "cut at " << i;
  }
  EXPECT_TRUE(refused(log.NoteAt(3))) << "never cosigned";
  EXPECT_TRUE(refused(std::string(rocks::kMaxSmallFileBytes + 1, 'x')));
  fs::remove(file);
  const auto lost = witnessed.Open(witnessed.data(), {log.key()});
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, ErrorCode::kUnusable);
  EXPECT_THAT(lost.error().detail, ::testing::HasSubstr("it is lost"));
  Overwrite(file, good);
  witnessed.StartAgain();
  EXPECT_EQ(witnessed.Add(log.Body(0, 3)).body, "3\n");
}

TEST(WitnessDirectoryTest, IsRefusedWithACheckpointOfAnother) {
  const SignedLog one("log.example/1", 3), two("log.example/2", 3);
  Witnessed witnessed({one.key(), two.key()});
  ASSERT_EQ(witnessed.Add(one.Body(0, 3)).status, 200);
  ASSERT_EQ(witnessed.Add(two.Body(0, 3)).status, 200);
  Witnessed other({one.key()});
  ASSERT_EQ(other.Add(one.Body(0, 2)).status, 200);
  witnessed.Stop();
  const std::string good = ReadFile(CheckpointOf(witnessed.data(), one));
  for (const fs::path& from : {CheckpointOf(witnessed.data(), two),  // of another log
                               CheckpointOf(other.data(), one)}) {   // of another witness
    Overwrite(CheckpointOf(witnessed.data(), one), ReadFile(from));
    const auto opened = witnessed.Open(witnessed.data(), {one.key(), two.key()});
    ASSERT_FALSE(opened) << from;
    EXPECT_EQ(opened.error().code, ErrorCode::kUnusable);
  }
  // Signed by a key that is not given any more.
  Overwrite(CheckpointOf(witnessed.data(), one), good);
  const auto opened =
      witnessed.Open(witnessed.data(), {SignedLog("log.example/1").key(), two.key()});
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().detail, ::testing::HasSubstr("--log for both"));
  EXPECT_TRUE(witnessed.Open(witnessed.data(), {two.key()})) << "a log may be left out";
}

TEST(WitnessDirectoryTest, IsRefusedOrTheSameWithAnyByteOfItsIdentityChanged) {
  Witnessed witnessed({});
  const log::NoteKey key = witnessed.witness().key();
  witnessed.Stop();
  const fs::path file = witnessed.data() / "identity";
  const std::string good = ReadFile(file);
  std::size_t refused = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    Overwrite(file, changed);
    const auto opened = witnessed.Open(witnessed.data(), {});
    if (opened) {
      EXPECT_EQ((*opened)->key().name, key.name) << "byte " << i;
      EXPECT_EQ((*opened)->key().public_key, key.public_key) << "byte " << i;
      continue;
    }
    EXPECT_EQ(opened.error().code, ErrorCode::kUnusable) << opened.error().detail;
    EXPECT_EQ(opened.error().detail.find("BEGIN"), std::string::npos);
    ++refused;
  }
  EXPECT_GT(refused, good.size() / 2);
  Overwrite(file, good);
  const SignedLog log("log.example/1", 3);
  ASSERT_EQ((*witnessed.Open(witnessed.data(), {log.key()}))->AddCheckpoint(log.Body(0, 3)).status,
            200);
  fs::remove(file);
  const auto lost = witnessed.Open(witnessed.data(), {});
  ASSERT_FALSE(lost) << "no other key is made";
  EXPECT_EQ(lost.error().code, ErrorCode::kUnusable);
}

struct WrongWitnessDirectory {
  const char* name;
  std::function<void(const fs::path&)> act;
  const char* words;
};

TEST(WitnessDirectoryTest, ThatOthersCouldHaveChangedIsRefused) {
  const SignedLog log("log.example/1", 3);
  const auto link = [](const char* name) {
    return [name](const fs::path& data) {
      fs::rename(data / name, data.string() + ".moved");
      fs::create_symlink(data.string() + ".moved", data / name);
    };
  };
  const auto mode = [](const char* name, unsigned bits) {
    return [name, bits](const fs::path& data) { fs::permissions(data / name, fs::perms(bits)); };
  };
  const WrongWitnessDirectory rows[] = {
      {"others may write", mode("", 0777), "chmod 700"},
      {"identity for all to write", mode("identity", 0666), "chmod -R go-w"},
      {"identity is a link", link("identity"), "symbolic link"},
      {"lock is a link", link("lock"), "symbolic link"},
      {"checkpoints is a link", link("checkpoints"), "symbolic link"},
      {"checkpoints is lost", [](const fs::path& data) { fs::remove_all(data / "checkpoints"); },
       "checkpoints/ in "},
      {"both folders are lost",
       [](const fs::path& data) {
         fs::remove_all(data / "checkpoints");
         fs::remove_all(data / "known");
       },
       "would not know what it has cosigned"},
      {"other things and no identity",
       [](const fs::path& data) {
         fs::remove_all(data);
         fs::create_directory(data);
         Overwrite(data / "diary", "x");
       },
       "has no witness"},
      {"a ledger",
       [](const fs::path& data) {
         fs::remove_all(data);
         fs::create_directories(data / "ledger");
       },
       "has no witness"},
  };
  for (const WrongWitnessDirectory& row : rows) {
    Witnessed witnessed({log.key()});
    ASSERT_EQ(witnessed.Add(log.Body(0, 3)).status, 200);
    witnessed.Stop();
    row.act(witnessed.data());
    const auto opened = witnessed.Open(witnessed.data(), {log.key()});
    ASSERT_FALSE(opened) << row.name;
    EXPECT_EQ(opened.error().code, ErrorCode::kUnusable) << row.name;
    EXPECT_THAT(opened.error().detail, ::testing::HasSubstr(row.words)) << row.name;
  }
}

// A start that was killed before there was a key leaves no more than this.
TEST(WitnessDirectoryTest, IsMadeWhereAStartWasKilled) {
  latchkey::testing::TempDir directory;
  fs::create_directories(directory / "w" / "lost+found");
  fs::create_directories(directory / "w" / "checkpoints");
  Overwrite(directory / "w" / "lock", "");
  Overwrite(directory / "w" / ".identity.abcdef", "half");
  EXPECT_TRUE(WitnessDirectory::Open(directory / "w", "", rocksdb::Env::Default()));
}

// Each call to the disk fails once, while the first checkpoint of a log is kept and the second.
TEST(WitnessOnAFailingDisk, CosignsNothingThatIsNotKept) {
  const SignedLog log("log.example/1", 9);
  for (const DiskCall call : {DiskCall::kOpen, DiskCall::kWrite, DiskCall::kSync, DiskCall::kRename,
                              DiskCall::kSyncDirectory}) {
    for (const DiskFault fault : {DiskFault::kError, DiskFault::kNoSpace, DiskFault::kTorn}) {
      for (const char* where : {"/checkpoints", "/known"}) {
        FaultyResources faulty;
        Witnessed witnessed({log.key()}, faulty.env.get());
        std::uint64_t size = 0;
        for (int round = 0; round < 2; ++round) {
          faulty.fs->Fail({call, fault, where, 0, true});
          const WitnessAnswer failed = witnessed.Add(log.Body(size, size + 2));
          if (failed.status == 200) {  // this round does not make that call there
            size += 2;
            faulty.fs->Heal();
            continue;
          }
          EXPECT_EQ(failed.status, 503) << failed.body;
          EXPECT_EQ(failed.body.find("\xe2\x80\x94"), std::string::npos);
          EXPECT_EQ(failed.body.find(witnessed.data().string()), std::string::npos);
          EXPECT_EQ(witnessed.Add(log.Body(size + 2, size + 3)).status, 409) << "still at " << size;
          faulty.fs->Heal();
          EXPECT_EQ(witnessed.Add(log.Body(size, size + 3)).status, 200);
          size += 3;
        }
        EXPECT_TRUE(faulty.fs->struck() || std::string(where) == "/known");
        witnessed.StartAgain();
        EXPECT_EQ(witnessed.Add(log.Body(0, 9)).body, std::to_string(size) + "\n");
      }
    }
  }
}

TEST(WitnessOnAFailingDisk, TellsOnceAMinute) {
  const SignedLog log("log.example/1", 9);
  FaultyResources faulty;
  Witnessed witnessed({log.key()}, faulty.env.get());
  faulty.fs->Fail({DiskCall::kSync, DiskFault::kError, "/checkpoints", 0, true});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(witnessed.Add(log.Body(0, 3)).status, 503);
  ASSERT_EQ(witnessed.told().size(), 1u);
  EXPECT_THAT(witnessed.told()[0], ::testing::HasSubstr("Nothing is cosigned"));
}

// What is asked again within a second was kept already.
TEST(WitnessOnDisk, WritesNoMoreThanOnceASecondForOneCheckpoint) {
  const SignedLog log("log.example/1", 3);
  FaultyResources faulty;
  Witnessed witnessed({log.key()}, faulty.env.get());
  const std::string first = witnessed.Add(log.Body(0, 3)).body;
  const auto renames = [&] { return faulty.fs->CallsIn(DiskCall::kRename, "/checkpoints/"); };
  const std::uint64_t before = renames();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(witnessed.Add(log.Body(3, 3)).body, first);
  EXPECT_EQ(renames(), before);
  witnessed.clock().Advance(std::chrono::seconds(1));
  EXPECT_NE(witnessed.Add(log.Body(3, 3)).body, first);
  EXPECT_EQ(renames(), before + 1);
}

TEST(WitnessOnDisk, APowerCutTakesNothingThatWasAnswered) {
  const SignedLog log("log.example/1", 9);
  FaultyResources faulty;
  Witnessed witnessed({log.key()}, faulty.env.get());
  for (std::uint64_t size = 1; size <= 9; ++size) {
    ASSERT_EQ(witnessed.Add(log.Body(size - 1, size)).status, 200);
    latchkey::testing::TempDir directory;
    faulty.fs->CopyAsSynced(witnessed.data(), directory / "left");
    fs::permissions(directory / "left", fs::perms::owner_all);
    const auto left = witnessed.Open(directory / "left", {log.key()});
    ASSERT_TRUE(left) << left.error().detail;
    EXPECT_EQ((*left)->Latest(OriginHash(log.origin())).body, witnessed.Latest(log.key()));
  }
}

}  // namespace
}  // namespace latchkey::tools
