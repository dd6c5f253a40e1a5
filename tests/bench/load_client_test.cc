#include "tools/bench/load_client.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/json.hpp>
#include <csignal>

#include "tools/bench/load_process.h"

namespace latchkey::tools {
namespace {

using namespace std::chrono_literals;

TEST(LatencyHistogram, PercentilesAreWithinThreePercent) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.Percentile(0.5), 0us);
  for (int micros = 1; micros <= 100'000; ++micros)
    histogram.Add(std::chrono::microseconds(micros));
  struct Row {
    double share;
    double expected;
  };
  for (const Row& row :
       {Row{0, 1}, Row{0.0001, 10}, Row{0.5, 50'000}, Row{0.99, 99'000}, Row{1, 100'000}}) {
    EXPECT_NEAR(static_cast<double>(histogram.Percentile(row.share).count()), row.expected,
                row.expected * 0.035)
        << row.share;
  }
  histogram.Add(-1us);  // a clock that stands still
  histogram.Add(100h);  // beyond the last bucket
  EXPECT_GT(histogram.Percentile(1), 1h);
}

TEST(HeaderValue, FindsTheFieldWhateverItsCase) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nX-A:b \r\nX-Empty:\r\n";
  struct Row {
    const char* name;
    const char* value;
  };
  for (const Row& row : {Row{"content-length", "12"}, Row{"CONTENT-LENGTH", "12"}, Row{"x-a", "b"},
                         Row{"X-Empty", ""}, Row{"Length", ""}, Row{"HTTP/1.1 200 OK", ""}}) {
    EXPECT_EQ(HeaderValue(head, row.name), row.value) << row.name;
  }
}

TEST(ComposeRequest, HasLengthAndTypeOnlyWithABody) {
  EXPECT_EQ(ComposeRequest("GET", "/a", "X: y\r\n", ""),
            "GET /a HTTP/1.1\r\nHost: localhost\r\nX: y\r\n\r\n");
  EXPECT_EQ(ComposeRequest("POST", "/a", "", "{}"),
            "POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            "Content-Length: 2\r\n\r\n{}");
}

// Against the bare responder, as a process of its own.
class LoadClientTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kBodyBytes = 40'000;  // more than one TLS record

  void SetUp() override {
    auto started = ChildProcess::Start(
        {.arguments = {LATCHKEY_BINARY, "bench", "--responder", std::to_string(kBodyBytes)}});
    ASSERT_TRUE(started);
    responder_ = std::move(*started);
    const auto line = responder_->ReadLine(20s);
    ASSERT_TRUE(line);
    address_ = *line;
  }

  std::optional<ChildProcess> responder_;
  std::string address_;
};

TEST_F(LoadClientTest, EveryConnectionGetsWholeAnswers) {
  const auto client = LoadClient::Connect({.address = address_, .connections = 8});
  ASSERT_TRUE(client) << client.error().detail;
  const std::string request = ComposeRequest("GET", "/", "", "");
  unsigned sent = 0;
  const auto report = (*client)->Run(
      [&](unsigned) { return ++sent <= 100 ? std::string_view(request) : std::string_view(); },
      [&](unsigned, const LoadAnswer& answer) {
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.body.size(), kBodyBytes);
        EXPECT_EQ(HeaderValue(answer.head, "content-type"), "application/json");
      },
      60s);
  EXPECT_EQ(report.answered, 100u);
  EXPECT_EQ(report.by_class[2], 100u);
  EXPECT_EQ(report.lost, 0u);
  EXPECT_EQ((*client)->open_connections(), 8u);
  EXPECT_GT(report.PerSecond(), 0);
}

TEST_F(LoadClientTest, EachRequestMayHaveAConnectionOfItsOwn) {
  std::array<unsigned, 4> opened{};
  const auto client = LoadClient::Connect({.address = address_,
                                           .connections = opened.size(),
                                           .connect_each = true,
                                           .identity = [&](unsigned i) -> const LoadIdentity* {
                                             ++opened[i];
                                             return nullptr;
                                           }});
  ASSERT_TRUE(client) << client.error().detail;
  EXPECT_EQ((*client)->open_connections(), 0u);
  const std::string request = ComposeRequest("GET", "/", "", "");
  for (const unsigned wanted : {40u, 20u}) {  // a second run opens them again
    opened = {};
    unsigned sent = 0;
    const auto report = (*client)->Run(
        [&](unsigned) { return ++sent <= wanted ? std::string_view(request) : std::string_view(); },
        [&](unsigned, const LoadAnswer& answer) { EXPECT_EQ(answer.body.size(), kBodyBytes); },
        60s);
    EXPECT_EQ(report.by_class[2], wanted);
    EXPECT_EQ(report.lost, 0u);
    EXPECT_EQ(opened[0] + opened[1] + opened[2] + opened[3], wanted);
    EXPECT_EQ((*client)->open_connections(), 0u);
  }
  responder_->Kill();
  const auto report = (*client)->Run([&](unsigned) { return std::string_view(request); }, {}, 60s);
  EXPECT_EQ(report.answered, 0u);
  EXPECT_EQ(report.lost, 4u);
}

TEST_F(LoadClientTest, AServerThatDiesLosesWhatWasOnItsWay) {
  const auto client = LoadClient::Connect({.address = address_, .connections = 4});
  ASSERT_TRUE(client);
  const std::string request = ComposeRequest("GET", "/", "", "");
  std::uint64_t answered = 0;
  std::uint64_t lost = 0;
  const auto report = (*client)->Run(
      [&](unsigned) {
        if (answered == 50) responder_->Signal(SIGKILL);
        return std::string_view(request);
      },
      [&](unsigned, const LoadAnswer& answer) { ++(answer.status == 200 ? answered : lost); }, 60s);
  EXPECT_EQ(report.answered, answered);
  EXPECT_EQ(report.lost, lost);
  EXPECT_GT(lost, 0u);
  EXPECT_EQ((*client)->open_connections(), 0u);
}

TEST_F(LoadClientTest, NobodyThereIsAnError) {
  responder_->Kill();
  const auto client = LoadClient::Connect({.address = address_, .connections = 1});
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code, ErrorCode::kIo);
}

TEST(ChildProcess, TellsHowItEnded) {
  struct Row {
    const char* script;
    int code;
    const char* output;
  };
  for (const Row& row : {Row{"exit 3", 3, ""}, Row{"echo a; echo b", 0, "a\nb\n"},
                         Row{"kill -9 $$", 128 + SIGKILL, ""}, Row{"read x; echo $x", 0, "\n"}}) {
    auto process = ChildProcess::Start({.arguments = {"sh", "-c", row.script}});
    ASSERT_TRUE(process);
    process->CloseInput();
    EXPECT_EQ(process->ReadAll(20s), row.output) << row.script;
    EXPECT_EQ(process->Wait(20s), row.code) << row.script;
  }
  auto missing = ChildProcess::Start({.arguments = {"/nonexistent/program"}});
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->Wait(20s), 127);
}

}  // namespace
}  // namespace latchkey::tools
