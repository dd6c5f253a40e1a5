#include "tools/cli/completion.h"

#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "tools/cli/command_text.h"

namespace latchkey::tools {
namespace {

// How the words of a command line are followed, in bash and zsh: `at` is the command named so far,
// such as " gateway add", and `previous` the option whose value is completed.
constexpr const char* kBashBegin = R"(# Completion of latchkey for bash.
_latchkey() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} at='' word
  if [[ $current == = ]]; then
    current=''
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for word in "${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
    case "$at $word" in
)";

constexpr const char* kZshBegin = R"(#compdef latchkey
compdef _latchkey latchkey
# Completion of latchkey for zsh.
_latchkey() {
  local current=$words[CURRENT] previous=$words[CURRENT-1] at='' word
  local -a commands options
  if [[ $current == --*=* ]]; then
    previous=${current%%=*}
    compset -P '*='
  fi
  for word in $words[2,CURRENT-1]; do
    case "$at $word" in
)";

constexpr const char* kFishBegin = R"(# Completion of latchkey for fish.
function __latchkey_at --description 'Whether the command line has come to this command'
  set -l at
  for word in (commandline -opc)[2..]
    if contains -- "$at $word" $__latchkey_commands
      set at "$at $word"
    end
  end
  test "$at" = "$argv[1]"
end
complete -c latchkey -f
)";

enum class Takes { kNothing, kChoice, kFile, kDirectory, kText };

Takes WhatTakes(const CLI::Option& option) {
  const std::string value = ValueOf(option);
  if (value.empty()) return Takes::kNothing;
  if (!ChoicesOf(option).empty()) return Takes::kChoice;
  if (value == "FILE") return Takes::kFile;
  return value == "DIR" ? Takes::kDirectory : Takes::kText;
}

std::string Join(const std::vector<std::string>& words, const char* between) {
  return CLI::detail::join(words, between);
}

std::string ShellQuoted(std::string_view text) {
  return "'" + CLI::detail::find_and_replace(std::string(text), "'", "'\\''") + "'";
}

std::string FishQuoted(const std::string& text) {
  const std::string escaped = CLI::detail::find_and_replace(text, "\\", "\\\\");
  return "'" + CLI::detail::find_and_replace(escaped, "'", "\\'") + "'";
}

struct Place {
  std::string at;  // " gateway add"; empty for the program itself
  const CLI::App* command;
};

void Collect(const CLI::App& command, const std::string& at, std::vector<Place>* places) {
  places->push_back({at, &command});
  for (const CLI::App* inner : CommandsOf(command)) {
    Collect(*inner, at + " " + inner->get_name(), places);
  }
}

std::vector<Place> PlacesOf(const CLI::App& program) {
  std::vector<Place> places;
  Collect(program, "", &places);
  return places;
}

// Without the hidden ones.
std::vector<const CLI::Option*> AllOptions(const CLI::App& command) {
  return command.get_options([](const CLI::Option* option) {
    return option->nonpositional() && !option->get_group().empty();
  });
}

// "-o" and "--output".
std::vector<std::string> EachName(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& letter : option.get_snames()) names.push_back("-" + letter);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> ArgumentChoices(const CLI::App& command) {
  for (const CLI::Option* argument : ArgumentsOf(command)) {
    if (!ChoicesOf(*argument).empty()) return ChoicesOf(*argument);
  }
  return {};
}

// The branch of a `case` that follows the names of commands.
std::string FollowCommands(const std::vector<Place>& places) {
  std::vector<std::string> named;
  for (const Place& place : places) {
    if (!place.at.empty()) named.push_back(ShellQuoted(place.at));
  }
  return "      " + Join(named, " | ") + ") at+=\" $word\" ;;\n    esac\n  done\n";
}

// The branches of a `case` for options that take a value; `act` says what the shell does there.
template <typename Act>
std::string ValueBranches(const std::vector<Place>& places, const Act& act) {
  std::string branches = "  case \"$at $previous\" in\n";
  for (const Place& place : places) {
    for (const CLI::Option* option : AllOptions(*place.command)) {
      if (WhatTakes(*option) == Takes::kNothing) continue;
      std::vector<std::string> patterns;
      for (const std::string& name : EachName(*option)) {
        patterns.push_back(ShellQuoted(place.at + " " + name));
      }
      branches += fmt::format("    {}) {} ;;\n", Join(patterns, " | "), act(*option));
    }
  }
  return branches + "  esac\n";
}

std::string BashValue(const CLI::Option& option) {
  switch (WhatTakes(option)) {
    case Takes::kChoice:
      return fmt::format("_latchkey_reply -W {}; return",
                         ShellQuoted(Join(ChoicesOf(option), " ")));
    case Takes::kFile:
      return "_latchkey_reply -f; return";
    case Takes::kDirectory:
      return "_latchkey_reply -d; return";
    case Takes::kNothing:
    case Takes::kText:
      break;
  }
  return "return";
}

