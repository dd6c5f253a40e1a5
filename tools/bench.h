// `latchkey bench`: what this build does on this machine, beside what others do in the same
// minutes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/exit_code.h"

namespace latchkey::tools {

struct BenchOptions {
  std::vector<std::string> names{};  // which to run; empty: all
  bool quick = false;  // seconds instead of minutes; proves that the bench works, measures little
  bool json = false;   // for programs
  // Where ledgers and databases of the run lie, in a directory of their own that goes with it. Must
  // be a real disk: in memory a synced write costs nothing.
  std::filesystem::path directory = "/var/tmp";
  std::filesystem::path program{};  // the latchkey to serve with; empty: the one that runs
};

// Names and what they measure, in the order they run.
std::vector<std::pair<std::string_view, std::string_view>> BenchNames();

// Prints a table to `out`, and what is going on to `progress`. kUsage for an unknown name, kFailed
// when something could not be measured; the others are printed all the same.
ExitCode RunBench(const BenchOptions& options, std::ostream& out, std::ostream& progress);

// Processes that a bench starts of its own program. The first answers HTTP as bare Beast does (see
// bench_responder.h) until standard input ends, the second fills a ledger with at least `events`
// events, prints a line, and goes on writing until it is killed.
ExitCode RunBenchResponder(std::size_t body_bytes, std::ostream& out);
ExitCode RunBenchFill(const std::filesystem::path& data, std::uint64_t events, std::ostream& out);

}  // namespace latchkey::tools
