// A served ledger whose clock is set: what is refused, what stays expired, and how the machine's
// owner tells the server that the clock is right.
#include <atomic>
#include <filesystem>
#include <memory>
#include <thread>

#include <gtest/gtest.h>
#include <spdlog/sinks/basic_file_sink.h>

#include "api/log.h"
#include "core/crypto/files.h"
#include "tests/support/fakes.h"
#include "tests/tools/served.h"
#include "tools/serve/accept_time.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using latchkey::testing::FakeClock;
using latchkey::testing::TempDir;
using std::chrono::hours;
using std::chrono::seconds;
using testing::Cli;
using testing::Ran;
using testing::Served;

api::Logger MakeLogger(const fs::path& file) {
  return api::MakeLogger(std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string()),
                         spdlog::level::info);
}

class AcceptTime : public ::testing::Test {
 protected:
  // Waits until the sequencer has checked the clock, and earlier requests are visible.
  void AwaitTick() {
    const auto& ticks = served_.service().ledger().sequencer().metrics().ticks;
    const std::uint64_t enough = ticks + 2;
    while (ticks < enough) std::this_thread::yield();
    (void)served_.service().ledger().Run(domain::OpenAccount{"acme"});
  }
  Ran Open(const std::string& account) { return served_.Run({"account", "open", account}); }
  // The command, while the housekeeper goes its rounds.
  Ran Accept() {
    std::atomic<bool> done{false};
    std::thread keeper([&] {
      while (!done) served_.service().Tick();
    });
    Ran ran = Cli({"accept-time", "--data", served_.data().string()});
    done = true;
    keeper.join();
    return ran;
  }
  std::size_t RunFilesLeft() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(served_.data() / "run"), fs::directory_iterator()));
  }

  FakeClock clock_{SystemClock().Now()};  // the client judges certificates by the true time
  TempDir logs_;
  api::Logger logger_ = MakeLogger(logs_ / "log");
  Served served_{[this](ServiceOptions& options) {
    options.ledger.clock = &clock_;
    options.logger = logger_;
  }};
};

TEST_F(AcceptTime, MakesASuspendedServerWriteAgain) {
  const std::size_t files = RunFilesLeft();
  clock_.Step(hours(2));
  const Ran refused = Open("globex");
  EXPECT_EQ(refused.exit, 4);
  EXPECT_NE(refused.err.find("latchkey accept-time --data DIR"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("(read_only)"), std::string::npos) << refused.err;
  const Ran accepted = Accept();
  EXPECT_EQ(accepted.exit, 0) << accepted.err;
  EXPECT_NE(accepted.out.find("7200 s ahead of what it expected. Writes are accepted."),
            std::string::npos)
      << accepted.out;
  EXPECT_EQ(Open("globex").exit, 0);
  EXPECT_EQ(RunFilesLeft(), files) << "nothing is left behind";
  clock_.Step(hours(-2));
  EXPECT_EQ(Open("initech").exit, 4) << "now this is the wrong time";
  EXPECT_EQ(Accept().exit, 0);
  EXPECT_EQ(Open("initech").exit, 0);
}

TEST_F(AcceptTime, IsWhatTheLogSaysToDo) {
  clock_.Step(hours(2));
  AwaitTick();
  served_.service().Tick();
  served_.service().Tick();
  ASSERT_EQ(Accept().exit, 0);
  std::string lines;  // written by a thread of their own
  while (lines.find("\"writable\"") == std::string::npos) {
    lines = crypto::ReadSmallFile(logs_ / "log").value_or("");
  }
  const auto count = [&](const std::string& words) {
    std::size_t found = 0;
    for (auto at = lines.find(words); at != std::string::npos; at = lines.find(words, at + 1)) {
      ++found;
    }
    return found;
  };
  EXPECT_EQ(count("\"read_only\""), 1u) << lines;
  EXPECT_EQ(count("latchkey accept-time --data DIR"), 1u) << lines;
  EXPECT_EQ(count("\"time_accepted\""), 1u) << lines;
  EXPECT_EQ(count("\"writable\""), 1u) << lines;
}

TEST_F(AcceptTime, WantsAServerThatRuns) {
  const TempDir nothing;
  const Ran unserved = Cli({"accept-time", "--data", (nothing / "data").string()});
  EXPECT_EQ(unserved.exit, 4);
  EXPECT_NE(unserved.err.find("--accept-time"), std::string::npos) << unserved.err;
  EXPECT_EQ(Cli({"accept-time"}).exit, 2);
}

TEST_F(AcceptTime, IsTakenBackWhenNobodyAnswers) {
  const std::size_t files = RunFilesLeft();
  const auto asked = AskToAcceptTime(served_.data(), std::chrono::milliseconds(50));
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().exit, ExitCode::kTryAgain);
  EXPECT_EQ(RunFilesLeft(), files);
}

TEST_F(AcceptTime, DisconnectsNobodyAtOnceAndTheSilentInTime) {
  const std::string key = served_.AddGateway("paris");
  const fs::path out = served_.Scratch("gateway");
  const Ran registered =
      Cli({"register", "--url", served_.service().gateways_url(), "--ca",
           (served_.data() / "run" / "ca.crt").string(), "--out", out.string(), "--key-file", "-"},
          key + "\n");
  ASSERT_EQ(registered.exit, 0) << registered.err;
  ASSERT_EQ(served_.Status("paris"), "green");
  clock_.Step(hours(-2));
  AwaitTick();
  ASSERT_EQ(Accept().exit, 0);
  served_.service().Tick();
  EXPECT_EQ(served_.Status("paris"), "green");
  clock_.Advance(seconds(151));
  served_.service().Tick();
  AwaitTick();
  EXPECT_EQ(served_.Status("paris"), "red") << "not two hours later";
}

TEST_F(AcceptTime, WhatHasExpiredStaysSoWhenTheClockIsSetBack) {
  const Ran made = served_.Run({"token", "create", "ann", "--role", "owner", "--expires", "1h"});
  ASSERT_EQ(made.exit, 0) << made.err;
  const std::string token = made.out.substr(0, made.out.find('\n'));
  const auto whoami = [&] {
    return Cli({"whoami", "--data", served_.data().string(), "--token", token}).exit;
  };
  EXPECT_EQ(whoami(), 0);
  clock_.Advance(hours(1));
  EXPECT_EQ(whoami(), 3);
  clock_.Step(seconds(-59));  // and at once, before any timer need have looked
  EXPECT_EQ(whoami(), 3);
  AwaitTick();
  EXPECT_EQ(testing::CountOf(served_.service(), events::Event::kOperatorTokenExpired), 1u);
  clock_.Step(hours(-5));
  ASSERT_EQ(Accept().exit, 0);
  EXPECT_EQ(whoami(), 3);
  const Ran listed = served_.Run({"token", "list"});
  EXPECT_NE(listed.out.find("expired"), std::string::npos) << listed.out;
  EXPECT_EQ(served_.Run({"token", "rotate", "tok_00000002"}).exit, 3) << "say for how long";
  EXPECT_EQ(served_.Run({"token", "rotate", "tok_00000002", "--expires", "1h"}).exit, 0);
}

}  // namespace
}  // namespace latchkey::tools
