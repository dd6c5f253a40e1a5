// The command line as a function: `main` runs it on the process's own streams, tests on theirs.
#pragma once

#include <string>
#include <vector>

#include "tools/cli/io.h"

namespace latchkey::tools {

// Runs one command line (without the program's name) and returns the exit code of docs/cli.md.
int RunCli(const std::vector<std::string>& arguments, Io io);

}  // namespace latchkey::tools
