// Help: what every command shows, and that it fits the terminal.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <CLI/CLI.hpp>

#include "core/base/unicode.h"
#include "tests/support/temp_dir.h"
#include "tests/tools/served.h"
#include "tools/cli/cli.h"
#include "tools/cli/command_text.h"
#include "tools/cli/examples.h"
#include "tools/cli/program.h"
#include "tools/cli/terminal.h"
#include "tools/cli/text_page.h"

namespace latchkey::tools {
namespace {

using testing::Cli;
using testing::Served;

class Help : public ::testing::Test {
 protected:
  Help() : program_(MakeProgram(context_)) {}

  // Every command and group, the program itself first.
  void Each(const std::function<void(CLI::App&)>& visit) { Each(*program_, visit); }
  static void Each(CLI::App& at, const std::function<void(CLI::App&)>& visit) {
    visit(at);
    for (CLI::App* command : at.get_subcommands({})) Each(*command, visit);
  }

  std::istringstream in_;
  std::ostringstream out_, err_;
  CommandContext context_{{in_, out_, err_}};
  std::unique_ptr<CLI::App> program_;
};

TEST_F(Help, EveryCommandHasExamples) {
  Each([](CLI::App& command) {
    const bool group = command.get_parent() != nullptr && !CommandsOf(command).empty();
    const std::size_t count = ExamplesOf(PathOf(command)).size();
    EXPECT_EQ(count == 0, group) << PathOf(command);
    EXPECT_LE(count, 3u) << PathOf(command);
  });
}

// In a directory that has the files which the examples name, because some options check that.
TEST_F(Help, EveryExampleIsACommandLine) {
  latchkey::testing::TempDir directory;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(directory.path());
  for (const char* name : {"ca.pem", "ca-key.pem"}) std::ofstream(name) << '\n';
  Each([&](CLI::App& command) {
    for (const Example& example : ExamplesOf(PathOf(command))) {
      std::string line(example.line);
      const auto broken = line.find("\\\n");
      if (broken != std::string::npos) line.replace(broken, 2, "");
      ASSERT_TRUE(line.starts_with("latchkey ")) << line;
      // An unknown option is found after everything else and before the command runs.
      line += " --not-run";
      EXPECT_THROW(program_->parse(line.substr(line.find(' '))), CLI::ExtrasError) << line;
      const CLI::App& named = ParsedCommand(*program_);
      EXPECT_EQ(named.remaining(), std::vector<std::string>{"--not-run"}) << line;
      EXPECT_TRUE(example.command == "latchkey" || PathOf(named) == example.command) << line;
    }
  });
  std::filesystem::current_path(before);
}

TEST_F(Help, EveryValueHasAName) {
  Each([](CLI::App& command) {
    for (const CLI::Option* option : std::as_const(command).get_options()) {
      if (option->get_positional() || option->get_group().empty()) continue;
      const std::string value = ValueOf(*option);
      for (const char* unnamed : {"TEXT", "UINT", "INT"}) {
        EXPECT_FALSE(value == unnamed && option->get_name() != "--reason" &&
                     option->get_name() != "--note")
            << PathOf(command) << ' ' << option->get_name();
      }
    }
  });
}

TEST_F(Help, FitsTheTerminal) {
  for (const std::size_t columns : {60u, 80u, 100u}) {
    context_.io.columns = columns;
    const auto program = MakeProgram(context_);
    Each(*program, [&](CLI::App& command) {
      std::istringstream lines(command.help());
      for (std::string line; std::getline(lines, line);) {
        const bool as_it_is = line == "Examples:" || PathOf(command) == "latchkey bench";
        if (columns < 80 && as_it_is) break;  // the lines of examples are not broken
        EXPECT_LE(text::CountCells(line), columns) << PathOf(command) << ": " << line;
        EXPECT_FALSE(line.ends_with(' ')) << PathOf(command) << ": " << line;
      }
    });
  }
}

TEST_F(Help, SaysOfEveryCommandWhatItIs) {
  const std::string all = program_->help();
  Each([&](CLI::App& command) {
    const std::string help = command.help();
    EXPECT_NE(help.find("Usage: " + PathOf(command)), std::string::npos) << help;
    if (command.get_parent() == program_.get()) {
      EXPECT_NE(all.find("\n  " + command.get_name() + " "), std::string::npos) << all;
    }
    // Options of many commands are told in one place.
    EXPECT_EQ(help.find("--gateways-url"), std::string::npos) << help;
  });
  EXPECT_EQ(CommandsOf(*program_).back()->get_name(), "bench");
  EXPECT_NE(CommandAt(*program_, {"whoami"})->help().find("latchkey help connection"),
            std::string::npos);
  EXPECT_EQ(CommandAt(*program_, {"verify"})->help().find("latchkey help connection"),
            std::string::npos);
}

TEST_F(Help, HasTopics) {
  const auto connection = Cli({"help", "connection"});
  EXPECT_EQ(connection.exit, 0);
  for (const char* told : {"--data DIR", "--token-file FILE", "LATCHKEY_URL", "table|json"}) {
    EXPECT_NE(connection.out.find(told), std::string::npos) << connection.out;
  }
  const auto codes = Cli({"help", "exit-codes"});
  EXPECT_EQ(codes.exit, 0);
  EXPECT_NE(codes.out.find("\n  11 "), std::string::npos) << codes.out;
}

TEST(TextPage, BreaksAndAlignsText) {
  TextPage page(24);
  page.Paragraph("one two\nthree four five six\n  as it is");
  page.Heading("Rows");
  page.Rows({{"-a", "first second third"},
             {"--a-very-long-option-of-many-letters", "words and more of them"}});
  page.Pieces({"usage", "[--one ONE]", "[--two TWO]"});
  EXPECT_EQ(page.text(),
            "one two three four five\n"
            "six\n"
            "  as it is\n"
            "\n"
            "Rows:\n"
            "  -a  first second third\n"
            "  --a-very-long-option-of-many-letters\n"
            "      words and more of\n"
            "      them\n"
            "\n"
            "usage [--one ONE]\n"
            "      [--two TWO]\n");
}

TEST(Terminal, IsAsWideAsItSays) {
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_GE(terminal, 0);
  ::unsetenv("COLUMNS");
  const struct {
    unsigned short given;
    std::size_t columns;
  } rows[] = {{72, 72}, {250, 100}, {10, 40}, {0, 80}};
  for (const auto& row : rows) {
    winsize size{};
    size.ws_col = row.given;
    ASSERT_EQ(::ioctl(terminal, TIOCSWINSZ, &size), 0);
    EXPECT_EQ(ColumnsOf(terminal), row.columns);
  }
  ::close(terminal);
  const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(ColumnsOf(file), 80u);
  ::setenv("COLUMNS", "60", 1);
  EXPECT_EQ(ColumnsOf(file), 60u);
  ::setenv("COLUMNS", "wide", 1);
  EXPECT_EQ(ColumnsOf(file), 80u);
  ::unsetenv("COLUMNS");
  ::close(file);
}

TEST(Terminal, HasColoursUnlessAskedNotTo) {
  const struct {
    const char* no_color;
    const char* term;
    bool terminal;
    bool colours;
  } rows[] = {
      {nullptr, "xterm", true, true}, {nullptr, "xterm", false, false},
      {nullptr, nullptr, true, true}, {"", "xterm", true, true},
      {"1", "xterm", true, false},    {nullptr, "dumb", true, false},
  };
  for (const auto& row : rows) {
    ::unsetenv("NO_COLOR");
    ::unsetenv("TERM");
    if (row.no_color != nullptr) ::setenv("NO_COLOR", row.no_color, 1);
    if (row.term != nullptr) ::setenv("TERM", row.term, 1);
    EXPECT_EQ(MayColour(row.terminal), row.colours);
  }
  ::unsetenv("NO_COLOR");
  ::unsetenv("TERM");
}

TEST(Colours, AreThoseOfTheOptionBeforeThoseOfTheTerminal) {
  const Served served;
  const std::string data = served.data().string();
  const struct {
    std::vector<std::string> arguments;
    bool terminal;
    bool coloured;
  } rows[] = {
      {{"account", "list"}, false, false},
      {{"account", "list"}, true, true},
      {{"account", "list", "--color", "auto"}, true, true},
      {{"account", "list", "--color", "never"}, true, false},
      {{"account", "list", "--color", "always"}, false, true},
      {{"--color", "always", "account", "list"}, false, true},
      {{"account", "--color=always", "list"}, false, true},
  };
  for (const auto& row : rows) {
    std::vector<std::string> arguments = row.arguments;
    arguments.insert(arguments.end(), {"--data", data});
    std::istringstream in;
    std::ostringstream out, err;
    EXPECT_EQ(RunCli(arguments, {.in = in, .out = out, .err = err, .colours = row.terminal}), 0);
    EXPECT_EQ(out.str().find('\x1b') != std::string::npos, row.coloured)
        << ::testing::PrintToString(row.arguments);
  }
  EXPECT_EQ(Cli({"account", "list", "--color", "blue"}).exit, 2);
}

}  // namespace
}  // namespace latchkey::tools
