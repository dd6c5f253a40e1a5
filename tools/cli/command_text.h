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

// The group of the options that every command has.
inline constexpr const char* kEveryCommandGroup = "Options of every command";

// "latchkey gateway add".
std::string PathOf(const CLI::App& command);
// The commands in a group, or of the whole program.
std::vector<const CLI::App*> CommandsOf(const CLI::App& group);
// The command at the end of these words ("gateway", "add"); null when there is none.
const CLI::App* CommandAt(const CLI::App& program, const std::vector<std::string>& words);
// The command that the parsed command line names, or the innermost group.
const CLI::App& ParsedCommand(const CLI::App& program);

// The options in `group`; "" for those of the command's own, without arguments.
std::vector<const CLI::Option*> OptionsIn(const CLI::App& command, std::string_view group);
std::vector<const CLI::Option*> ArgumentsOf(const CLI::App& command);

// The names of an option, or of an argument: "-o, --output".
std::string NamesOf(const CLI::Option& option);
// What an option takes: "FILE", "red|green", or "" for a flag.
std::string ValueOf(const CLI::Option& option);
// The fixed choices of an option or argument; empty when it takes anything.
std::vector<std::string> ChoicesOf(const CLI::Option& option);
bool IsRepeatable(const CLI::Option& option);
// What an option is for, what holds unless it is given, and which others it needs or excludes.
std::string MeaningOf(const CLI::Option& option);

// What a command does: all of it, or the beginning of its first sentence.
std::string DescriptionOf(const CLI::App& command);
std::string SummaryOf(const CLI::App& command);
// Pieces that are not broken: "latchkey gateway add", "ACCOUNT", "[--primary GATEWAY]".
std::vector<std::string> SynopsisOf(const CLI::App& command);

}  // namespace latchkey::tools
