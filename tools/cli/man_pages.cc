#include "tools/cli/man_pages.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <sstream>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "tools/cli/command_text.h"
#include "tools/cli/examples.h"
#include "tools/cli/text_page.h"
#include "tools/cli/topics.h"
#include "tools/client/management_client.h"
#include "tools/process/process.h"

namespace latchkey::tools {
namespace {

// Text that roff shows as it is.
std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '\\':
        escaped += "\\e";
        break;
      case '-':
        escaped += "\\-";
        break;
      case '\'':
        escaped += "\\(aq";
        break;
      default:
        escaped += c;
    }
  }
  escaped = CLI::detail::find_and_replace(escaped, "…", "\\&...");
  const bool request = escaped.starts_with('.');
  return request ? "\\&" + escaped : escaped;
}

std::string Bold(std::string_view text) { return "\\fB" + Escaped(text) + "\\fR"; }

std::string PageName(const CLI::App& command) {
  return CLI::detail::find_and_replace(PathOf(command), " ", "-");
}

void AddSection(std::string* page, std::string_view heading) {
  std::string capitals(heading);
  std::transform(capitals.begin(), capitals.end(), capitals.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  page->append(".SH ").append(capitals).append("\n");
}

void AddWords(std::string* page, std::string_view text) {
  page->append(Escaped(CLI::detail::join(WordsOf(text), " "))).append("\n");
}

// As TextPage::Paragraph: lines that begin with a blank stay as they are.
void AddParagraph(std::string* page, const std::string& text) {
  std::istringstream lines(text);
  std::string words;
  bool kept = false;
  for (std::string line; std::getline(lines, line);) {
    const bool keep = line.starts_with(' ');
    if (keep && !words.empty()) AddWords(page, words);
    if (keep) words.clear();
    if (keep != kept) page->append(keep ? ".PP\n.nf\n" : ".fi\n.PP\n");
    kept = keep;
    if (keep) {
      page->append(Escaped(line)).append("\n");
    } else {
      words += line + ' ';
    }
  }
  if (kept) page->append(".fi\n");
  if (!words.empty()) AddWords(page, words);
}

void AddItem(std::string* page, const std::string& name, std::string_view meaning) {
  page->append(".TP\n").append(name).append("\n");
  AddWords(page, meaning);
}

void AddOptions(std::string* page, std::string_view heading,
                const std::vector<const CLI::Option*>& options) {
  if (options.empty()) return;
  AddSection(page, heading);
  for (const CLI::Option* option : options) {
    const std::string value = option->get_positional() ? "" : ValueOf(*option);
    AddItem(page, Bold(NamesOf(*option)) + (value.empty() ? "" : " " + Escaped(value)),
            MeaningOf(*option));
  }
}

void AddCommands(std::string* page, const CLI::App& group) {
  const std::vector<const CLI::App*> commands = CommandsOf(group);
  if (commands.empty()) return;
  AddSection(page, "Commands");
  for (const CLI::App* command : commands) {
    AddItem(page, Bold(PageName(*command)) + "(1)", SummaryOf(*command) + ".");
  }
}

void AddExamples(std::string* page, const CLI::App& command) {
  const std::vector<Example> examples = ExamplesOf(PathOf(command));
  if (examples.empty()) return;
  AddSection(page, "Examples");
  for (const Example& example : examples) {
    if (&example != &examples.front()) page->append(".PP\n");
    AddWords(page, fmt::format("{}:", example.purpose));
    page->append(".PP\n.nf\n.RS\n");
    for (const std::string& line : CLI::detail::split(std::string(example.line), '\n')) {
      page->append(Escaped(line)).append("\n");
    }
    page->append(".RE\n.fi\n");
  }
}

void AddConnection(std::string* page, const CLI::App& command) {
  const auto options = OptionsIn(command, kConnectionGroup);
  if (options.empty()) return;
  AddOptions(page, kConnectionGroup, options);
  page->append(".PP\n");
  AddWords(page, FindTopic(kConnectionTopic)->text);
}

void AddExitStatus(std::string* page) {
  AddSection(page, "Exit status");
  for (const auto& [code, meaning] : FindTopic(kExitCodesTopic)->rows) {
    AddItem(page, Bold(code), std::string(meaning) + ".");
  }
}

void EachCommand(const CLI::App& at, const std::function<void(const CLI::App&)>& visit) {
  visit(at);
  for (const CLI::App* command : CommandsOf(at)) EachCommand(*command, visit);
}

}  // namespace

std::string ManPage(const CLI::App& command, const std::string& date) {
  const std::string name = PageName(command);
  std::string page = fmt::format(".TH {} 1 {} \"Latchkey " LATCHKEY_VERSION "\"\n", name, date);
  AddSection(&page, "Name");
  page += Escaped(name) + " \\- " + Escaped(SummaryOf(command)) + '\n';
  AddSection(&page, "Synopsis");
  std::vector<std::string> synopsis = SynopsisOf(command);
  page += Bold(synopsis.front());
  for (std::size_t i = 1; i < synopsis.size(); ++i) page += ' ' + Escaped(synopsis[i]);
  page += '\n';
  AddSection(&page, "Description");
  AddParagraph(&page, DescriptionOf(command));
  if (!command.get_footer().empty()) {
    page += ".PP\n";
    AddParagraph(&page, command.get_footer());
  }
  AddCommands(&page, command);
  AddOptions(&page, "Arguments", ArgumentsOf(command));
  AddOptions(&page, "Options", OptionsIn(command, ""));
  AddConnection(&page, command);
  AddOptions(&page, kEveryCommandGroup, OptionsIn(command, kEveryCommandGroup));
  AddExitStatus(&page);
  AddExamples(&page, command);
  if (const CLI::App* parent = command.get_parent()) {
    AddSection(&page, "See also");
    page += Bold(PageName(*parent)) + "(1)\n";
  }
  return page;
}

CliResult<void> WriteManPages(const CLI::App& program, const std::filesystem::path& directory,
                              const std::string& date) {
  const InheritedUmask umask;
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return Fail(ExitCode::kFailed, directory.string() + ": " + error.message() + ".");
  std::string failed;
  EachCommand(program, [&](const CLI::App& command) {
    const std::filesystem::path path = directory / (PageName(command) + ".1");
    std::ofstream file(path, std::ios::trunc);
    file << ManPage(command, date) << std::flush;
    if (!file) failed = path.string();
  });
  if (!failed.empty()) return Fail(ExitCode::kFailed, failed + " cannot be written.");
  return {};
}

std::string DateOfPages() {
  std::time_t now = std::time(nullptr);
  const char* variable = std::getenv("SOURCE_DATE_EPOCH");
  const std::string_view given = variable == nullptr ? "" : variable;
  std::time_t epoch = 0;
  const auto [end, error] = std::from_chars(given.begin(), given.end(), epoch);
  if (error == std::errc() && end == given.end()) now = epoch;
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(now));
}

}  // namespace latchkey::tools
