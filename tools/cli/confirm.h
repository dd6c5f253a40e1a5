// Asks before a command ends something.
#pragma once

#include <string>

#include "tools/cli/io.h"
#include "tools/process/exit_code.h"

namespace CLI {
class App;
}

namespace latchkey::tools {

// Adds --yes, the answer given in advance.
void AddYes(CLI::App* command, bool* yes);

// `what` says in sentences what the command would end. Succeeds with `yes`, or when a person at the
// terminal agrees. kFailed when they do not, kUsage when there is neither.
CliResult<void> Confirm(Io& io, bool yes, const std::string& what);

}  // namespace latchkey::tools
