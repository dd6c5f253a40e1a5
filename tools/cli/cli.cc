#include "tools/cli/cli.h"

#include <exception>
#include <filesystem>
#include <ostream>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/base/printable.h"
#include "tools/cli/command_text.h"
#include "tools/cli/commands.h"
#include "tools/cli/suggestion.h"

namespace latchkey::tools {
namespace {

constexpr const char* kFooter =
    "\nA first ledger, in two terminals:\n"
    "  latchkey serve --data ./ledger\n"
    "  latchkey account open acme --data ./ledger\n"
    "  latchkey gateway add acme hq-berlin --data ./ledger\n"
    "\nExit codes: 0 done, 1 failed, 2 usage, 3 refused, 4 unreachable or busy (run again with "
    "the\n"
    "same key), 5 ledger unusable or in use, 10 key refused, 11 --run failed (10, 11: ask for a "
    "new\n"
    "key).";

// A group that is named alone, as the program itself, shows what can follow.
void ShowAlone(CLI::App* group, CommandContext& context) {
  const std::vector<CLI::App*> commands = group->get_subcommands({});
  if (commands.empty()) return;
  group->require_subcommand(0, 1);
  group->callback([group, &context] {
    if (!group->get_subcommands().empty()) return;
    context.io.out << group->help();
    context.Finish({});
  });
  for (CLI::App* command : commands) ShowAlone(command, context);
}

void AddCommands(CLI::App& app, CommandContext& context) {
  AddServe(app, context);
  AddAccount(app, context);
  AddGateway(app, context);
  AddKey(app, context);
  AddToken(app, context);
  AddWhoami(app, context);
  AddRegister(app, context);
  AddHistory(app, context);
  AddRotate(app, context);
  AddAcceptTime(app, context);
  AddReplay(app, context);
  AddRecover(app, context);
  AddVerify(app, context);
  AddHelp(app, context);
  AddBench(app, context);
  ShowAlone(&app, context);
}

std::string UsageWords(const CLI::App& app, const CLI::ParseError& error) {
  const std::string unknown = UnknownWord(app);
  return fmt::format("{}\nMore with {} --help.", unknown.empty() ? error.what() : unknown,
                     PathOf(ParsedCommand(app)));
}

}  // namespace

int RunCli(const std::vector<std::string>& arguments, Io io) {
  CLI::App app("Latchkey: registers gateways, each with a key that works once.", "latchkey");
  app.footer(kFooter);
  app.set_version_flag("--version", "latchkey " LATCHKEY_VERSION);
  CommandContext context{io};
  AddCommands(app, context);
  std::vector<std::string> reversed(arguments.rbegin(),
                                    arguments.rend());  // in the order CLI11 expects
  try {
    app.parse(reversed);
  } catch (const CLI::Success& wanted) {  // --help, --version
    app.exit(wanted, io.out, io.err);
    context.Finish({});
    return static_cast<int>(context.exit);
  } catch (const CLI::ParseError& error) {
    io.err << "latchkey: " << text::PrintableLines(UsageWords(app, error)) << '\n';
    return static_cast<int>(ExitCode::kUsage);
  } catch (const std::filesystem::filesystem_error& error) {
    context.Finish(
        Fail(ExitCode::kFailed, error.path1().string() + ": " + error.code().message() + "."));
    return static_cast<int>(context.exit);
  } catch (const std::exception& error) {  // from a library, not expected
    io.err << "latchkey: " << text::PrintableLines(error.what()) << '\n';
    return static_cast<int>(ExitCode::kFailed);
  }
  return static_cast<int>(context.exit);
}

}  // namespace latchkey::tools
