#include "tools/cli/command_text.h"

#include <algorithm>
#include <cctype>
#include <set>

#include <CLI/CLI.hpp>

#include "tools/cli/text_page.h"

namespace latchkey::tools {
namespace {

// A synopsis with more options than this names none of them.
constexpr std::size_t kMaxNamedOptions = 7;

// CLI11's group of options that were not given another.
constexpr std::string_view kOwnGroup = "Options";

std::string WithValue(const CLI::Option& option) {
  const std::string value = ValueOf(option);
  return value.empty() ? option.get_name() : option.get_name() + " " + value;
}

std::string Alternatives(const std::set<CLI::Option*>& options) {
  std::string names;
  for (const CLI::Option* option : options) {
    names += (names.empty() ? "" : ", ") + option->get_name();
  }
  return names;
}

}  // namespace

std::string PathOf(const CLI::App& command) {
  if (command.get_parent() == nullptr) return command.get_name();
  return PathOf(*command.get_parent()) + " " + command.get_name();
}

std::vector<const CLI::App*> CommandsOf(const CLI::App& group) {
  return group.get_subcommands(
      [](const CLI::App* command) { return !command->get_group().empty(); });
}

const CLI::App* CommandAt(const CLI::App& program, const std::vector<std::string>& words) {
  const CLI::App* at = &program;
  for (const std::string& word : words) {
    const auto commands = CommandsOf(*at);
    const auto found = std::find_if(commands.begin(), commands.end(), [&](const CLI::App* command) {
      return command->get_name() == word;
    });
    if (found == commands.end()) return nullptr;
    at = *found;
  }
  return at;
}

const CLI::App& ParsedCommand(const CLI::App& program) {
  const CLI::App* at = &program;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

std::vector<const CLI::Option*> OptionsIn(const CLI::App& command, std::string_view group) {
  const std::string_view wanted = group.empty() ? kOwnGroup : group;
  return command.get_options([&](const CLI::Option* option) {
    return option->nonpositional() && option->get_group() == wanted;
  });
}

std::vector<const CLI::Option*> ArgumentsOf(const CLI::App& command) {
  return command.get_options([](const CLI::Option* option) { return option->get_positional(); });
}

std::string NamesOf(const CLI::Option& option) {
  if (option.get_positional()) return option.get_name();
  std::string names;
  for (const std::string& letter : option.get_snames()) names += "-" + letter + ", ";
  for (const std::string& name : option.get_lnames()) names += "--" + name + ", ";
  names.resize(names.size() - 2);
  return names;
}

std::vector<std::string> ChoicesOf(const CLI::Option& option) {
  // CLI::IsMember describes itself as {one,two}.
  const std::string type = option.get_type_name();
  const auto from = type.find('{');
  const auto to = type.find('}');
  if (from == std::string::npos || to == std::string::npos) return {};
  return CLI::detail::split(type.substr(from + 1, to - from - 1), ',');
}

std::string ValueOf(const CLI::Option& option) {
  if (option.get_expected_max() == 0) return {};
  const std::vector<std::string> choices = ChoicesOf(option);
  if (!choices.empty()) return CLI::detail::join(choices, "|");
  // CLI11 puts the descriptions of what checks the value behind its name: "DIR:DIR".
  std::string type = option.get_type_name();
  for (const char* check : {":FILE", ":DIR", ":UINT"}) type = type.substr(0, type.find(check));
  return type;
}

bool IsRepeatable(const CLI::Option& option) {
  return option.get_items_expected_max() >= CLI::detail::expected_max_vector_size;
}

std::string MeaningOf(const CLI::Option& option) {
  std::string meaning = option.get_description();
  const std::string fallback = option.get_default_str();
  if (!fallback.empty()) meaning += " (" + fallback + " unless given)";
  if (!option.get_needs().empty()) meaning += "; with " + Alternatives(option.get_needs());
  if (!option.get_excludes().empty())
    meaning += "; not with " + Alternatives(option.get_excludes());
  return meaning;
}

std::string DescriptionOf(const CLI::App& command) {
  std::string description = command.get_description();
  const bool sentence = std::isalnum(static_cast<unsigned char>(description.back())) != 0 ||
                        description.back() == ')';
  // A description may end with lines of a list, which are indented.
  const auto last_line = description.rfind('\n');
  const bool list = last_line != std::string::npos && description[last_line + 1] == ' ';
  if (sentence && !list) description += '.';
  return description;
}

std::string SummaryOf(const CLI::App& command) {
  std::string summary = CLI::detail::join(WordsOf(command.get_description()), " ");
  for (const char* end : {". ", ": ", "; "}) summary = summary.substr(0, summary.find(end));
  if (summary.ends_with('.')) summary.pop_back();
  return summary;
}

std::vector<std::string> SynopsisOf(const CLI::App& command) {
  std::vector<std::string> pieces = {PathOf(command)};
  if (!CommandsOf(command).empty()) {
    pieces.emplace_back("COMMAND");
    return pieces;
  }
  for (const CLI::Option* argument : ArgumentsOf(command)) {
    const std::string name = argument->get_name();
    pieces.push_back((argument->get_required() ? name : "[" + name + "]") +
                     (IsRepeatable(*argument) ? "…" : ""));
  }
  std::vector<std::string> optional;
  for (const CLI::Option* option : OptionsIn(command, "")) {
    if (option->get_required()) {
      pieces.push_back(WithValue(*option));
    } else {
      optional.push_back("[" + WithValue(*option) + "]" + (IsRepeatable(*option) ? "…" : ""));
    }
  }
  if (optional.size() > kMaxNamedOptions) optional = {"[OPTIONS]"};
  pieces.insert(pieces.end(), optional.begin(), optional.end());
  return pieces;
}

}  // namespace latchkey::tools
