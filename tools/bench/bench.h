// `latchkey bench`: what this build does on this machine, beside what others do in the same
// minutes.
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

// Prints a table to `out`, and what is going on to `progress`. kUsage for an unknown name, kFailed
// when something could not be measured; the others are printed all the same.
ExitCode RunBench(const BenchOptions& options, std::ostream& out, std::ostream& progress);

// A process that a bench starts of its own program: answers HTTP as bare Beast does (responder.h)
// until standard input ends.
ExitCode RunBenchResponder(std::size_t body_bytes, std::ostream& out);

}  // namespace latchkey::tools
