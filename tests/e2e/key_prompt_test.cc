// How `register` asks a person for the key, on a terminal and without one.
#include <csignal>
#include <sstream>

#include "core/crypto/files.h"
#include "tests/e2e/e2e_ledger.h"
#include "tests/e2e/terminal.h"

namespace latchkey::testing {
namespace {

constexpr const char* kPrompt = "Registration key (is not shown): ";

class KeyPromptTest : public E2eTest {
 protected:
  void SetUp() override {
    E2eTest::SetUp();
    OpenAccount("acme");
    gateway_ = AddGateway("acme", "hq");
    mistyped_ = gateway_.key;
    mistyped_.back() = mistyped_.back() == '7' ? '8' : '7';
  }

  std::vector<std::string> Command() {
    return {Program(), "register",
            "--url",   "https://" + server().Gateways(1).address,
            "--ca",    data() / "run" / "ca.crt",
            "--out",   directory() / "out"};
  }
  std::uint64_t Redeemed() { return CountEvents("type=KeyRedeemed"); }

  AddedGateway gateway_;
  std::string mistyped_;
};

TEST_F(KeyPromptTest, ShowsNothingOfAKeyAndAsksAgainAfterASlip) {
  Terminal terminal(Command());
  ASSERT_TRUE(terminal.Await(kPrompt)) << terminal.seen();
  EXPECT_FALSE(terminal.Echoes());
  terminal.Type(mistyped_ + "\n");
  ASSERT_TRUE(terminal.Await("A character of the key is wrong")) << terminal.seen();
  ASSERT_TRUE(terminal.Await("Try again.")) << terminal.seen();
  ASSERT_TRUE(terminal.Await(kPrompt)) << terminal.seen();
  terminal.Type("not a key\n");
  ASSERT_TRUE(terminal.Await(kPrompt)) << terminal.seen();
  EXPECT_FALSE(terminal.Echoes());
  EXPECT_EQ(Redeemed(), 0u);
  terminal.Type(gateway_.key + "\n");
  EXPECT_EQ(terminal.End(), 0) << terminal.seen();
  EXPECT_TRUE(terminal.Echoes());
  EXPECT_EQ(Redeemed(), 1u);
  for (const std::string& typed : {gateway_.key, mistyped_, std::string("not a key")}) {
    EXPECT_EQ(terminal.seen().find(typed), std::string::npos) << terminal.seen();
  }
}

TEST_F(KeyPromptTest, ThreeSlipsAreTheEnd) {
  const struct {
    const char* name;
    std::string typed;
    int code;
  } rows[] = {{"mistyped", mistyped_, 10}, {"nothing", "", 2}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    Terminal terminal(Command());
    for (int slip = 0; slip < 3; ++slip) {
      ASSERT_TRUE(terminal.Await(kPrompt)) << terminal.seen();
      terminal.Type(row.typed + "\n");
    }
    EXPECT_EQ(terminal.End(), row.code) << terminal.seen();
  }
  EXPECT_EQ(Redeemed(), 0u);
}

TEST_F(KeyPromptTest, WhoeverLeavesGetsTheTerminalBackAsItWas) {
  Terminal terminal(Command());
  ASSERT_TRUE(terminal.Await(kPrompt)) << terminal.seen();
  EXPECT_FALSE(terminal.Echoes());
  terminal.Interrupt();
  EXPECT_EQ(terminal.End(), 128 + SIGINT) << terminal.seen();
  EXPECT_TRUE(terminal.Echoes());
}

TEST_F(KeyPromptTest, WithoutATerminalItSaysWhatToDo) {
  const auto words = directory() / "words";
  auto process = tools::ChildProcess::Start({.arguments = Command(), .error_log = words});
  ASSERT_TRUE(process);
  EXPECT_EQ(process->Wait(std::chrono::seconds(60)), 2);
  const std::string said = crypto::ReadSmallFile(words).value_or("");
  EXPECT_NE(said.find("--key-file"), std::string::npos) << said;
  EXPECT_EQ(said.find(kPrompt), std::string::npos) << said;
}

}  // namespace
}  // namespace latchkey::testing
