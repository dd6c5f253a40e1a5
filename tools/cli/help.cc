#include "tools/cli/help.h"

#include <fmt/format.h>

#include "tools/cli/command_text.h"
#include "tools/cli/examples.h"
#include "tools/cli/text_page.h"
#include "tools/client/management_client.h"

namespace latchkey::tools {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

Rows RowsOf(const std::vector<const CLI::Option*>& options) {
  Rows rows;
  for (const CLI::Option* option : options) {
    const std::string value = option->get_positional() ? "" : ValueOf(*option);
    rows.emplace_back(NamesOf(*option) + (value.empty() ? "" : " " + value), MeaningOf(*option));
  }
  return rows;
}

void AddRows(TextPage* page, std::string_view heading, const Rows& rows) {
  if (rows.empty()) return;
  page->Heading(heading);
  page->Rows(rows);
}

// The commands in the order and under the headings of their groups.
void AddCommands(TextPage* page, const CLI::App& group) {
  std::vector<std::pair<std::string, Rows>> headings;
  for (const CLI::App* command : CommandsOf(group)) {
    std::string heading = command->get_group();
    if (heading == "Subcommands") heading = "Commands";  // CLI11's, where a group is not divided
    if (headings.empty() || headings.back().first != heading)
      headings.emplace_back(heading, Rows());
    headings.back().second.emplace_back(command->get_name(), SummaryOf(*command));
  }
  for (const auto& [heading, rows] : headings) AddRows(page, heading, rows);
}

void AddExamples(TextPage* page, const CLI::App& command) {
  const std::vector<Example> examples = ExamplesOf(PathOf(command));
  if (examples.empty()) return;
  page->Heading("Examples");
  for (const Example& example : examples) {
    page->Line(2, fmt::format("{}:", example.purpose));
    for (const std::string& line : CLI::detail::split(std::string(example.line), '\n')) {
      page->Line(4, line);
    }
  }
}

const CLI::App* WithConnection(const CLI::App& at) {
  if (!OptionsIn(at, kConnectionGroup).empty()) return &at;
  for (const CLI::App* command : CommandsOf(at)) {
    if (const CLI::App* found = WithConnection(*command)) return found;
  }
  return nullptr;
}

}  // namespace

std::string HelpFormatter::make_help(const CLI::App* command, std::string,
                                     CLI::AppFormatMode) const {
  const bool program = command->get_parent() == nullptr;
  const bool group = !CommandsOf(*command).empty();
  TextPage page(columns_);
  page.Paragraph(DescriptionOf(*command));
  std::vector<std::string> synopsis = SynopsisOf(*command);
  synopsis.front().insert(0, "Usage: ");
  page.Pieces(synopsis);
  AddCommands(&page, *command);
  AddRows(&page, "Arguments", RowsOf(ArgumentsOf(*command)));
  AddRows(&page, "Options", RowsOf(OptionsIn(*command, "")));
  if (program) AddRows(&page, kEveryCommandGroup, RowsOf(OptionsIn(*command, kEveryCommandGroup)));
  if (!OptionsIn(*command, kConnectionGroup).empty()) {
    page.Pieces({"Which server:", "--data DIR,", "or --url URL", "with --token-file FILE.",
                 "For programs: -o json.", "See latchkey help connection."});
  }
  if (!command->get_footer().empty()) page.Paragraph(command->get_footer());
  AddExamples(&page, *command);
  if (program) {
    Rows topics;
    for (const Topic& topic : Topics()) topics.emplace_back(topic.name, topic.summary);
    AddRows(&page, "Topics, for latchkey help", topics);
  }
  if (group)
    page.Paragraph(fmt::format("More about a command: {} COMMAND --help", PathOf(*command)));
  return page.text();
}

std::string TopicText(const CLI::App& program, const Topic& topic, std::size_t columns) {
  TextPage page(columns);
  page.Paragraph(fmt::format("{}.", topic.summary));
  page.Paragraph(topic.text);
  Rows rows(topic.rows.begin(), topic.rows.end());
  const CLI::App* connected = topic.connection_options ? WithConnection(program) : nullptr;
  if (connected != nullptr) rows = RowsOf(OptionsIn(*connected, kConnectionGroup));
  AddRows(&page, topic.connection_options ? "Options" : "Codes", rows);
  return page.text();
}

}  // namespace latchkey::tools
