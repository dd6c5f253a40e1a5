// The machine an installer runs on, and a command on it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace latchkey::tools {

class OutputTail;

// As the system says it: any bytes.
struct Machine {
  std::string hostname;
  std::string os;  // as /etc/os-release names it
};
Machine ThisMachine();

// Random, and the same for as long as this process runs: by it a server tells two programs apart
// that check in with one certificate. Thread-safe.
const std::string& ThisInstance();

// The text as a field that every server accepts. What a machine is called must not decide whether
// it can be registered.
std::string HostField(std::string_view text);

struct CommandEnd {
  bool succeeded;
  std::string words;  // "ended with exit status 3"
};
// Runs `command` by the shell, on this process's own streams, with these variables added to its
// environment, and waits for its end. With `output`, that gets the end of what it writes; with
// `input`, that is its standard input.
CommandEnd RunCommand(const std::string& command,
                      const std::vector<std::pair<std::string, std::string>>& variables,
                      OutputTail* output = nullptr,
                      std::optional<std::string_view> input = std::nullopt);

}  // namespace latchkey::tools
