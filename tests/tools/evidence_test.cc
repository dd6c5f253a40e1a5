// The evidence of a ledger outside the ledger itself: what is compared, and the messages.
#include "tools/ledger/evidence.h"

#include <fstream>
#include <functional>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/log/checkpointer.h"
#include "core/rocks/small_file.h"
#include "tests/tools/served.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using latchkey::testing::TempDir;
using testing::Cli;
using testing::CountOf;
using ::testing::HasSubstr;
using testing::OptionsFor;
using testing::Ran;
using testing::Served;
using testing::StartService;
using testing::WriteAheadLog;

std::string EventsIn(const fs::path& data) {
  const rocks::Resources resources = rocks::Resources::Create();
  const auto head = log::HeadFile::Read(HeadPath(data), resources.env);
  return std::to_string((*head)->head.size);
}

// A stopped ledger with some events, copied for each row.
class StoppedLedger {
 public:
  StoppedLedger() {
    Served served;
    for (const char* name : {"one", "two", "three"}) served.AddGateway(name);
    EXPECT_EQ(served.Run({"key", "generate", "acme/one", "--reason", "second try", "--yes"}).exit,
              0);
    served.service().Tick();
    served.Stop();
    fs::copy(served.data(), data_, fs::copy_options::recursive);
  }
  fs::path Copy(const TempDir& into) const {
    fs::copy(data_, into / "data", fs::copy_options::recursive);
    return into / "data";
  }

 private:
  TempDir directory_;
  fs::path data_ = directory_ / "data";
};

const fs::path CopyOfStopped(const TempDir& into) {
  static const StoppedLedger stopped;
  return stopped.Copy(into);
}

struct Loss {
  const char* name;
  std::function<void(const fs::path& data)> happen;
  std::vector<std::string> said;
};

void PrintTo(const Loss& loss, std::ostream* out) { *out << loss.name; }

std::function<void(const fs::path&)> Remove(std::vector<std::string> names) {
  return [=](const fs::path& data) {
    for (const std::string& name : names) fs::remove_all(data / name);
  };
}

void CutLog(const fs::path& data) {
  fs::resize_file(WriteAheadLog(data), fs::file_size(WriteAheadLog(data)) / 2);
}

class LostEndTest : public ::testing::TestWithParam<Loss> {};

// Every file by its path, but for those that RocksDB writes at every opening.
std::map<std::string, std::string> Kept(const fs::path& data) {
  auto files = latchkey::testing::Snapshot(data);
  std::erase_if(files, [](const auto& file) {
    const std::string name = fs::path(file.first).filename().string();
    return fs::is_directory(file.first) || name.starts_with("LOG") || name == "LOCK";
  });
  return files;
}

// By every command that opens the ledger, with 5, as often as one asks, and nothing is changed.
TEST_P(LostEndTest, IsRefusedInWordsAndNothingIsChanged) {
  TempDir directory;
  const fs::path data = CopyOfStopped(directory);
  GetParam().happen(data);
  const auto before = Kept(data);
  const auto expect_said = [](const std::string& text) {
    for (const std::string& words : GetParam().said) EXPECT_THAT(text, HasSubstr(words));
  };
  for (const std::vector<std::string>& command : {std::vector<std::string>{"verify"},
                                                  {"replay"},
                                                  {"replay", "--check"},
                                                  {"rotate", "master-key"},
                                                  {"recover", "--apply"}}) {
    SCOPED_TRACE(command.back());
    std::vector<std::string> line = command;
    line.insert(line.end(), {"--data", data.string()});
    const Ran ran = Cli(line);
    EXPECT_EQ(ran.exit, 5) << ran.out;
    expect_said(ran.err);
    const auto started = Service::Start(OptionsFor(data));
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, ErrorCode::kUnusable);
    expect_said(started.error().detail);
  }
  EXPECT_EQ(Kept(data), before);
}

TEST(LostEnd, OfAWholeLedgerIsTold) {
  TempDir directory;
  const fs::path data = CopyOfStopped(directory);
  fs::remove_all(data / "ledger");
  const std::pair<const char*, const char*> kRows[] = {
      {"nothing yet", "the file head has seen"},
      {"head", "the file checkpoint has seen"},
      {"checkpoint", "projections/"},
      {"projections", "presence/ has seen"},
      {"presence", "its ledger/ is gone or empty"}};
  for (const auto& [lost, said] : kRows) {
    fs::remove_all(data / lost);
    const auto started = Service::Start(OptionsFor(data));
    ASSERT_FALSE(started) << lost;
    EXPECT_EQ(started.error().code, ErrorCode::kUnusable);
    EXPECT_THAT(started.error().detail, HasSubstr(said)) << lost;
  }
}

