#include "tools/cli/confirm.h"

#include <istream>
#include <ostream>

#include <CLI/CLI.hpp>

#include "core/base/printable.h"

namespace latchkey::tools {

void AddYes(CLI::App* command, bool* yes) {
  command->add_flag("-y,--yes", *yes, "Do not ask for confirmation; required without a terminal");
}

CliResult<void> Confirm(Io& io, bool yes, const std::string& what) {
  if (yes) return {};
  if (!io.in_terminal) return Fail(ExitCode::kUsage, what + " To confirm, add --yes.");
  io.out.flush();
  io.err << text::PrintableLines(what) << " Continue? [y/N] " << std::flush;
  std::string answer;
  std::getline(io.in, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return {};
  return Fail(ExitCode::kFailed, "Nothing was changed.");
}

}  // namespace latchkey::tools
