#include <unistd.h>

#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include "tools/cli/cli.h"
#include "tools/cli/terminal.h"
#include "tools/process/process.h"

int main(int argc, char** argv) {
  latchkey::tools::PrepareProcess();
  latchkey::tools::ForbidCoreDumps();
  // A peer that hangs up, a closed pipe or a file at its size limit gives an error where it
  // happens, and must not end the process.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  return latchkey::tools::RunCli(
      std::vector<std::string>(argv + 1, argv + argc),
      {.in = std::cin,
       .out = std::cout,
       .err = std::cerr,
       .in_terminal = ::isatty(STDIN_FILENO) == 1,
       .colours = latchkey::tools::MayColour(::isatty(STDOUT_FILENO) == 1),
       .err_terminal = ::isatty(STDERR_FILENO) == 1,
       .columns = latchkey::tools::ColumnsOf(STDOUT_FILENO),
       .width = latchkey::tools::WidthOf(STDOUT_FILENO)});
}
