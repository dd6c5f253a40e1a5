// The texts of a command, read from CLI11's tree of commands: what help, manual pages and
// completion have in common.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace latchkey::tools {

// Groups of options that many commands have, and that help shows in one place.
inline constexpr const char* kConnectionGroup = "Connection";
inline constexpr const char* kEveryCommandGroup = "Options of every command";

// "latchkey gateway add".
std::string PathOf(const CLI::App& command);
// The commands in a group, or of the whole program.
std::vector<const CLI::App*> CommandsOf(const CLI::App& group);
// The command at the end of these words ("gateway", "add"); null when there is none.
const CLI::App* CommandAt(const CLI::App& program, const std::vector<std::string>& words);
// The command that the parsed command line names, or the innermost group.
const CLI::App& ParsedCommand(const CLI::App& program);

}  // namespace latchkey::tools
