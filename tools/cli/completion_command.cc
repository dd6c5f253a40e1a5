#include <memory>
#include <ostream>
#include <string>

#include <CLI/CLI.hpp>

#include "tools/cli/commands.h"
#include "tools/cli/completion.h"

namespace latchkey::tools {

void AddCompletion(CLI::App& app, CommandContext& context) {
  const auto shell = std::make_shared<std::string>();
  CLI::App* completion = app.add_subcommand(
      "completion", "Print a script that lets a shell complete commands, options and values");
  completion->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->footer(
      "In the file that the shell reads at its start:\n"
      "  bash: source <(latchkey completion bash)\n"
      "  zsh, after compinit: source <(latchkey completion zsh)\n"
      "  fish: latchkey completion fish | source");
  completion->callback([&app, shell, &context] {
    context.io.out << (*shell == "bash"  ? BashCompletion(app)
                       : *shell == "zsh" ? ZshCompletion(app)
                                         : FishCompletion(app));
    context.Finish({});
  });
}

}  // namespace latchkey::tools
