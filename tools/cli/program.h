// The whole program as CLI11's tree of commands.
#pragma once

#include <memory>

#include "tools/cli/commands.h"

namespace CLI {
class App;
}

namespace latchkey::tools {

// With all commands, which run on `context` when they are parsed. It outlives the program.
std::unique_ptr<CLI::App> MakeProgram(CommandContext& context);

}  // namespace latchkey::tools
