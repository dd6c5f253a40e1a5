// A quick run of the whole bench: every figure is there, and nothing is left behind.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <set>

#include "tests/support/temp_dir.h"
#include "tools/bench/bench.h"
#include "tools/bench/load_process.h"

namespace latchkey::tools {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 240s;

struct Ended {
  int code;
  std::string output;
};

Ended RunBenchProcess(const latchkey::testing::TempDir& directory,
                      std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(),
                   {LATCHKEY_BINARY, "bench", "--directory", directory.path(), "--quick"});
  auto process = ChildProcess::Start({.arguments = arguments});
  EXPECT_TRUE(process);
  process->CloseInput();
  const auto output = process->ReadAll(kPatience);
  return {process->Wait(kPatience).value_or(-1), output.value_or("")};
}

TEST(Bench, AQuickRunMeasuresEveryFigureAndCleansUp) {
  const latchkey::testing::TempDir directory;
  const Ended run = RunBenchProcess(directory, {"--json"});
  EXPECT_EQ(run.code, 0) << run.output;
  const auto figures = boost::json::parse(run.output).as_array();
  EXPECT_EQ(figures.size(), BenchNames().size());
  std::set<std::string> seen;
  for (const auto& figure : figures) {
    const std::string what(figure.at("figure").as_string());
    EXPECT_TRUE(seen.insert(what).second) << what;
    EXPECT_GT(figure.at("value").to_number<double>(), 0) << what;
    EXPECT_FALSE(figure.at("limit").as_string().empty()) << what;
  }
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(Bench, PrintsATableOfWhatWasAskedFor) {
  const latchkey::testing::TempDir directory;
  const Ended run = RunBenchProcess(directory, {"sequencer"});
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_NE(run.output.find("sequencer alone"), std::string::npos) << run.output;
  EXPECT_NE(run.output.find("raw RocksDB"), std::string::npos) << run.output;
  EXPECT_EQ(run.output.find("redemptions"), std::string::npos) << run.output;
}

TEST(Bench, AnUnknownNameIsAUsageError) {
  const latchkey::testing::TempDir directory;
  EXPECT_EQ(RunBenchProcess(directory, {"nothing"}).code, 2);
}

}  // namespace
}  // namespace latchkey::tools
