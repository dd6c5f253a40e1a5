#include <unistd.h>

#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include "tools/cli/cli.h"
#include "tools/process/process.h"

// How jemalloc, which the release links, is set up: it reads this name (jemalloc(3), TUNING). What
// a peak took goes back to the system within a second; by default much of it stayed.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0";
}

int main(int argc, char** argv) {
  latchkey::tools::PrepareProcess();
  latchkey::tools::ForbidCoreDumps();
  // A peer that hangs up, a closed pipe, a file grown to its limit: an error where it is met, and
  // no reason to die.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  return latchkey::tools::RunCli(std::vector<std::string>(argv + 1, argv + argc),
                                 {std::cin, std::cout, std::cerr, ::isatty(STDIN_FILENO) == 1,
                                  ::isatty(STDOUT_FILENO) == 1, ::isatty(STDERR_FILENO) == 1});
}
