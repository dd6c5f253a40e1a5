// A quick run of the whole bench: every figure is there, and nothing is left behind.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <set>

#include "api/router.h"
#include "tests/support/temp_dir.h"
#include "tools/bench/bench.h"
#include "tools/bench/fair_rows.h"
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
  EXPECT_GE(figures.size(), BenchNames().size());
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

std::set<std::string_view> RoutesOf(std::span<const FairRow> rows) {
  std::set<std::string_view> routes;
  for (const FairRow& row : rows) routes.insert(row.route);
  EXPECT_EQ(routes.erase(kNoRoute), 1u);
  return routes;
}

std::set<std::string> RoutesOf(std::span<const api::RouteRow> rows) {
  std::set<std::string> routes;
  for (const auto& [route, handler] : rows) {
    routes.insert(std::string(api::MethodName(route.method)) + " " + std::string(route.pattern));
  }
  return routes;
}

// Whoever adds a route says what its dearest request is.
TEST(Bench, FairDrivesEveryRoute) {
  const auto same = [](const auto& rows, const auto& routes) {
    EXPECT_TRUE(std::ranges::equal(RoutesOf(rows), RoutesOf(routes)))
        << ::testing::PrintToString(RoutesOf(rows)) << "\nand "
        << ::testing::PrintToString(RoutesOf(routes));
  };
  same(FairManagementRows(), api::ManagementRoutes());
  same(FairGatewayRows(), api::GatewayRoutes());
}

TEST(Bench, AnUnknownNameIsAUsageError) {
  const latchkey::testing::TempDir directory;
  EXPECT_EQ(RunBenchProcess(directory, {"nothing"}).code, 2);
}

}  // namespace
}  // namespace latchkey::tools
