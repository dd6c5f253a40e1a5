#include "tools/cli/cli.h"

#include <exception>
#include <filesystem>
#include <memory>
#include <ostream>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/base/printable.h"
#include "tools/cli/command_text.h"
#include "tools/cli/program.h"
#include "tools/cli/suggestion.h"

namespace latchkey::tools {
namespace {

std::string UsageWords(const CLI::App& program, const CLI::ParseError& error) {
  const std::string unknown = UnknownWord(program);
  return fmt::format("{}\nMore with {} --help.", unknown.empty() ? error.what() : unknown,
                     PathOf(ParsedCommand(program)));
}

}  // namespace

int RunCli(const std::vector<std::string>& arguments, Io io) {
  CommandContext context{io};
  const std::unique_ptr<CLI::App> program = MakeProgram(context);
  std::vector<std::string> reversed(arguments.rbegin(),
                                    arguments.rend());  // in the order CLI11 expects
  try {
    program->parse(reversed);
  } catch (const CLI::Success& wanted) {  // --help, --version
    program->exit(wanted, io.out, io.err);
    context.Finish({});
    return static_cast<int>(context.exit);
  } catch (const CLI::ParseError& error) {
    io.err << "latchkey: " << text::PrintableLines(UsageWords(*program, error)) << '\n';
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
