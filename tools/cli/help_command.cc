#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "tools/cli/command_text.h"
#include "tools/cli/commands.h"
#include "tools/cli/help.h"
#include "tools/cli/man_pages.h"
#include "tools/cli/suggestion.h"
#include "tools/cli/topics.h"

namespace latchkey::tools {
namespace {

CliResult<void> Help(const CLI::App& program, const std::vector<std::string>& words, Io& io) {
  const Topic* topic = words.size() == 1 ? FindTopic(words.front()) : nullptr;
  if (topic != nullptr) {
    io.out << TopicText(program, *topic, io.columns);
    return {};
  }
  const CLI::App* at = &program;
  for (const std::string& word : words) {
    const CLI::App* command = CommandAt(*at, {word});
    if (command == nullptr) return Fail(ExitCode::kUsage, UnknownCommand(*at, word));
    at = command;
  }
  io.out << at->help();
  return {};
}

}  // namespace

void AddHelp(CLI::App& app, CommandContext& context) {
  struct State {
    std::vector<std::string> words;
    std::string pages;
  };
  const auto state = std::make_shared<State>();
  CLI::App* help =
      app.add_subcommand("help", "Show what a command does and how to use it, or explain a topic");
  help->add_option("COMMAND", state->words,
                   "The command, such as gateway add, or a topic: connection, exit-codes");
  help->add_option("--man", state->pages,
                   "Write the manual pages of all commands into this directory instead");
  help->callback([&app, state, &context] {
    context.Finish(state->pages.empty() ? Help(app, state->words, context.io)
                                        : WriteManPages(app, state->pages, DateOfPages()));
  });
}

}  // namespace latchkey::tools
