// How `serve` ends: asked to, asked twice, and when the disk fails.
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/e2e/e2e_ledger.h"
#include "tests/e2e/raw_connection.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;

constexpr auto kEnd = 10s;  // within which a server must end when asked to

class EndingTest : public E2eTest {
 protected:
  RawConnection Open() {
    RawConnection connection(server().Management(1).address);
    EXPECT_TRUE(connection.StartTls({.ca_pem = server().ca_pem()}));
    return connection;
  }

  // A request to open this account that the server has begun to read; its body, {}, is still to
  // come.
  RawConnection Begin(const std::string& account) {
    RawConnection connection = Open();
    const std::string request =
        tools::ComposeRequest("PUT", "/v1/accounts/" + account,
                              server().authorization() + "Expect: 100-continue\r\n", "{}");
    const std::string proceed = "HTTP/1.1 100 Continue\r\n\r\n";
    EXPECT_TRUE(connection.Send(request.substr(0, request.size() - 2)));
    EXPECT_EQ(connection.ReadSome(proceed.size()), proceed);
    return connection;
  }

  // Asks the server to end and waits until it takes no more connections.
  void AskToEnd() {
    server().process().Signal(SIGTERM);
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (server().Get("/healthz") && std::chrono::steady_clock::now() < until) {
      std::this_thread::yield();
    }
  }

  std::string Log() {
    std::ostringstream text;
    text << std::ifstream(log()).rdbuf();
    return text.str();
  }
};

TEST_F(EndingTest, WhatIsInFlightIsFinishedAndAnswered) {
  RawConnection idle = Open();
  RawConnection begun = Begin("begun");
  AskToEnd();
  EXPECT_EQ(idle.ReadToEnd(kPatience), "");
  ASSERT_TRUE(begun.Send("{}"));
  const auto answer = begun.ReadAnswer();
  EXPECT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(tools::HeaderValue(answer.head, "Connection"), "close");
  EXPECT_EQ(server().process().Wait(kPatience), 0);
  EXPECT_FALSE(std::filesystem::exists(data() / "run"));
  StartServer();
  Get("/v1/accounts/begun");
}

TEST_F(EndingTest, AnUnfinishedRequestDoesNotDelayTheEndLongerThanPromised) {
  RawConnection stuck = Begin("stuck");
  const auto asked = std::chrono::steady_clock::now();
  AskToEnd();
  EXPECT_EQ(server().process().Wait(kPatience), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - asked, kEnd);
  EXPECT_EQ(stuck.ReadToEnd(kPatience), "") << "no answer to a request that never came whole";
  StartServer();
  Get("/v1/accounts/stuck", 404);
}

TEST_F(EndingTest, ASecondSignalEndsAtOnce) {
  for (const int second : {SIGTERM, SIGINT}) {
    SCOPED_TRACE(second);
    OpenAccount("answered");
    RawConnection stuck = Begin("stuck");
    AskToEnd();
    server().process().Signal(second);
    EXPECT_EQ(server().process().Wait(kPatience), 128 + second);
    StartServer();
    Get("/v1/accounts/answered");
    Get("/v1/accounts/stuck", 404);
  }
}

// The disk refuses writes: the ledger has reached a limit on the size of files.
TEST_F(EndingTest, ADiskThatFailsEndsItWithFiveAndLosesNothing) {
  StopServer();
  StartServer({"--log-level", "off"});
  OpenAccount("answered");
  // So many that the ledger is larger than what the server prints, which goes to a file too.
  constexpr std::uint64_t kGateways = 20;
  for (std::uint64_t i = 0; i < kGateways; ++i) AddGateway("answered", std::to_string(i));
  rlimit most{};
  for (const auto& entry : std::filesystem::directory_iterator(data() / "ledger")) {
    if (entry.path().extension() != ".log") continue;
    most.rlim_cur = std::max<rlim_t>(most.rlim_cur, entry.file_size());
  }
  ASSERT_GT(most.rlim_cur, 0u);
  most.rlim_max = RLIM_INFINITY;
  ASSERT_EQ(::prlimit(server().process().pid(), RLIMIT_FSIZE, &most, nullptr), 0);
  const auto unknown = server().Send("PUT", "/v1/accounts/unknown");
  ASSERT_TRUE(unknown) << unknown.error().detail;
  EXPECT_EQ(unknown->status, 503);
  EXPECT_EQ(Code(unknown->body), "outcome_unknown");
  EXPECT_EQ(server().process().Wait(kPatience), 5);
  EXPECT_NE(Log().find("Writing has ended"), std::string::npos) << Log();
  StartServer();
  EXPECT_EQ(CountEvents("account=answered&type=KeyIssued"), kGateways);
  OpenAccount("unknown");  // safe to repeat
}

}  // namespace
}  // namespace latchkey::testing
