#include "tools/cli/suggestion.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "tools/cli/command_text.h"

namespace latchkey::tools {
namespace {

// How many letters must be inserted, left out or replaced to make `b` out of `a`.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::string UnknownOption(const CLI::App& command, const std::string& word) {
  const std::string given = word.substr(0, word.find('='));
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_group().empty()) continue;
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::string meant = Nearest(given, names);
  const std::string path = PathOf(command);
  if (meant.empty()) return fmt::format("'{}' is not an option of {}.", given, path);
  return fmt::format("'{}' is not an option of {}. Do you mean {}?", given, path, meant);
}

}  // namespace

std::string Nearest(std::string_view word, const std::vector<std::string>& names) {
  const std::string* nearest = nullptr;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& name : names) {
    const std::size_t distance = Distance(word, name);
    if (distance < least) {
      least = distance;
      nearest = &name;
    }
  }
  return nearest == nullptr ? std::string() : *nearest;
}

std::string UnknownCommand(const CLI::App& group, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* command : CommandsOf(group)) names.push_back(command->get_name());
  const std::string meant = Nearest(word, names);
  if (meant.empty()) return fmt::format("'{}' is not a command.", word);
  return fmt::format("'{}' is not a command. Do you mean {} {}?", word, PathOf(group), meant);
}

std::string UnknownWord(const CLI::App& app) {
  const CLI::App* named = &app;
  while (true) {
    const std::vector<std::string> unknown = named->remaining();
    if (!unknown.empty()) {
      const std::string& word = unknown.front();
      if (word.starts_with('-')) return UnknownOption(*named, word);
      if (!CommandsOf(*named).empty()) return UnknownCommand(*named, word);
      return fmt::format("'{}' is one word too many for {}.", word, PathOf(*named));
    }
    if (named->get_subcommands().empty()) return {};
    named = named->get_subcommands().front();
  }
}

}  // namespace latchkey::tools