TEST(LostEnd, IsMendedByPuttingTheFileBack) {
  TempDir directory;
  const fs::path data = CopyOfStopped(directory);
  const std::string size = EventsIn(data);
  const fs::path file = WriteAheadLog(data);
  fs::rename(file, directory / "aside");
  EXPECT_FALSE(Service::Start(OptionsFor(data)));
  fs::rename(directory / "aside", file);
  EXPECT_EQ(std::to_string(StartService(OptionsFor(data))->ledger().log().size()), size);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, LostEndTest,
    ::testing::Values(
        Loss{"LogLost",
             [](const fs::path& data) { fs::remove(WriteAheadLog(data)); },
             {"event 2 is missing", "the file head has seen", "put back ledger/"}},
        Loss{"LogEmptied",
             [](const fs::path& data) { fs::resize_file(WriteAheadLog(data), 0); },
             {"event 2 is missing", "the file head has seen", ".log as it was"}},
        Loss{"LogCut", CutLog, {"is missing, and the file head has seen", ".log as it was"}},
        Loss{"LogCutAndHeadLost",
             [](const fs::path& data) {
               CutLog(data);
               fs::remove(data / "head");
             },
             {"is missing, and the file checkpoint has seen"}},
        Loss{"LogCutHeadAndCheckpointLost",
             [](const fs::path& data) {
               CutLog(data);
               Remove({"head", "checkpoint"})(data);
             },
             {"is missing, and projections/"}},
        Loss{"LogCutAllLost",
             [](const fs::path& data) {
               CutLog(data);
               Remove({"head", "checkpoint", "projections", "presence"})(data);
             },
             {"the file head is missing; the file checkpoint is missing", "put it back"}},
        Loss{"HeadLost", Remove({"head"}), {"the file head is missing", "--adopt-checkpoint"}},
        Loss{"HeadDamaged",
             [](const fs::path& data) { std::ofstream(data / "head") << "something"; },
             {"the file head is damaged", "--adopt-checkpoint"}},
        Loss{"CheckpointLost",
             Remove({"checkpoint"}),
             {"the file checkpoint is missing", "--adopt-checkpoint"}},
        Loss{"CheckpointOfAnother",
             [](const fs::path& data) {
               const Served other;
               fs::copy_file(other.data() / "checkpoint", data / "checkpoint",
                             fs::copy_options::overwrite_existing);
             },
             {"the file checkpoint is not of this ledger"}}),
    [](const ::testing::TestParamInfo<Loss>& row) { return row.param.name; });

TEST(Adoption, HoldsForThatSizeAloneAndIsAFact) {
  TempDir directory;
  const fs::path data = CopyOfStopped(directory);
  const std::string size = EventsIn(data);
  fs::remove(data / "checkpoint");
  ServiceOptions options = OptionsFor(data);
  options.ledger.adopt_checkpoint = std::stoull(size) - 1;
  const auto wrong = Service::Start(options);
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().detail, HasSubstr("--adopt-checkpoint " + size));
  options.ledger.adopt_checkpoint = std::stoull(size);
  {
    const auto service = StartService(options);
    EXPECT_EQ(CountOf(*service, events::Event::kCheckpointAdopted), 1u);
    ASSERT_EQ(service->ledger().warnings().size(), 1u);
    EXPECT_THAT(service->ledger().warnings()[0], HasSubstr("the file checkpoint is missing"));
  }
  // The flag that was left in the unit file holds no more, and is not needed.
  EXPECT_EQ(CountOf(*StartService(options), events::Event::kCheckpointAdopted), 1u);
  fs::remove(data / "head");
  EXPECT_FALSE(Service::Start(options));
}

TEST(Adoption, IsNotForALedgerThatIsKnownToHaveLostItsEnd) {
  TempDir directory;
  const fs::path data = CopyOfStopped(directory);
  CutLog(data);
  fs::remove(data / "head");
  for (std::uint64_t size = 0; size < 12; ++size) {
    ServiceOptions options = OptionsFor(data);
    options.ledger.adopt_checkpoint = size;
    EXPECT_FALSE(Service::Start(options)) << size;
  }
}

// As the release before wrote it.
void ForgetEvidence(const fs::path& data) {
  Remove({"head", "checkpoint"})(data);
  const auto resources = rocks::Resources::Create();
  auto db = rocks::Database::Open(data / "ledger", rocks::CommonOptions(resources),
                                  {{"entries", {}}, {"tiles", {}}, {"meta", {}}},
                                  rocks::Mode::kReadWrite, "the ledger");
  ASSERT_TRUE(db);
  ASSERT_TRUE((**db)->Delete(rocks::SyncedWrite(), (*db)->family(2), "evidence").ok());
}

