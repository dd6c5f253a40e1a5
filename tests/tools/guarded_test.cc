// A ledger whose checkpoints are kept elsewhere too: by a witness, and on another disk.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/log/cosignature.h"
#include "core/log/head_file.h"
#include "tests/tools/served.h"
#include "tests/tools/witnessed.h"
#include "tools/ledger/evidence.h"
#include "tools/ledger/guards.h"
#include "tools/witness/witness_server.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using testing::Cli;
using ::testing::HasSubstr;
using testing::OptionsFor;
using testing::Ran;
using testing::Served;
using testing::StartService;
using testing::Witnessed;

// A witness on a port of its own, which it keeps when it comes back.
class WitnessAtPort {
 public:
  explicit WitnessAtPort(const log::NoteKey& log) : witnessed_({log}) { Begin("127.0.0.1:0"); }
  ~WitnessAtPort() { End(); }

  void End() {
    if (!thread_.joinable()) return;
    server_->Stop();
    thread_.join();
    server_.reset();
  }
  void Return() { Begin(address_); }

  log::NoteKey key() { return witnessed_.witness().key(); }
  witness::WitnessAddress Address() { return {key(), "http://" + address_}; }
  std::optional<std::uint64_t> Size() { return witnessed_.witness().logs().at(0).size; }

 private:
  void Begin(const std::string& address) {
    auto port = api::BoundPort::Bind(address);
    ASSERT_TRUE(port) << port.error().detail;
    auto server = WitnessServer::Listen(witnessed_.witness(), *std::move(port), {});
    ASSERT_TRUE(server);
    server_ = *std::move(server);
    address_ = server_->address();
    thread_ = std::thread([this] { server_->Run(); });
  }

  Witnessed witnessed_;
  std::string address_;
  std::unique_ptr<WitnessServer> server_;
  std::thread thread_;
};

