// serve --config: what its file may say, and what it must not.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <CLI/CLI.hpp>

#include "tests/support/temp_dir.h"
#include "tests/tools/served.h"
#include "tools/cli/command_text.h"
#include "tools/cli/program.h"
#include "tools/cli/settings.h"

namespace latchkey::tools {
namespace {

using testing::Cli;

TEST(Settings, AreNamesAndValues) {
  const auto read = ReadSettings(
      "# The first line.\n"
      "\n"
      "data = /var/lib/latchkey\n"
      "  name=a.example \r\n"
      "\t# another remark\n"
      "name =  b = c # d\n"
      "threads = 2");
  ASSERT_TRUE(read) << read.error().words;
  std::string shown;
  for (const Setting& setting : *read) {
    shown += std::to_string(setting.line) + ' ' + setting.name + '[' + setting.value + "] ";
  }
  EXPECT_EQ(shown, "3 data[/var/lib/latchkey] 4 name[a.example] 6 name[b = c # d] 7 threads[2] ");
  EXPECT_TRUE(ReadSettings("")->empty());
}

TEST(Settings, NameTheLineThatIsWrong) {
  const struct {
    const char* text;
    std::size_t line;
    const char* words;
  } rows[] = {
      {"\n\ndata", 3, "write NAME = VALUE"},
      {"data = x\n= y\n", 2, "before = is not the name"},
      {"[serve]\ndata = x", 1, "write NAME = VALUE"},
      {"data =", 1, "data has no value"},
      {"\xef\xbb\xbf"
       "data = x",
       1, "before = is not the name"},
      {"data = a\x1b[2Jb", 1, "control character"},
  };
  for (const auto& row : rows) {
    const auto read = ReadSettings(row.text);
    ASSERT_FALSE(read) << row.text;
    EXPECT_EQ(read.error().line, row.line) << row.text;
    EXPECT_NE(read.error().words.find(row.words), std::string::npos) << read.error().words;
  }
}

class Config : public ::testing::Test {
 protected:
  std::string File(const std::string& content) {
    std::ofstream(directory_ / "config", std::ios::trunc) << content;
    return (directory_ / "config").string();
  }

  // What the options of serve have got, without serving.
  std::vector<std::string> Given(const std::string& config, std::vector<std::string> arguments,
                                 const std::string& option) {
    std::istringstream in;
    std::ostringstream out, err;
    CommandContext context{{in, out, err}};
    const auto program = MakeProgram(context);
    arguments.insert(arguments.begin(), {"serve", "--config", File(config)});
    arguments.emplace_back("--not-run");  // found after everything else, and before it would run
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    EXPECT_THROW(program->parse(reversed), CLI::ExtrasError);
    return program->get_subcommand("serve")->get_option(option)->results();
  }

  latchkey::testing::TempDir directory_;
};

TEST_F(Config, GivesOptions) {
  using Values = std::vector<std::string>;
  const std::string config =
      "data = /d\n"
      "management = 127.0.0.1:1\n"
      "name = a.example\n"
      "name = b.example\n"
      "limit-loopback = true\n"
      "sign-in-link = false\n"
      "check-in = 30s\n";
  EXPECT_EQ(Given(config, {}, "--data"), (Values{"/d"}));
  EXPECT_EQ(Given(config, {}, "--name"), (Values{"a.example", "b.example"}));
  EXPECT_EQ(Given(config, {}, "--limit-loopback"), (Values{"true"}));
  EXPECT_EQ(Given(config, {}, "--sign-in-link"), (Values{"false"}));
  EXPECT_EQ(Given(config, {"--management", "127.0.0.1:2"}, "--management"),
            (Values{"127.0.0.1:2"}));
  EXPECT_EQ(Given(config, {"--name", "c.example"}, "--name"), (Values{"c.example"}));
  EXPECT_EQ(Given(config, {"--check-in", "5s"}, "--data"), (Values{"/d"}));
}

TEST_F(Config, NamesFileAndLineOfWhatIsWrong) {
  const struct {
    const char* content;
    const char* said;
  } rows[] = {
      {"data = x\nmanagment = 127.0.0.1:1\n",
       ":2: 'managment' is not an option of latchkey serve. Do you mean management?"},
      {"\nnonsense = 1\n", ":2: 'nonsense' is not an option of latchkey serve.\n"},
      {"--data = x\n", ":1: '--data' is not an option of latchkey serve. Do you mean data?"},
      {"help = true\n", ":1: 'help' is not an option"},
      {"color = never\n", ":1: 'color' is not an option"},
      {"config = other\n", ":1: 'config' is not an option"},
      {"data = x\n# again\ndata = y\n", ":3: data is already in line 1."},
      {"limit-loopback = true\nlimit-loopback = true\n",
       ":2: limit-loopback is already in line 1."},
      {"data = x\nmanagement = 8443\n", ":2: --management: '8443' is not an address"},
      {"data = x\nname = a.example\nname = not a name\n", ":3: --name: 'not a name' is neither"},
      {"threads = many\n", ":1: "},
      {"limit-loopback = maybe\n", ":1: "},
      {"log-level = loud\n", ":1: --log-level: loud not in"},
      {"data\n", ":1: write NAME = VALUE."},
      {"tls-cert = /nowhere\n", ":1: --tls-cert: File does not exist: /nowhere"},
  };
  for (const auto& row : rows) {
    const std::string file = File(row.content);
    const auto ran = Cli({"serve", "--config", file});
    EXPECT_EQ(ran.exit, 2) << row.content << ran.err;
    EXPECT_NE(ran.err.find(file + row.said), std::string::npos) << row.content << ran.err;
  }
  const auto no_data = Cli({"serve", "--config", File("threads = 2\n")});
  EXPECT_EQ(no_data.exit, 2);
  EXPECT_NE(no_data.err.find("--data is required"), std::string::npos) << no_data.err;
  const auto no_file = Cli({"serve", "--config", (directory_ / "none").string()});
  EXPECT_EQ(no_file.exit, 2);
  EXPECT_NE(no_file.err.find("--config: "), std::string::npos) << no_file.err;
}

}  // namespace
}  // namespace latchkey::tools
