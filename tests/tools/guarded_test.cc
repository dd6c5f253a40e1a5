// A ledger whose checkpoints are kept elsewhere too: by a witness, and on another disk.
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/log/cosignature.h"
#include "tests/tools/served.h"
#include "tests/tools/witnessed.h"
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

}  // namespace
}  // namespace latchkey::tools
