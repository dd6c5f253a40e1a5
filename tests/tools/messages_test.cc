// What the agent does with messages: the command, what is remembered, and the way there and back.
#include "tools/installer/messages.h"

#include <fstream>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>

#include "tests/support/fakes.h"
#include "tests/support/temp_dir.h"
#include "tests/tools/registered.h"
#include "tools/client/json.h"
#include "tools/installer/agent.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using latchkey::testing::ReadFile;

constexpr const char* kServer = "https://ledger.example";

json::object Message(int number, const json::value& body) {
  return {{"id", "msg_0000000" + std::to_string(number)}, {"kind", "config"}, {"body", body}};
}

class MessageRunnerTest : public ::testing::Test {
 protected:
  // Appends what it gets to `got`, and says what the body says.
  std::string Command(const std::string& more = "") const {
    return "cat >> " + (directory_ / "got").string() + "; " + more;
  }
  // Runs them to their end.
  json::array Run(MessageRunner& runner, const json::array& messages,
                  const std::string& gateway = "gw_00000001") {
    runner.Take(kServer, gateway, messages);
    while (runner.running()) std::this_thread::yield();
    return runner.Outcomes();
  }
  std::string Got() const { return ReadFile(directory_ / "got"); }

  latchkey::testing::TempDir directory_;
  std::ostringstream notes_;
};

TEST_F(MessageRunnerTest, HandsEachToTheCommandAndTellsItsLastLine) {
  MessageRunner runner(Command("echo one; echo ' two '; echo"), directory_.path(), notes_);
  const json::array outcomes = Run(runner, {Message(1, 3), Message(2, "x")});
  EXPECT_EQ(json::serialize(outcomes),
            R"([{"message":"msg_00000001","result":"done","detail":" two "},)"
            R"({"message":"msg_00000002","result":"done","detail":" two "}])");
  EXPECT_EQ(Got(), json::serialize(Message(1, 3)) + json::serialize(Message(2, "x")));
  EXPECT_EQ(notes_.str(), "Message msg_00000001: done,  two \nMessage msg_00000002: done,  two \n");
}

TEST_F(MessageRunnerTest, AnotherExitStatusIsAFailure) {
  MessageRunner silent(Command("exit 3"), directory_.path(), notes_);
  EXPECT_EQ(json::serialize(Run(silent, {Message(1, 1)})),
            R"([{"message":"msg_00000001","result":"failed",)"
            R"("detail":"The command ended with exit status 3."}])");
}

TEST_F(MessageRunnerTest, ALastLineIsCutToWhatTheServerTakes) {
  MessageRunner runner(Command("seq -s x 1 2000"), directory_.path(), notes_);
  const json::array outcomes = Run(runner, {Message(1, 1)});
  EXPECT_LE(RawTextAt(outcomes.at(0), "/detail").size(), 512u + 4u);
}

TEST_F(MessageRunnerTest, RunsNothingTwice) {
  MessageRunner runner(Command(), directory_.path(), notes_);
  const json::array outcomes = Run(runner, {Message(1, 1)});
  runner.Acknowledged(outcomes);
  EXPECT_TRUE(runner.Outcomes().empty());
  EXPECT_EQ(Run(runner, {Message(1, 1)}), outcomes) << "the acknowledgement was lost";
  EXPECT_EQ(Got(), json::serialize(Message(1, 1)));

  MessageRunner later(Command(), directory_.path(), notes_);
  EXPECT_EQ(Run(later, {Message(1, 1)}), outcomes) << "after a restart";
  EXPECT_EQ(Got(), json::serialize(Message(1, 1)));
}

TEST_F(MessageRunnerTest, IdsOfAnotherGatewayAreOthers) {
  {
    MessageRunner runner(Command(), directory_.path(), notes_);
    Run(runner, {Message(1, 1)});
    Run(runner, {Message(1, 1)}, "gw_00000002");
  }
  EXPECT_EQ(Got(), json::serialize(Message(1, 1)) + json::serialize(Message(1, 1)));
}

TEST_F(MessageRunnerTest, WhatCannotBeReadCountsAsNothing) {
  for (const char* kept : {"", "{", "[]", R"({"of":"https://ledger.example gw_00000001"})",
                           R"({"of":"https://ledger.example gw_00000001","ended":[7,{"x":1}]})"}) {
    std::ofstream(directory_ / kMessagesFile) << kept;
    MessageRunner runner(Command(), directory_.path(), notes_);
    EXPECT_EQ(Run(runner, {Message(1, 1)}).size(), 1u) << kept;
  }
}

TEST_F(MessageRunnerTest, ForgetsTheOldest) {
  MessageRunner runner("true", directory_.path(), notes_);
  json::array ended;
  for (std::size_t i = 0; i < kMaxOutcomes; ++i) {
    ended.push_back({{"message", "old" + std::to_string(i)}, {"result", "done"}, {"detail", ""}});
  }
  std::ofstream(directory_ / kMessagesFile) << json::serialize(
      json::object{{"of", std::string(kServer) + " gw_00000001"}, {"ended", ended}});
  Run(runner, {Message(1, 1)});
  const json::value kept = ParseJson(ReadFile(directory_ / kMessagesFile));
  EXPECT_EQ(At(kept, "/ended").as_array().size(), kMaxOutcomes);
  EXPECT_EQ(RawTextAt(kept, "/ended/0/message"), "old1");
}

// Against a server.
TEST(AgentMessages, GoThereAndBack) {
  testing::Registered gateway(
      [](ServiceOptions& options) { options.check_in = std::chrono::seconds(1); });
  gateway.Register();
  const auto run = [&](const std::vector<std::string>& words) {
    const auto done = gateway.served().Run(words);
    EXPECT_EQ(done.exit, 0) << done.err;
    return done.out;
  };
  std::ostringstream notes;
  const AgentOptions options{.directory = gateway.directory(), .on_message = "grep -o level"};
  latchkey::testing::FakeClock clock;
  latchkey::testing::SeededRandom random;
  Agent agent(options, clock, random, notes);
  const auto first = agent.Try();
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->count(), 0) << "it says at once that it is connected, and then waits";
  EXPECT_TRUE(notes.str().starts_with("Connected")) << notes.str();
  run({"message", "send", "acme/hq", "config.changed", R"({"level":3.5})"});
  ASSERT_TRUE(agent.Try());
  while (agent.IsAtWork()) std::this_thread::yield();
  ASSERT_TRUE(agent.Try());
  EXPECT_NE(notes.str().find("Message msg_00000001: done, level"), std::string::npos)
      << notes.str();
  const json::value shown = ParseJson(run({"message", "list", "acme/hq", "-o", "json"}));
  EXPECT_EQ(RawTextAt(shown, "/messages/0/state"), "done");
  EXPECT_EQ(RawTextAt(shown, "/messages/0/detail"), "level");
  EXPECT_NE(run({"message", "show", "acme/hq", "msg_00000001"}).find(R"({"level":3.5})"),
            std::string::npos);
  run({"message", "send", "acme/hq", "config.changed", "7", "--expires", "1h"});
  run({"message", "cancel", "acme/hq", "msg_00000002"});
  EXPECT_NE(run({"message", "list", "acme/hq", "--state", "cancelled"}).find("msg_00000002"),
            std::string::npos);
}

}  // namespace
}  // namespace latchkey::tools
