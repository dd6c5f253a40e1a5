#include "tools/process/shell_word.h"

#include <gtest/gtest.h>

#include "tools/installer/machine.h"

namespace latchkey::tools {
namespace {

// Read back by the shell itself.
TEST(ShellWord, IsOneWordOfTheShell) {
  const struct {
    std::string text;
    std::string word;
  } rows[] = {
      {"/var/lib/gateway-1_a.b", "/var/lib/gateway-1_a.b"},
      {"", "''"},
      {"/home/ada/my gateway", "'/home/ada/my gateway'"},
      {"it's", R"('it'\''s')"},
      {"~/x", "'~/x'"},
      {"$(true);`x`\"\\*", "'$(true);`x`\"\\*'"},
      {"b\xc3\xbcro", "'b\xc3\xbcro'"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(ShellWord(row.text), row.word);
    const CommandEnd end =
        RunCommand("test \"$GIVEN\" = " + ShellWord(row.text), {{"GIVEN", row.text}});
    EXPECT_TRUE(end.succeeded) << row.word << " " << end.words;
  }
}

}  // namespace
}  // namespace latchkey::tools
