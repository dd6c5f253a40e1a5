// The manual pages: one for every command, with every option, and without a mistake in their
// language.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <CLI/CLI.hpp>

#include "core/crypto/files.h"
#include "tests/support/temp_dir.h"
#include "tests/tools/served.h"
#include "tools/cli/command_text.h"
#include "tools/cli/man_pages.h"
#include "tools/cli/program.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using testing::Cli;

std::string Dashes(std::string text) { return CLI::detail::find_and_replace(text, "-", "\\-"); }

TEST(ManPages, HaveEveryCommandAndOption) {
  latchkey::testing::TempDir directory;
  const fs::path pages = directory / "new" / "man";
  const auto written = Cli({"help", "--man", pages.string()});
  ASSERT_EQ(written.exit, 0) << written.err;
  EXPECT_EQ(written.out, "");
  std::istringstream in;
  std::ostringstream out, err;
  CommandContext context{{in, out, err}};
  const auto program = MakeProgram(context);
  std::size_t count = 0;
  const std::function<void(const CLI::App&)> check = [&](const CLI::App& command) {
    ++count;
    const std::string name = CLI::detail::find_and_replace(PathOf(command), " ", "-");
    const auto page = crypto::ReadSmallFile(pages / (name + ".1"));
    ASSERT_TRUE(page) << name;
    EXPECT_NE(page->find("\n" + Dashes(name) + " \\- "), std::string::npos) << *page;
    for (const CLI::Option* option : command.get_options()) {
      if (option->get_group().empty()) continue;
      const std::string item = ".TP\n\\fB" + Dashes(NamesOf(*option));
      EXPECT_NE(page->find(item), std::string::npos) << name << ' ' << item;
    }
    for (const CLI::App* inner : CommandsOf(command)) check(*inner);
  };
  check(*program);
  EXPECT_EQ(static_cast<std::size_t>(
                std::distance(fs::directory_iterator(pages), fs::directory_iterator())),
            count);
}

TEST(ManPages, AreSoundInTheirLanguage) {
  latchkey::testing::TempDir directory;
  ASSERT_EQ(Cli({"help", "--man", directory.path().string()}).exit, 0);
  const std::string command =
      "mandoc -T lint -W warning '" + directory.path().string() + "'/*.1 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  std::string said;
  std::array<char, 4096> part{};
  for (std::size_t got = 0; (got = std::fread(part.data(), 1, part.size(), pipe)) > 0;) {
    said.append(part.data(), got);
  }
  EXPECT_EQ(::pclose(pipe), 0) << "mandoc is in dev.packages";
  EXPECT_EQ(said, "");
}

TEST(ManPages, HaveTheDateOfTheBuild) {
  ::setenv("SOURCE_DATE_EPOCH", "1767312000", 1);
  EXPECT_EQ(DateOfPages(), "2026-01-02");
  ::unsetenv("SOURCE_DATE_EPOCH");
  EXPECT_NE(DateOfPages(), "2026-01-02");
}

TEST(ManPages, AreNotWrittenWhereThatIsImpossible) {
  latchkey::testing::TempDir directory;
  std::ofstream(directory / "file") << '\n';
  const auto refused = Cli({"help", "--man", (directory / "file").string()});
  EXPECT_EQ(refused.exit, 1);
  EXPECT_NE(refused.err.find("file"), std::string::npos) << refused.err;
}

}  // namespace
}  // namespace latchkey::tools
