// Sessions on a disk that is damaged or fails: all of them are there or none, and none comes back.
#include <filesystem>
#include <fstream>

#include "tests/api/kept_sessions.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;
using api::SessionId;

// What a damaged directory may be opened as: all that was there, or nothing.
TEST_F(KeptSessionsTest, AreAllThereOrNoneWhateverByteIsDamaged) {
  const SessionId stays = Begin(Token(1));
  const SessionId ended = Begin(Token(2));
  EXPECT_TRUE(End(ended));
  const std::filesystem::path made = directory_ / "made";
  disk_.fs->CopyAsWritten(path(), made);
  sessions_.reset();
  std::size_t files = 0, whole = 0, none = 0;
  for (const auto& entry : std::filesystem::directory_iterator(made)) {
    const std::string name = entry.path().filename();
    if (name == "LOCK" || name.starts_with("LOG")) continue;
    ++files;
    const auto size = std::filesystem::file_size(entry.path());
    // LATCHKEY_SEED draws the bit, so that in time it is every one.
    const std::uintmax_t stride = name.ends_with(".log")        ? 3
                                  : name.starts_with("OPTIONS") ? 999
                                                                : 11;
    for (std::uintmax_t at = random_.Below(stride); at < size; at += stride) {
      SCOPED_TRACE(name + " at " + std::to_string(at));
      const std::filesystem::path copy = directory_ / "copy";
      std::filesystem::remove_all(copy);
      std::filesystem::copy(made, copy);
      std::fstream file(copy / name, std::ios::in | std::ios::out | std::ios::binary);
      file.seekg(static_cast<std::streamoff>(at));
      const char byte = static_cast<char>(file.get() ^ (1 << random_.Below(8)));
      file.seekp(static_cast<std::streamoff>(at));
      file.put(byte);
      file.close();
      sessions_ = Open(copy);
      EXPECT_FALSE(Holds(ended));
      ++(Holds(stays) ? whole : none);
      EXPECT_EQ(sessions_->size(), Holds(stays) ? 1u : 0u);
      // It is good for new ones.
      const SessionId begun = Begin(Token(3));
      sessions_.reset();
      sessions_ = Open(copy);
      EXPECT_TRUE(Holds(begun));
      sessions_.reset();
    }
  }
  EXPECT_GE(files, 3u);
  EXPECT_GT(whole, 0u);
  EXPECT_GT(none, 0u);
}

TEST_F(KeptSessionsTest, AreNotThereWhenTheLastWriteIsTorn) {
  const SessionId stays = Begin(Token(1));
  const SessionId ended = Begin(Token(2));
  EXPECT_TRUE(End(ended));
  const std::filesystem::path made = directory_ / "made";
  disk_.fs->CopyAsWritten(path(), made);
  sessions_.reset();
  for (const auto& entry : std::filesystem::directory_iterator(made)) {
    if (entry.path().extension() != ".log" || entry.file_size() == 0) continue;
    std::filesystem::resize_file(entry.path(), entry.file_size() - 1);
  }
  sessions_ = Open(made);
  EXPECT_FALSE(Holds(ended));
  EXPECT_FALSE(Holds(stays));
  EXPECT_EQ(said_, "sessions_discarded");
}

// The disk fails at each of its calls once, or from then on; then power is lost.
TEST_F(KeptSessionsTest, NoneComesBackWhateverCallOfTheDiskFails) {
  std::size_t refused = 0, ended_well = 0, trials = 0;
  for (const DiskCall call : kDiskCalls) {
    for (const DiskFault fault : kDiskFaults) {
      for (const bool lasting : {false, true}) {
        for (std::uint64_t nth = 0; nth < 3; ++nth) {
          SCOPED_TRACE("call " + std::to_string(static_cast<int>(call)) + " fault " +
                       std::to_string(static_cast<int>(fault)) + " nth " + std::to_string(nth) +
                       (lasting ? " lasting" : ""));
          sessions_.reset();
          const std::string number = std::to_string(++trials);
          const std::filesystem::path data = directory_ / ("data-" + number);
          const std::filesystem::path image = directory_ / ("image-" + number);
          sessions_ = Open(data);
          const SessionId out = Begin(Token(1));
          const SessionId replaced = Begin(Token(2));
          disk_.fs->Fail({call, fault, data.string(), nth, lasting});
          const Status ended = End(out);
          SessionId after;
          const Status begun = AwaitTold(
              [&](const auto& done) { after = sessions_->Begin(Token(3), {}, replaced, done).id; });
          EXPECT_EQ(Holds(after), begun.has_value());
          EXPECT_FALSE(Holds(out));
          EXPECT_FALSE(Holds(replaced));
          if (!ended) {
            EXPECT_EQ(ended.error().code, ErrorCode::kReadOnly);
            EXPECT_EQ(End(out).has_value(), !sessions_->failed()) << "asked again";
          }
          ++(ended ? ended_well : refused);
          disk_.fs->CopyAsSynced(data, image);
          disk_.fs->Heal();
          const bool again = !ended || !begun;
          if (again) {  // once the disk is well, all is as it was answered
            clock_.Advance(10s);
            sessions_->Tick();
            EXPECT_TRUE(End(out));
            EXPECT_FALSE(sessions_->failed());
          }
          sessions_.reset();
          sessions_ = Open(again ? data : image);
          EXPECT_FALSE(Holds(out));
          EXPECT_FALSE(Holds(replaced));
          EXPECT_EQ(Holds(after), begun.has_value());
        }
      }
    }
  }
  EXPECT_GT(refused, 0u);
  EXPECT_GT(ended_well, 0u);
}

TEST_F(KeptSessionsTest, AreBegunOnADiskThatFailsUnlessOneEndsForIt) {
  const SessionId before = Begin(Token(1));
  disk_.fs->Fail({DiskCall::kSync, DiskFault::kError, "/sessions/", 0, true});
  disk_.fs->Fail({DiskCall::kOpen, DiskFault::kError, "/sessions/", 0, true});
  const SessionId begun = Begin(Token(2));
  EXPECT_TRUE(Holds(begun)) << "at worst it does not outlive the process";
  EXPECT_TRUE(sessions_->failed());
  SessionId instead;
  const Status refused = AwaitTold(
      [&](const auto& done) { instead = sessions_->Begin(Token(3), {}, before, done).id; });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kReadOnly);
  EXPECT_FALSE(Holds(instead));
  EXPECT_FALSE(Holds(before));
  const Status unknown = End("");
  EXPECT_FALSE(unknown) << "of one that had ended before it may still be on the disk";
  disk_.fs->Heal();
  EXPECT_FALSE(End("")) << "the disk is tried again every ten seconds";
  clock_.Advance(10s);
  sessions_->Tick();
  Settle();
  Restart();
  EXPECT_TRUE(Holds(begun));
  EXPECT_FALSE(Holds(before));
}

TEST_F(KeptSessionsTest, AreServedWithoutADirectoryThatCanBeMade) {
  std::ofstream(directory_ / "file") << "in its place";
  sessions_ = Open(directory_ / "file");
  EXPECT_TRUE(sessions_->failed());
  EXPECT_TRUE(Holds(Begin(Token(1))));
}

}  // namespace
}  // namespace latchkey::testing
