// `latchkey bench`: measures this build on this machine, and other software in the same minutes.
#pragma once

#include <cstddef>
#include <ostream>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/bench/options.h"
#include "tools/process/exit_code.h"

namespace latchkey::tools {

// Names and what they measure, in the order they run.
std::vector<std::pair<std::string_view, std::string_view>> BenchNames();

// Prints a table to `out` and progress to `progress`. kUsage for an unknown name, kFailed when
// something could not be measured; the other figures are printed all the same.
ExitCode RunBench(const BenchOptions& options, std::ostream& out, std::ostream& progress);

// The main function of a process that a bench starts from its own program: answers HTTP as bare
// Beast does (responder.h) until standard input ends.
ExitCode RunBenchResponder(std::size_t body_bytes, std::ostream& out);

}  // namespace latchkey::tools
