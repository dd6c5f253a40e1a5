// Completion scripts for shells, made from the tree of commands: commands, options, values with
// fixed choices, and files or directories where an option takes one.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace latchkey::tools {

std::string BashCompletion(const CLI::App& program);
std::string ZshCompletion(const CLI::App& program);
std::string FishCompletion(const CLI::App& program);

}  // namespace latchkey::tools