// Becomes true within some seconds.
template <typename Condition>
bool Soon(const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

// A ledger in a directory of its own, started again and again with other guards.
class GuardedTest : public ::testing::Test {
 protected:
  GuardedTest() {
    Served first;
    first.AddGateway("hq");
    key_ = {first.service().ledger().row().origin(),
            first.service().ledger().row().checkpoint_public_key()};
    first.Stop();
    fs::copy(first.data(), data(), fs::copy_options::recursive);
    fs::copy(data(), directory_ / "old", fs::copy_options::recursive);
  }

  fs::path data() const { return directory_ / "data"; }
  fs::path copy() const { return directory_ / "elsewhere"; }

  static ServiceOptions WithWitness(ServiceOptions options, WitnessAtPort& witness) {
    options.ledger.witnesses.witnesses = {witness.Address()};
    return options;
  }
  ServiceOptions WithCopy() const {
    ServiceOptions options = OptionsFor(data());
    options.ledger.checkpoint_copy = copy();
    return options;
  }

  // Serves for as long as it takes to add a gateway and to have that published.
  static std::uint64_t Grow(const ServiceOptions& options, const std::string& name) {
    const auto service = StartService(options);
    const Ran added = Cli({"gateway", "add", "acme", name, "--data", options.ledger.data.string()});
    EXPECT_EQ(added.exit, 0) << added.err;
    const std::uint64_t size = service->ledger().log().size();
    EXPECT_TRUE(Soon([&] { return service->ledger().published()->head.size == size; }));
    return size;
  }

  void PutBackTheOldDirectory() const {
    fs::remove_all(data());
    fs::copy(directory_ / "old", data(), fs::copy_options::recursive);
  }

  static std::string Refusal(const ServiceOptions& options) {
    const auto before = latchkey::testing::Snapshot(options.ledger.data / "ledger");
    const auto service = Service::Start(options);
    if (service) return "";
    EXPECT_EQ(service.error().code, ErrorCode::kUnusable);
    EXPECT_EQ(latchkey::testing::Snapshot(options.ledger.data / "ledger"), before);
    return service.error().detail;
  }

  latchkey::testing::TempDir directory_;
  log::NoteKey key_;
};

TEST_F(GuardedTest, WhatIsPublishedIsCosigned) {
  WitnessAtPort witness(key_);
  const auto service = StartService(WithWitness(OptionsFor(data()), witness));
  EXPECT_TRUE(service->ledger().warnings().empty());
  ASSERT_EQ(Cli({"gateway", "add", "acme", "new", "--data", data().string()}).exit, 0);
  const std::uint64_t size = service->ledger().log().size();
  ASSERT_TRUE(Soon([&] {
    const auto published = service->ledger().published();
    const auto cosigned = log::FindCosignature(published->note, witness.key());
    return published->head.size == size && cosigned && *cosigned;
  }));
  EXPECT_EQ(witness.Size(), size);
  EXPECT_TRUE(log::OpenCheckpoint(service->ledger().published()->note, key_));
  const auto states = service->ledger().witnesses()->states();
  ASSERT_EQ(states.size(), 1u);
  EXPECT_EQ(states[0].name, witness.key().name);
  EXPECT_EQ(states[0].cosigned->size, size);
  EXPECT_TRUE(states[0].at);
}

TEST_F(GuardedTest, AWitnessThatIsAwayHoldsUpNothing) {
  WitnessAtPort witness(key_);
  const ServiceOptions options = WithWitness(OptionsFor(data()), witness);
  witness.End();
  const auto service = StartService(options);
  ASSERT_EQ(service->ledger().warnings().size(), 1u);
  EXPECT_THAT(service->ledger().warnings()[0], HasSubstr(witness.key().name));
  ASSERT_EQ(Cli({"gateway", "add", "acme", "new", "--data", data().string()}).exit, 0);
  const std::uint64_t size = service->ledger().log().size();
  EXPECT_TRUE(Soon([&] { return service->ledger().published()->head.size == size; }));
  EXPECT_TRUE(Soon([&] { return service->ledger().witnesses()->states()[0].problem; }));
  EXPECT_FALSE(service->ledger().witnesses()->states()[0].other_history);
  witness.Return();
  // It is asked again, although nothing has happened since.
  EXPECT_TRUE(Soon([&] {
    const auto cosigned = log::FindCosignature(service->ledger().published()->note, witness.key());
    return cosigned && *cosigned;
  }));
}

TEST_F(GuardedTest, AnOldDirectoryIsRefusedByItsWitness) {
  WitnessAtPort witness(key_);
  const std::uint64_t size = Grow(WithWitness(OptionsFor(data()), witness), "new");
  ASSERT_EQ(witness.Size(), size);
  PutBackTheOldDirectory();
  const std::string refusal = Refusal(WithWitness(OptionsFor(data()), witness));
  EXPECT_THAT(refusal, HasSubstr("has lost its end"));
  EXPECT_THAT(refusal, HasSubstr("the witness " + witness.key().name));
  EXPECT_THAT(refusal, HasSubstr(std::to_string(size) + " events"));
  // Nothing else notices.
  EXPECT_TRUE(StartService(OptionsFor(data())));
}

TEST_F(GuardedTest, AnOldDirectoryIsRefusedByTheCheckpointElsewhere) {
  const std::uint64_t size = Grow(WithCopy(), "new");
  PutBackTheOldDirectory();
  const std::string refusal = Refusal(WithCopy());
  EXPECT_THAT(refusal, HasSubstr("has lost its end"));
  EXPECT_THAT(refusal, HasSubstr("the checkpoint in " + copy().string()));
  EXPECT_THAT(refusal, HasSubstr(std::to_string(size) + " events"));
}

TEST_F(GuardedTest, AForkedLedgerIsRefused) {
  WitnessAtPort witness(key_);
  ServiceOptions guarded = WithWitness(WithCopy(), witness);
  (void)Grow(guarded, "new");
  PutBackTheOldDirectory();
  (void)Grow(OptionsFor(data()), "other");
  (void)Grow(OptionsFor(data()), "another");
  EXPECT_THAT(Refusal(WithWitness(OptionsFor(data()), witness)),
              HasSubstr("This is not the ledger that the witness"));
  EXPECT_THAT(Refusal(WithCopy()), HasSubstr("This is not the ledger that the checkpoint in"));
}

// Its witness was away at the start.
TEST_F(GuardedTest, AForkThatIsServedIsTold) {
  WitnessAtPort witness(key_);
  (void)Grow(WithWitness(OptionsFor(data()), witness), "new");
  PutBackTheOldDirectory();
  witness.End();
  const auto service = StartService(WithWitness(OptionsFor(data()), witness));
  ASSERT_EQ(Cli({"gateway", "add", "acme", "a", "--data", data().string()}).exit, 0);
  ASSERT_EQ(Cli({"gateway", "add", "acme", "b", "--data", data().string()}).exit, 0);
  witness.Return();
  ASSERT_TRUE(Soon([&] { return service->ledger().witnesses()->states()[0].other_history; }));
  EXPECT_THAT(service->ledger().witnesses()->states()[0].problem->detail,
              HasSubstr("This is not the ledger that the witness"));
}

TEST_F(GuardedTest, ACheckpointElsewhereIsNeverOverwrittenByAnotherLedger) {
  (void)StartService(WithCopy());
  Served other;
  ASSERT_NE(other.service().ledger().row().origin(), key_.name);
  other.Stop();
  ServiceOptions options = OptionsFor(other.data());
  options.ledger.checkpoint_copy = copy();
  const auto before = latchkey::testing::Snapshot(directory_.path());
  EXPECT_THAT(Refusal(options), HasSubstr("holds no checkpoint of this ledger"));
  EXPECT_EQ(latchkey::testing::Snapshot(directory_.path()), before);
  std::ofstream(copy()) << "not a note\n";
  EXPECT_THAT(Refusal(WithCopy()), HasSubstr("holds no checkpoint of this ledger"));
}

// The directory was lost, or another one is mounted in its place.
TEST_F(GuardedTest, AnEmptyDirectoryDoesNotTakeThePlaceOfALedger) {
  (void)StartService(WithCopy());
  ServiceOptions options = OptionsFor(directory_ / "empty");
  options.ledger.checkpoint_copy = copy();
  std::ostringstream before, after;
  before << std::ifstream(copy()).rdbuf();
  const auto service = Service::Start(options);
  ASSERT_FALSE(service);
  EXPECT_EQ(service.error().code, ErrorCode::kUnusable);
  EXPECT_THAT(service.error().detail, HasSubstr("holds no ledger"));
  EXPECT_THAT(service.error().detail, HasSubstr(key_.name));
  after << std::ifstream(copy()).rdbuf();
  EXPECT_EQ(after.str(), before.str());
  fs::remove(copy());
  EXPECT_TRUE(Service::Start(options));
}

TEST_F(GuardedTest, ACheckpointWithinTheDirectoryGuardsNothing) {
  for (const fs::path& within :
       {data() / "checkpoint", data() / "copy", data() / "." / "x" / "c"}) {
    const Ran ran = Cli({"serve", "--data", data().string(), "--checkpoint-file", within.string()});
    EXPECT_EQ(ran.exit, 2) << within;
    EXPECT_THAT(ran.err, HasSubstr("lies in the data directory"));
  }
}

TEST_F(GuardedTest, AMissingCheckpointElsewhereIsTold) {
  const auto service = StartService(WithCopy());
  ASSERT_EQ(service->ledger().warnings().size(), 1u);
  EXPECT_THAT(service->ledger().warnings()[0], HasSubstr("There was no checkpoint in"));
  EXPECT_TRUE(fs::exists(copy()));
}

TEST_F(GuardedTest, WithoutTheOtherDiskItGoesOnAndSaysSo) {
  ServiceOptions options = WithCopy();
  options.ledger.checkpoint_copy = directory_ / "unmounted" / "checkpoint";
  const auto service = StartService(options);
  EXPECT_TRUE(service->ledger().published());
  EXPECT_TRUE(service->ledger().checkpointer()->problem());
  fs::create_directory(directory_ / "unmounted");
  EXPECT_TRUE(Soon([&] { return !service->ledger().checkpointer()->problem(); }));
}

TEST_F(GuardedTest, ARestoreGoesOnWithTheSameGuards) {
  WitnessAtPort witness(key_);
  const fs::path backup = directory_ / "backup";
  const std::string passphrase = (directory_ / "passphrase").string();
  std::ofstream(passphrase) << "correct horse\n";
  fs::permissions(passphrase, fs::perms::owner_read | fs::perms::owner_write);
  (void)Grow(WithWitness(WithCopy(), witness), "before");
  ASSERT_EQ(
      Cli({"backup", backup.string(), "--data", data().string(), "--passphrase-file", passphrase})
          .exit,
      0);
  const std::uint64_t known = Grow(WithWitness(WithCopy(), witness), "after");
  const fs::path restored = directory_ / "restored";
  const Ran ran = Cli({"restore", backup.string(), "--data", restored.string(), "--checkpoint",
                       copy().string(), "--passphrase-file", passphrase});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  ServiceOptions options = WithWitness(OptionsFor(restored), witness);
  options.ledger.checkpoint_copy = copy();
  const auto service = Service::Start(options);
  ASSERT_TRUE(service) << service.error().detail;
  EXPECT_NE((*service)->ledger().row().origin(), key_.name);
  EXPECT_LT((*service)->ledger().log().size(), known + 2);
}

// What is not a server looks at the guards that the server had.
class UnservedTest : public GuardedTest {
 protected:
  UnservedTest() : witness_(key_) {
    (void)Grow(Guarded(), "before");  // it remembers its guards from here on
    fs::copy(data(), directory_ / "remembering", fs::copy_options::recursive);
    size_ = Grow(Guarded(), "after");
  }

  ServiceOptions Guarded() { return WithWitness(WithCopy(), witness_); }
  std::vector<std::string> Witnesses() {
    return {"--witness", log::CosignerKeyText(witness_.key()) + "@" + witness_.Address().url};
  }
  std::vector<std::string> Checkpoint(const std::string& option) const {
    return {option, copy().string()};
  }
  void PutBack(const std::string& old) const {
    fs::remove_all(data());
    fs::copy(directory_ / old, data(), fs::copy_options::recursive);
  }
  Ran Recover(const std::vector<std::string>& more) const {
    std::vector<std::string> line{"recover", "--data", data().string()};
    line.insert(line.end(), more.begin(), more.end());
    return Cli(line);
  }
  std::string Gone() const {
    const log::HeadRecord old =
        **log::HeadFile::Read(HeadPath(data()), rocks::Resources::Create().env);
    return fmt::format(" has seen {}: {} are gone", size_, size_ - old.head.size);
  }
  void Tear() const {
    std::ofstream(testing::WriteAheadLog(data()), std::ios::binary | std::ios::app)
        << std::string("\x01\x02\x03\x04\x32\x00\x01", 7) << std::string(60, 'x');
  }

  WitnessAtPort witness_;
  std::uint64_t size_ = 0;  // of the ledger, as the guards know it
};

TEST_F(UnservedTest, AnOldDirectoryIsNotRecovered) {
  struct Row {
    const char* old;
    std::vector<std::string> options;
    std::string by;
    bool torn = false;
  };
  const std::string copied = "the checkpoint in " + copy().string();
  const std::string cosigned = "the witness " + witness_.key().name;
  const std::vector<Row> rows = {
      {"old", Checkpoint("--checkpoint-file"), copied},
      {"old", Witnesses(), cosigned},
      {"old", Witnesses(), cosigned, true},
      {"remembering", {}, cosigned},
      {"remembering", {}, cosigned, true},
      {"remembering", Checkpoint("--checkpoint-file"), copied},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.by + " " + row.old);
    PutBack(row.old);
    if (row.torn) Tear();
    const auto before = latchkey::testing::Snapshot(data());
    for (const bool apply : {false, true}) {
      std::vector<std::string> options = row.options;
      if (apply) options.push_back("--apply");
      const Ran ran = Recover(options);
      EXPECT_EQ(ran.exit, 5) << ran.out;
      EXPECT_THAT(ran.out, HasSubstr(row.by + Gone()));
      EXPECT_THAT(ran.err, HasSubstr("latchkey restore " + data().string()));
      if (!row.options.empty()) {
        EXPECT_THAT(ran.err, HasSubstr(row.options[1]));
      }
      EXPECT_EQ(latchkey::testing::Snapshot(data()), before);
    }
  }
}

