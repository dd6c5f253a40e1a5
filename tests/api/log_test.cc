#include "api/log.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/base_sink.h>

#include <algorithm>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <boost/json/parse.hpp>

namespace latchkey::api {
namespace {

// Keeps lines and lets a test hold the writer up.
class HeldSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  std::mutex hold;
  std::vector<std::string> lines;  // under `hold`

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::lock_guard lock(hold);
    std::istringstream text(std::string(message.payload.data(), message.payload.size()));
    for (std::string line; std::getline(text, line);) lines.push_back(std::move(line));
  }
  void flush_() override {}
};

std::vector<std::string> WaitForLines(HeldSink* sink, std::size_t count) {
  while (true) {
    {
      const std::lock_guard lock(sink->hold);
      if (sink->lines.size() >= count) return sink->lines;
    }
    std::this_thread::yield();
  }
}

TEST(LogTest, ALineIsOneJsonObject) {
  const auto sink = std::make_shared<HeldSink>();
  const Logger logger = MakeLogger(sink, spdlog::level::info);
  LogEvent(logger, spdlog::level::info, "started", "a \"quoted\" word", std::string(16, '\x01'));
  LogEvent(logger, spdlog::level::debug, "unseen", "");
  LogEvent(logger, spdlog::level::warn, "last", "");
  const auto lines = WaitForLines(sink.get(), 2);
  ASSERT_EQ(lines.size(), 2u);
  const auto first = boost::json::parse(lines[0]).as_object();
  EXPECT_EQ(first.at("event"), "started");
  EXPECT_EQ(first.at("level"), "info");
  EXPECT_EQ(first.at("detail"), "a \"quoted\" word");
  EXPECT_EQ(first.at("request_id"), "01010101010101010101010101010101");
  EXPECT_EQ(boost::json::parse(lines[1]).as_object().at("event"), "last");
}

// Details quote files and other servers.
TEST(LogTest, QuotesNothingRaw) {
  const auto sink = std::make_shared<HeldSink>();
  const Logger logger = MakeLogger(sink, spdlog::level::info);
  LogEvent(logger, spdlog::level::info, "x", "a\x1b[2J\n{\"event\":\"y\"}\u202Eb\xff");
  LogEvent(logger, spdlog::level::info, "x", std::string(1'000'000, 'd'));
  const auto lines = WaitForLines(sink.get(), 2);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(boost::json::parse(lines[0]).as_object().at("detail"), "a?[2J?{\"event\":\"y\"}?b?");
  EXPECT_LT(lines[1].size(), 10'000u);
}

TEST(LogTest, AStuckWriterHoldsNobodyUp) {
  const auto sink = std::make_shared<HeldSink>();
  const Logger logger = MakeLogger(sink, spdlog::level::info);
  {
    const std::lock_guard stuck(sink->hold);
    for (int i = 0; i < 20'000; ++i) LogEvent(logger, spdlog::level::info, "line", "");
    LogEvent(logger, spdlog::level::info, "newest", "");
  }
  const auto lines = WaitForLines(sink.get(), 8'000);
  EXPECT_LT(lines.size(), 20'000u) << "the oldest were let go";
}

TEST(LogTest, StrangersPushNobodyElsesLinesOut) {
  const auto sink = std::make_shared<HeldSink>();
  {
    const Logger logger = MakeLogger(sink, spdlog::level::info);
    const std::lock_guard stuck(sink->hold);
    logger->Write(LogWriter::Queue::kOurs, "an operator's write");
    for (int i = 0; i < 20'000; ++i) logger->Write(LogWriter::Queue::kStrangers, "refused");
    EXPECT_GT(logger->dropped().queue_full, 0u);
    logger->Write(LogWriter::Queue::kOurs, "another");
  }
  const auto count = [&](const std::string& line) {
    return std::count(sink->lines.begin(), sink->lines.end(), line);
  };
  EXPECT_EQ(count("an operator's write"), 1);
  EXPECT_EQ(count("another"), 1);
  // Not always the last line: a late writer tells of the drops before it takes "another".
  const auto told = std::find_if(sink->lines.begin(), sink->lines.end(), [](const auto& line) {
    return line.find("\"log_lines_dropped\"") != std::string::npos;
  });
  ASSERT_NE(told, sink->lines.end());
  EXPECT_NE(told->find("\"beyond_share\":0"), std::string::npos);
}

TEST(LogTest, TheLastLinesAreWrittenAtTheEnd) {
  const auto sink = std::make_shared<HeldSink>();
  LogEvent(MakeLogger(sink, spdlog::level::info), spdlog::level::info, "last", "");
  EXPECT_EQ(sink->lines.size(), 1u);
}

TEST(LogTest, NoLoggerIsNoLog) { LogEvent(nullptr, spdlog::level::info, "x", ""); }

}  // namespace
}  // namespace latchkey::api
