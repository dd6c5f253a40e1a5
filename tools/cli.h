// The command line as a function: `main` runs it on the process's own streams, tests on theirs.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace latchkey::tools {

// Where a command reads and writes. Results go to `out`, words about them to `err`.
struct Io {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool in_terminal = false;   // only then a command may ask
  bool out_terminal = false;  // only then it may colour
  bool err_terminal = false;  // only then it may show progress
};

// Runs one command line (without the program's name) and returns the exit code of docs/cli.md.
int RunCli(const std::vector<std::string>& arguments, Io io);

}  // namespace latchkey::tools