TEST_F(UnservedTest, ATornEndThatNoGuardHasSeenIsDropped) {
  for (const auto& options : {std::vector<std::string>(), Witnesses()}) {
    Tear();
    const Ran ran = Recover(options);
    EXPECT_EQ(ran.exit, 0) << ran.err;
    EXPECT_THAT(ran.out, HasSubstr(fmt::format("Its first {} events are whole", size_)));
    std::vector<std::string> apply = options;
    apply.push_back("--apply");
    EXPECT_EQ(Recover(apply).exit, 0);
    EXPECT_THAT(Recover(options).out, HasSubstr("The ledger is whole"));
  }
}

TEST_F(UnservedTest, AnOldDirectoryIsNotWrittenTo) {
  const std::vector<std::vector<std::string>> rows = {
      {"token", "create", "owner", "--role", "owner", "--expires", "never"},
      {"rotate", "master-key"},
      {"rotate", "ca"},
  };
  for (std::vector<std::string> line : rows) {
    SCOPED_TRACE(line[0] + " " + line[1]);
    line.insert(line.end(), {"--data", data().string()});
    PutBack("remembering");
    const auto before = latchkey::testing::Snapshot(data());
    const Ran ran = Cli(line);
    EXPECT_EQ(ran.exit, 5) << ran.out;
    EXPECT_THAT(ran.err, HasSubstr("has lost its end"));
    EXPECT_THAT(ran.err, HasSubstr(fmt::format("has seen {} events", size_)));
    EXPECT_EQ(latchkey::testing::Snapshot(data()), before);
  }
}

