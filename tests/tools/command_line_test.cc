// What the command line says about itself: usage, suggestions, help.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/tools/served.h"

namespace latchkey::tools {
namespace {

using testing::Cli;

TEST(CommandLine, UsageIsTwo) {
  const std::vector<std::vector<std::string>> rows = {
      {"nonsense"},
      {"--nonsense"},
      {"serve"},
      {"help", "nonsense"},
      {"gateway", "add", "acme"},
      {"key", "show"},
      {"whoami", "-o", "yaml", "--data", "x"},
      {"key", "generate", "gw_00000001", "--expires", "soon"},
      {"register", "--ca-fingerprint", "sha256:12", "--url", "https://localhost:1"},
      {"register", "--url", "https://localhost:1"},  // no key, no terminal to ask on
      {"register", "--url", "http://localhost:1", "--key-file", "/nowhere"},
      {"history", "--since", "yesterday", "--data", "x"},
      {"gateway", "list", "--status", "blue", "--data", "x"},
      {"serve", "--data", "x", "--management", "8443"},
      {"serve", "--data", "x", "--name", "not a name"},
      {"serve", "--data", "x", "--trusted-proxy", "10.0.0.1/8"},
  };
  for (const auto& row : rows) {
    latchkey::testing::TempDir directory;
    std::vector<std::string> arguments = row;
    if (!row.empty() && row[0] == "register") {
      arguments.insert(arguments.end(), {"--out", (directory / "out").string()});
    }
    const auto ran = Cli(arguments);
    std::string line;
    for (const auto& word : row) line += word + " ";
    EXPECT_EQ(ran.exit, 2) << line;
    EXPECT_EQ(ran.out, "") << line;
    EXPECT_NE(ran.err, "") << line;
  }
}

TEST(CommandLine, SuggestsWhatWasMeant) {
  const struct {
    std::vector<std::string> given;
    const char* said;
  } rows[] = {
      {{"gatway", "list"}, "'gatway' is not a command. Do you mean latchkey gateway?\n"},
      {{"gateway", "ad", "acme", "hq"},
       "'ad' is not a command. Do you mean latchkey gateway add?\n"},
      {{"tokens", "list"}, "Do you mean latchkey token?\n"},
      {{"help", "gateway", "lst"}, "Do you mean latchkey gateway list?\n"},
      {{"destroy"}, "'destroy' is not a command.\n"},
      {{"gateway", "add", "acme", "hq", "--primry", "hq"},
       "'--primry' is not an option of latchkey gateway add. Do you mean --primary?\n"},
      {{"token", "create", "ci", "--rol=owner"}, "Do you mean --role?\n"},
      {{"whoami", "--quickly"}, "'--quickly' is not an option of latchkey whoami.\n"},
      {{"bench", "--fil", "x"},
       "'--fil' is not an option of latchkey bench.\n"},  // a hidden option
      {{"token", "list", "hq-2"}, "'hq-2' is one word too many for latchkey token list.\n"},
      {{"gateway", "show"}, "More with latchkey gateway show --help.\n"},
  };
  for (const auto& row : rows) {
    const auto ran = Cli(row.given);
    EXPECT_EQ(ran.exit, 2) << row.said;
    EXPECT_EQ(ran.out, "") << row.said;
    EXPECT_NE(ran.err.find(row.said), std::string::npos) << row.said << ran.err;
  }
}

TEST(CommandLine, HelpTeachesAndEndsWithZero) {
  const struct {
    std::vector<std::string> given;
    const char* shown;
  } rows[] = {
      {{}, "gateway"},
      {{"help"}, "gateway"},
      {{"--help"}, "gateway"},
      {{"gateway"}, "deregister"},
      {{"gateway", "--help"}, "deregister"},
      {{"help", "gateway"}, "deregister"},
      {{"serve", "--help"}, "--management"},
      {{"gateway", "add", "--help"}, "--primary"},
      {{"help", "gateway", "add"}, "--primary"},
      {{"--version"}, "latchkey "},
  };
  for (const auto& row : rows) {
    const auto ran = Cli(row.given);
    EXPECT_EQ(ran.exit, 0) << row.shown << ran.err;
    EXPECT_NE(ran.out.find(row.shown), std::string::npos) << row.shown << ran.out;
    EXPECT_EQ(ran.err, "") << row.shown;
  }
  EXPECT_EQ(Cli({}).out, Cli({"--help"}).out);
  EXPECT_EQ(Cli({"gateway"}).out, Cli({"help", "gateway"}).out);
}

TEST(CommandLine, SaysWhereAServerOrATokenComesFrom) {
  latchkey::testing::TempDir directory;
  const auto no_server = Cli({"whoami"});
  EXPECT_EQ(no_server.exit, 2);
  EXPECT_NE(no_server.err.find("--data"), std::string::npos);
  const auto no_token = Cli({"whoami", "--url", "https://127.0.0.1:1"});
  EXPECT_EQ(no_token.exit, 2);
  EXPECT_NE(no_token.err.find("token"), std::string::npos);
  const auto not_served = Cli({"whoami", "--data", directory.path().string()});
  EXPECT_EQ(not_served.exit, 4);
  EXPECT_NE(not_served.err.find("latchkey serve"), std::string::npos);
  const auto nowhere = Cli({"whoami", "--data", (directory / "none").string()});
  EXPECT_EQ(nowhere.exit, 4);
  EXPECT_NE(nowhere.err.find("There is no directory"), std::string::npos) << nowhere.err;
  const auto gone = Cli({"whoami", "--url", "https://127.0.0.1:1", "--token", "t"});
  EXPECT_EQ(gone.exit, 4);
}

}  // namespace
}  // namespace latchkey::tools
