#include "tools/cli/command_text.h"

#include <algorithm>

#include <CLI/CLI.hpp>

namespace latchkey::tools {

std::string PathOf(const CLI::App& command) {
  if (command.get_parent() == nullptr) return command.get_name();
  return PathOf(*command.get_parent()) + " " + command.get_name();
}

std::vector<const CLI::App*> CommandsOf(const CLI::App& group) {
  return group.get_subcommands(
      [](const CLI::App* command) { return !command->get_group().empty(); });
}

const CLI::App* CommandAt(const CLI::App& program, const std::vector<std::string>& words) {
  const CLI::App* at = &program;
  for (const std::string& word : words) {
    const auto commands = CommandsOf(*at);
    const auto found = std::find_if(commands.begin(), commands.end(), [&](const CLI::App* command) {
      return command->get_name() == word;
    });
    if (found == commands.end()) return nullptr;
    at = *found;
  }
  return at;
}

const CLI::App& ParsedCommand(const CLI::App& program) {
  const CLI::App* at = &program;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

}  // namespace latchkey::tools
