#include "tools/cli/commands.h"

#include <ostream>

#include "core/base/printable.h"
#include "tools/ledger/data_directory.h"

namespace latchkey::tools {

void CommandContext::Finish(const CliResult<void>& result) {
  Report(result ? Deliver(io, "", "") : result);
}

void CommandContext::Report(const CliResult<void>& result) {
  if (result) return;
  const Failure& failure = result.error();
  io.err << "latchkey: " << text::PrintableLines(failure.message);
  if (!failure.code.empty()) io.err << " (" << text::Printable(failure.code) << ")";
  io.err << '\n';
  const bool by_server = !failure.code.empty() || failure.exit == ExitCode::kTryAgain;
  if (!TakenUser().empty() && !by_server) {
    io.err << "latchkey: This ran as " << TakenUser()
           << ", to whom the data directory belongs: files it is given must be open to that user, "
              "and ports below 1024 are not.\n";
  }
  exit = failure.exit;
}

}  // namespace latchkey::tools