TEST(EarlierFormat, GetsHeadAndCheckpointOnceAndNeedsThemFromThenOn) {
  TempDir directory;
  const fs::path data = CopyOfStopped(directory);
  const std::string size = EventsIn(data);
  ForgetEvidence(data);
  EXPECT_EQ(Cli({"verify", "--data", data.string()}).exit, 0) << "as it is";
  {
    const auto service = StartService(OptionsFor(data));
    EXPECT_TRUE(fs::exists(data / "head"));
    EXPECT_TRUE(fs::exists(data / "checkpoint"));
    EXPECT_EQ(CountOf(*service, events::Event::kCheckpointAdopted), 0u);
  }
  EXPECT_EQ(EventsIn(data), size);
  fs::remove(data / "checkpoint");
  EXPECT_FALSE(Service::Start(OptionsFor(data)));
}

TEST(EarlierFormat, AnOlderVersionMayHaveServedItSince) {
  TempDir directory;
  const fs::path data = CopyOfStopped(directory);
  fs::copy(data, directory / "kept", fs::copy_options::recursive);
  { Cli({"token", "create", "Ada", "--role", "auditor", "--data", data.string()}); }
  // It knows of neither file, so they stay as they were.
  for (const char* name : {"head", "checkpoint"}) {
    fs::copy_file(directory / "kept" / name, data / name, fs::copy_options::overwrite_existing);
  }
  EXPECT_EQ(CountOf(*StartService(OptionsFor(data)), events::Event::kOperatorTokenCreated), 2u);
}

TEST(Checkpoint, IsOfTheEndAfterAStopAndSignedByTheLedger) {
  TempDir directory;
  const fs::path data = CopyOfStopped(directory);
  const auto service = StartService(OptionsFor(data));
  const domain::LedgerRow& row = service->ledger().row();
  const auto note = rocks::ReadSmallFile(data / "checkpoint", service->ledger().resources().env);
  ASSERT_TRUE(note && *note);
  const auto head = log::OpenCheckpoint(**note, {row.origin(), row.checkpoint_public_key()});
  ASSERT_TRUE(head) << head.error().detail;
  EXPECT_EQ(*head, service->ledger().log().head());
}

TEST(Recover, DropsATornEndThatNobodyHasSeenAndNothingElse) {
  TempDir directory;
  const fs::path data = CopyOfStopped(directory);
  const auto run = [&](const std::vector<std::string>& more) {
    std::vector<std::string> line{"recover", "--data", data.string()};
    line.insert(line.end(), more.begin(), more.end());
    return Cli(line);
  };
  EXPECT_THAT(run({}).out, HasSubstr("nothing to recover"));
  const std::string size = EventsIn(data);
  std::ofstream(WriteAheadLog(data), std::ios::binary | std::ios::app)
      << std::string("\x01\x02\x03\x04\x32\x00\x01", 7) << std::string(60, 'x');
  EXPECT_FALSE(Service::Start(OptionsFor(data)));
  EXPECT_EQ(Cli({"verify", "--data", data.string()}).exit, 5);
  const auto before = latchkey::testing::Snapshot(data / "ledger");
  const Ran shown = run({});
  EXPECT_EQ(shown.exit, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("Its first " + size + " events are whole"));
  EXPECT_THAT(shown.out, HasSubstr("recover --apply"));
  EXPECT_FALSE(Service::Start(OptionsFor(data)));
  const Ran applied = run({"--apply"});
  EXPECT_EQ(applied.exit, 0) << applied.err;
  EXPECT_THAT(applied.out, HasSubstr("Recovered: the ledger has " + size + " events"));
  EXPECT_EQ(Cli({"verify", "--data", data.string()}).exit, 0);
  StartService(OptionsFor(data)).reset();
}

TEST(SealingKeys, ThatAreLostAreToldAtStartAndNamedByVerify) {
  TempDir directory;
  const fs::path data = CopyOfStopped(directory);
  fs::path newest;
  for (const auto& file : fs::directory_iterator(data / "subjects")) {
    if (file.path().extension() == ".log") newest = std::max(newest, file.path());
  }
  const std::uintmax_t bytes = fs::file_size(newest);
  ASSERT_GT(bytes, 0u);
  fs::copy_file(newest, directory / "aside");
  fs::resize_file(newest, bytes / 2);
  const auto started = Service::Start(OptionsFor(data));
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kUnusable);
  EXPECT_THAT(started.error().detail, HasSubstr("sealing keys are missing"));
  EXPECT_THAT(started.error().detail, HasSubstr("put back the subjects/"));
  const Ran verified = Cli({"verify", "--data", data.string()});
  EXPECT_EQ(verified.exit, 5);
  EXPECT_THAT(verified.err, HasSubstr("Sealing keys are lost"));
  EXPECT_THAT(verified.err, HasSubstr("account acme"));
  fs::copy_file(directory / "aside", newest, fs::copy_options::overwrite_existing);
  StartService(OptionsFor(data)).reset();
}

}  // namespace
}  // namespace latchkey::tools