TEST_F(UnservedTest, WhatIsWrittenIsKnownToTheGuards) {
  const std::vector<std::string> line = {"token", "create", "owner",        "--role",
                                         "owner", "--data", data().string()};
  EXPECT_EQ(Cli(line).err.find("Note"), std::string::npos);
  EXPECT_EQ(witness_.Size(), size_ + 1);
  EXPECT_THAT(latchkey::testing::ReadFile(copy()), HasSubstr(fmt::format("\n{}\n", size_ + 1)));
  witness_.End();
  const Ran alone = Cli(line);
  EXPECT_EQ(alone.exit, 0) << alone.err;
  EXPECT_THAT(alone.err, HasSubstr("A witness was not asked"));
  EXPECT_THAT(latchkey::testing::ReadFile(copy()), HasSubstr(fmt::format("\n{}\n", size_ + 2)));
}

TEST_F(UnservedTest, ARestoreCountsWhatTheGuardsHaveSeen) {
  const std::vector<std::pair<const char*, std::vector<std::string>>> rows = {
      {"old", Checkpoint("--checkpoint")}, {"old", Witnesses()}, {"remembering", {}}};
  int made = 0;
  for (const auto& [old, options] : rows) {
    SCOPED_TRACE(old);
    PutBack(old);
    const fs::path restored = directory_ / fmt::format("restored-{}", ++made);
    std::vector<std::string> line{"restore", data().string(), "--data", restored.string(), "--yes"};
    line.insert(line.end(), options.begin(), options.end());
    const Ran ran = Cli(line);
    ASSERT_EQ(ran.exit, 0) << ran.err;
    const auto service = StartService(OptionsFor(restored));
    std::uint64_t known = 0;
    std::uint64_t lost = 0;
    for (const events::Event& event : testing::AllEvents(*service)) {
      if (!event.has_ledger_restored()) continue;
      known = event.ledger_restored().known_size();
      lost = known - event.ledger_restored().size();
    }
    EXPECT_EQ(known, size_);
    EXPECT_THAT(ran.out, HasSubstr(fmt::format("Lost: {} events", lost)));
  }
}

