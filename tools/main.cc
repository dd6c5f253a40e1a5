#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include "tools/cli/cli.h"
#include "tools/process/process.h"

namespace {

// The width of the terminal on standard output in cells; 0 when there is none.
std::size_t OutputWidth() {
  winsize size{};
  return ::isatty(STDOUT_FILENO) == 1 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0
             ? size.ws_col
             : 0;
}

}  // namespace

int main(int argc, char** argv) {
  latchkey::tools::PrepareProcess();
  latchkey::tools::ForbidCoreDumps();
  // A peer that hangs up, a closed pipe or a file at its size limit gives an error where it
  // happens, and must not end the process.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  return latchkey::tools::RunCli(
      std::vector<std::string>(argv + 1, argv + argc),
      {std::cin, std::cout, std::cerr, ::isatty(STDIN_FILENO) == 1, ::isatty(STDOUT_FILENO) == 1,
       ::isatty(STDERR_FILENO) == 1, OutputWidth()});
}
