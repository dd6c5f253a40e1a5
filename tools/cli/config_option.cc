#include "tools/cli/config_option.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/crypto/files.h"
#include "tools/cli/command_text.h"
#include "tools/cli/settings.h"
#include "tools/cli/suggestion.h"

namespace latchkey::tools {
namespace {

constexpr const char* kConfig = "--config";

[[noreturn]] void Refuse(const std::string& file, std::size_t line, const std::string& words) {
  throw CLI::ValidationError(fmt::format("{}:{}", file, line), words);
}

std::vector<Setting> Read(const std::string& file) {
  const auto text = crypto::ReadSmallFile(file);
  if (!text) throw CLI::ValidationError(kConfig, text.error().detail);
  auto settings = ReadSettings(*text);
  if (!settings) Refuse(file, settings.error().line, settings.error().words);
  return *std::move(settings);
}

// The options that a file may set, by name.
std::map<std::string, CLI::Option*> SettableOptions(CLI::App* command) {
  std::map<std::string, CLI::Option*> options;
  for (const CLI::Option* option : OptionsIn(*command, "")) {
    const std::string name = option->get_name();
    if (name != kConfig) options.emplace(name.substr(2), command->get_option(name));
  }
  return options;
}

void Give(CLI::Option* option, const Setting& setting) {
  const bool flag = option->get_expected_max() == 0;
  option->add_result(flag ? option->get_flag_value(setting.name, setting.value) : setting.value);
  option->run_callback();
}

void Apply(CLI::App* command, const std::string& file) {
  const std::vector<Setting> settings = Read(file);
  const auto options = SettableOptions(command);
  std::set<std::string> by_command_line;
  std::vector<std::string> names;
  for (const auto& [name, option] : options) {
    if (option->count() > 0) by_command_line.insert(name);
    names.push_back(name);
  }
  std::map<std::string, std::size_t> lines;
  for (const Setting& setting : settings) {
    const auto found = options.find(setting.name);
    if (found == options.end()) {
      const std::string meant = Nearest(setting.name, names);
      Refuse(file, setting.line,
             fmt::format("'{}' is not an option of {}.{}", setting.name, PathOf(*command),
                         meant.empty() ? "" : " Do you mean " + meant + "?"));
    }
    const auto [first, once] = lines.emplace(setting.name, setting.line);
    if (!once && !IsRepeatable(*found->second)) {
      Refuse(file, setting.line,
             fmt::format("{} is already in line {}.", setting.name, first->second));
    }
    if (by_command_line.contains(setting.name)) continue;
    try {
      Give(found->second, setting);
    } catch (const CLI::ParseError& error) {
      Refuse(file, setting.line, error.what());
    }
  }
}

}  // namespace

void AddConfig(CLI::App* command) {
  command->add_option_function<std::string>(
      kConfig, [command](const std::string& file) { Apply(command, file); },
      "Take options from this file: NAME = VALUE, one a line, with their names without dashes; "
      "those of the command line win");
}

}  // namespace latchkey::tools