std::string ZshValue(const CLI::Option& option) {
  switch (WhatTakes(option)) {
    case Takes::kChoice:
      return "compadd -- " + Join(ChoicesOf(option), " ") + "; return";
    case Takes::kFile:
      return "_files; return";
    case Takes::kDirectory:
      return "_files -/; return";
    case Takes::kNothing:
    case Takes::kText:
      break;
  }
  return fmt::format("_message {}; return", ShellQuoted(ValueOf(option)));
}

std::string FishValue(const CLI::Option& option) {
  switch (WhatTakes(option)) {
    case Takes::kChoice:
      return " -x -a " + FishQuoted(Join(ChoicesOf(option), " "));
    case Takes::kFile:
      return " -r -F";
    case Takes::kDirectory:
      return " -x -a '(__fish_complete_directories)'";
    case Takes::kText:
      return " -x";
    case Takes::kNothing:
      break;
  }
  return {};
}

std::string FishOption(const CLI::Option& option) {
  std::string names;
  for (const std::string& letter : option.get_snames()) names += " -s " + letter;
  for (const std::string& name : option.get_lnames()) names += " -l " + name;
  return names + FishValue(option) + " -d " + FishQuoted(option.get_description());
}

}  // namespace

std::string BashCompletion(const CLI::App& program) {
  const std::vector<Place> places = PlacesOf(program);
  std::string script = kBashBegin + FollowCommands(places) + ValueBranches(places, BashValue);
  script += "  case \"$at\" in\n";
  for (const Place& place : places) {
    std::vector<std::string> words = ArgumentChoices(*place.command);
    for (const CLI::App* inner : CommandsOf(*place.command)) words.push_back(inner->get_name());
    std::vector<std::string> options;
    for (const CLI::Option* option : AllOptions(*place.command)) {
      options.push_back(EachName(*option).back());
    }
    script += fmt::format("    {}) _latchkey_words {} {} ;;\n", ShellQuoted(place.at),
                          ShellQuoted(Join(words, " ")), ShellQuoted(Join(options, " ")));
  }
  script += R"(  esac
}
# Options where one has been begun, or where nothing else can be named.
_latchkey_words() {
  if [[ $current == -* || -z $1 ]]; then
    _latchkey_reply -W "$2"
  else
    _latchkey_reply -W "$1"
  fi
}
_latchkey_reply() {
  [[ $1 == -W ]] || compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$@" -- "$current")
}
complete -F _latchkey latchkey
)";
  return script;
}

std::string ZshCompletion(const CLI::App& program) {
  const std::vector<Place> places = PlacesOf(program);
  std::string script = kZshBegin + FollowCommands(places) + ValueBranches(places, ZshValue);
  script += "  case \"$at\" in\n";
  for (const Place& place : places) {
    std::vector<std::string> commands, options;
    for (const std::string& choice : ArgumentChoices(*place.command)) {
      commands.push_back(ShellQuoted(choice));
    }
    for (const CLI::App* inner : CommandsOf(*place.command)) {
      commands.push_back(ShellQuoted(inner->get_name() + ":" + SummaryOf(*inner)));
    }
    for (const CLI::Option* option : AllOptions(*place.command)) {
      options.push_back(ShellQuoted(EachName(*option).back() + ":" + option->get_description()));
    }
    script += fmt::format("    {})\n      commands=({})\n      options=({})\n      ;;\n",
                          ShellQuoted(place.at), Join(commands, "\n        "),
                          Join(options, "\n        "));
  }
  script += R"(  esac
  if [[ $current == -* || $#commands -eq 0 ]]; then
    _describe -o option options
  else
    _describe command commands
  fi
}
# Not while the script is only read.
[[ $funcstack[1] != _latchkey ]] || _latchkey "$@"
)";
  return script;
}

std::string FishCompletion(const CLI::App& program) {
  const std::vector<Place> places = PlacesOf(program);
  std::vector<std::string> names;
  for (const Place& place : places) {
    if (!place.at.empty()) names.push_back(FishQuoted(place.at));
  }
  std::string script = kFishBegin;
  script += "set -g __latchkey_commands " + Join(names, " ") + '\n';
  for (const Place& place : places) {
    const std::string line =
        "complete -c latchkey -n " + FishQuoted("__latchkey_at " + FishQuoted(place.at));
    for (const std::string& choice : ArgumentChoices(*place.command)) {
      script += line + " -a " + FishQuoted(choice) + '\n';
    }
    for (const CLI::App* inner : CommandsOf(*place.command)) {
      script += fmt::format("{} -a {} -d {}\n", line, FishQuoted(inner->get_name()),
                            FishQuoted(SummaryOf(*inner)));
    }
    for (const CLI::Option* option : AllOptions(*place.command)) {
      script += line + FishOption(*option) + '\n';
    }
  }
  return script;
}

}  // namespace latchkey::tools
