// The machine an installer runs on, and a command on it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace latchkey::tools {

struct Machine {
  std::string hostname;
  std::string os;  // as /etc/os-release names it
};
Machine ThisMachine();

struct CommandEnd {
  bool succeeded;
  std::string words;  // "ended with exit status 3"
};
// Runs `command` by the shell, on this process's own streams, with these variables added to its
// environment, and waits for its end.
CommandEnd RunCommand(const std::string& command,
                      const std::vector<std::pair<std::string, std::string>>& variables);

}  // namespace latchkey::tools
