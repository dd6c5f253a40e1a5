// `latchkey agent` as a process of its own: a gateway stays green with it alone.
#include <csignal>
#include <filesystem>

#include "core/crypto/files.h"
#include "tests/e2e/e2e_ledger.h"
#include "tests/support/fixed_address.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;

class AgentTest : public E2eTest {
 protected:
  // Silence is seen after 2.5 s.
  void Serve() { StartServer({"--check-in", "1s"}, gateways_); }
  void SetUp() override {
    Serve();
    OpenAccount("acme");
    gateway_ = AddGateway("acme", "hq");
    Register(gateway_.key);
  }

  void Register(const std::string& key) {
    ASSERT_TRUE(crypto::WriteFileDurably(directory() / "key", key + "\n", true));
    std::string said;
    ASSERT_EQ(
        RunLatchkey({"register", "--url", "https://" + gateways_, "--ca", data() / "run" / "ca.crt",
                     "--key-file", directory() / "key", "--out", Out()},
                    &said),
        0);
    EXPECT_NE(said.find("latchkey agent --dir '" + Out().string() + "'\n"), std::string::npos)
        << said;
  }
  std::filesystem::path Out() const { return directory() / "my gateway"; }

  // Its messages come on its standard output.
  tools::ChildProcess StartAgent() {
    auto agent = tools::ChildProcess::Start(
        {.arguments = {"sh", "-c", "exec \"$0\" \"$@\" 2>&1", Program(), "agent", "--dir", Out()}});
    EXPECT_TRUE(agent) << agent.error().detail;
    return *std::move(agent);
  }
  void ExpectLine(tools::ChildProcess& agent, const std::string& begin) {
    const auto line = agent.ReadLine(kPatience);
    ASSERT_TRUE(line) << "no line that begins with " << begin;
    EXPECT_TRUE(line->starts_with(begin)) << *line;
  }

  std::string Dot() {
    return std::string(Get("/v1/gateways/" + gateway_.id).at("status").as_string());
  }
  void AwaitDot(const std::string& dot) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (Dot() != dot) ASSERT_LT(std::chrono::steady_clock::now(), until) << "not " << dot;
  }
  std::uint64_t Disconnected() {
    return CountEvents("type=GatewayDisconnected&gateway=" + gateway_.id);
  }

  const std::string gateways_ = FixedAddress();
  AddedGateway gateway_;
};

TEST_F(AgentTest, KeepsTheGatewayGreenUntilItsIdentityEnds) {
  AwaitDot("red");
  auto agent = StartAgent();
  ExpectLine(agent, "Connected: acme/hq (" + gateway_.id + ")");
  EXPECT_EQ(Dot(), "green");

  StopServer();
  ExpectLine(agent, "Lost, trying again: https://" + gateways_ + " cannot be reached");
  Serve();
  ExpectLine(agent, "Connected: ");
  AwaitDot("green");

  // Two agents would be two gateways on one certificate.
  std::string said;
  EXPECT_EQ(RunLatchkey({"agent", "--dir", Out()}, &said), 4) << said;

  // Longer than silence is suffered: another gateway that is silent goes red meanwhile.
  const std::uint64_t before = Disconnected();
  const AddedGateway other = AddGateway("acme", "other");
  Install(other);
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (CountEvents("type=GatewayDisconnected&gateway=" + other.id) == 0) {
    ASSERT_LT(std::chrono::steady_clock::now(), until);
  }
  EXPECT_EQ(Disconnected(), before);

  // Another key takes its place, and the agent takes that up.
  const auto key =
      server().Send("POST", "/v1/gateways/" + gateway_.id + "/key", R"({"replace": true})");
  ASSERT_TRUE(key && key->status == 201) << (key ? key->body : key.error().detail);
  Register(Member(key->body, "key"));
  ExpectLine(agent, "Connected: ");

  const auto ended = server().Send("POST", "/v1/gateways/" + gateway_.id + "/deregister",
                                   R"({"reason": "moved"})");
  ASSERT_TRUE(ended && ended->status == 200) << (ended ? ended->body : ended.error().detail);
  ExpectLine(agent, "latchkey: This gateway's identity has ended");
  EXPECT_EQ(agent.Wait(kPatience), 10);
}

TEST_F(AgentTest, EndsAtASignal) {
  for (const int signal : {SIGTERM, SIGINT}) {
    auto agent = StartAgent();
    ExpectLine(agent, "Connected: ");
    agent.Signal(signal);
    EXPECT_EQ(agent.Wait(kPatience), 0);
  }
  // Also while nothing answers it.
  auto agent = StartAgent();
  ExpectLine(agent, "Connected: ");
  server().process().Signal(SIGSTOP);
  agent.Signal(SIGTERM);
  EXPECT_EQ(agent.Wait(kPatience), 0);
  server().process().Signal(SIGCONT);
}

}  // namespace
}  // namespace latchkey::testing