TEST_F(UnservedTest, ARestoreOfABackupAsksWitnesses) {
  const fs::path backup = directory_ / "backup";
  PutBack("old");
  ASSERT_EQ(Cli({"backup", backup.string(), "--data", data().string()}).exit, 0);
  const fs::path restored = directory_ / "restored";
  fs::create_directory(restored);
  fs::permissions(restored, fs::perms::owner_all);
  for (const char* part : {"secrets", "subjects"}) {
    fs::copy(data() / part, restored / part, fs::copy_options::recursive);
  }
  std::vector<std::string> line{"restore", backup.string(), "--data", restored.string()};
  for (const std::string& word : Witnesses()) line.push_back(word);
  const std::string gone = Gone();
  const Ran ran = Cli(line);
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const std::string lost = gone.substr(gone.find(": ") + 2);
  EXPECT_THAT(ran.out, HasSubstr("Lost: " + lost.substr(0, lost.find(' ')) + " events"));
}

// The form on disk, and that the last start counts.
TEST_F(UnservedTest, TheGuardsOfTheLastStartAreRemembered) {
  const fs::path file = data() / "guards.json";
  rocksdb::Env* env = rocks::Resources::Create().env;
  const auto known = RememberedGuards(data(), env);
  ASSERT_TRUE(known) << known.error().detail;
  EXPECT_EQ(known->checkpoint_copy, copy());
  ASSERT_EQ(known->witnesses.witnesses.size(), 1u);
  EXPECT_EQ(known->witnesses.witnesses[0].url, witness_.Address().url);
  EXPECT_EQ(known->witnesses.witnesses[0].key.public_key, witness_.key().public_key);
  EXPECT_EQ(known->witnesses.ca_file, "");
  for (const char* damaged :
       {"", "{", "[]", "{}", R"({"checkpoint_file":"","witnesses":[],"witness_ca":1})",
        R"({"checkpoint_file":"","witnesses":["w"],"witness_ca":""})",
        R"({"checkpoint_file":"","witnesses":{},"witness_ca":""})"}) {
    std::ofstream(file) << damaged;
    const Ran ran = Cli({"rotate", "master-key", "--data", data().string()});
    EXPECT_EQ(ran.exit, 5) << damaged;
    EXPECT_THAT(ran.err, HasSubstr("guards.json is damaged"));
    EXPECT_EQ(Recover({}).exit, 5) << damaged;
    EXPECT_EQ(Recover(Checkpoint("--checkpoint-file")).exit, 0) << damaged;
  }
  StartService(OptionsFor(data())).reset();
  EXPECT_EQ(latchkey::testing::ReadFile(file),
            "{\"checkpoint_file\":\"\",\"witnesses\":[],\"witness_ca\":\"\"}\n");
  ServiceOptions options = OptionsFor(data());
  options.ledger.checkpoint_copy = fs::relative(copy(), fs::current_path());
  StartService(options).reset();
  EXPECT_EQ(RememberedGuards(data(), env)->checkpoint_copy, copy());
}

}  // namespace
}  // namespace latchkey::tools
