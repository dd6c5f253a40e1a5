// What ends something is asked about on a terminal, wants --yes elsewhere, and says what has ended.
#include <filesystem>
#include <sstream>

#include <gtest/gtest.h>

#include "core/crypto/files.h"
#include "tests/tools/served.h"
#include "tools/cli/cli.h"
#include "tools/client/json.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using testing::Cli;
using testing::Ran;
using testing::Served;

// Runs a command for a person who types `answer`.
Ran OnTerminal(const Served& served, std::vector<std::string> arguments,
               const std::string& answer) {
  arguments.insert(arguments.end(), {"--data", served.data().string()});
  std::istringstream in(answer);
  std::ostringstream out, err;
  Ran ran;
  ran.exit = RunCli(arguments, {in, out, err, true});
  ran.out = out.str();
  ran.err = err.str();
  return ran;
}

TEST(Ending, IsAskedAboutOrWantsYes) {
  Served served;
  for (const char* name : {"a", "b", "c"}) served.AddGateway(name);
  ASSERT_EQ(served.Run({"token", "create", "other", "--role", "owner"}).exit, 0);
  const struct {
    std::vector<std::string> command;
    const char* said;
  } rows[] = {
      {{"key", "generate", "acme/a"}, "key of generation 1 stops working"},
      {{"key", "revoke", "acme/a"}, "key of generation 2 stops working"},
      {{"gateway", "deregister", "acme/b"}, "acme/b (gw_00000002)"},
      {{"gateway", "remove", "acme/c"}, "acme/c (gw_00000003)"},
      {{"token", "revoke", "tok_00000001"}, "tok_00000001"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.command[0] + " " + row.command[1]);
    const std::uint64_t size = served.service().ledger().log().size();
    const Ran unasked = served.Run(row.command);
    EXPECT_EQ(unasked.exit, 2) << unasked.err;
    EXPECT_NE(unasked.err.find("--yes"), std::string::npos) << unasked.err;
    EXPECT_NE(unasked.err.find(row.said), std::string::npos) << unasked.err;
    for (const char* answer : {"", "\n", "n\n", "yess\n"}) {
      const Ran declined = OnTerminal(served, row.command, answer);
      EXPECT_EQ(declined.exit, 1) << declined.err;
      EXPECT_NE(declined.err.find("[y/N]"), std::string::npos) << declined.err;
      EXPECT_EQ(declined.out, "");
    }
    EXPECT_EQ(served.service().ledger().log().size(), size) << "nothing has ended yet";
    const Ran agreed = OnTerminal(served, row.command, "y\n");
    EXPECT_EQ(agreed.exit, 0) << agreed.err;
    EXPECT_NE((agreed.out + agreed.err).find(row.said), std::string::npos) << agreed.out;
    EXPECT_GT(served.service().ledger().log().size(), size);
  }
}

TEST(Ending, OfNothingIsNotAskedAbout) {
  Served served;
  served.AddGateway("a");
  ASSERT_EQ(served.Run({"key", "revoke", "acme/a", "--yes"}).exit, 0);
  EXPECT_EQ(served.Run({"key", "generate", "acme/a"}).exit, 0) << "no key is active";
  ASSERT_EQ(served.Run({"token", "create", "ci", "--role", "auditor"}).exit, 0);
  EXPECT_EQ(served.Run({"token", "revoke", "tok_00000002"}).exit, 0) << "somebody else's";
}

// With another owner's token, on the machine whose own token is about to end.
TEST(Ending, OfTheTokenOfTheDirectorySaysTheWayBackIn) {
  Served served;
  const fs::path file = served.Scratch("ada");
  ASSERT_EQ(served.Run({"token", "create", "Ada", "--role", "owner", "--out", file}).exit, 0);
  const std::vector<std::string> revoke = {"token", "revoke", "tok_00000001", "--token-file", file};
  EXPECT_EQ(served.Run(revoke).exit, 2);
  const Ran revoked = OnTerminal(served, revoke, "y\n");
  ASSERT_EQ(revoked.exit, 0) << revoked.err;
  EXPECT_NE(revoked.out.find("latchkey token create owner --role owner"), std::string::npos)
      << revoked.out;

  const Ran locked_out = served.Run({"whoami"});
  EXPECT_EQ(locked_out.exit, 3);
  EXPECT_NE(locked_out.err.find("latchkey token create owner --role owner"), std::string::npos)
      << locked_out.err;
  const std::string own = (served.data() / "secrets" / "owner-token").string();
  served.Stop();
  const Ran made = served.Run(
      {"token", "create", "owner", "--role", "owner", "--expires", "never", "--out", own});
  ASSERT_EQ(made.exit, 0) << made.err;
  served.StartAgain();
  const Ran back = served.Run({"whoami"});
  EXPECT_EQ(back.exit, 0) << back.err;
  EXPECT_NE(back.out.find("does not expire"), std::string::npos) << back.out;
}

TEST(TokenCreate, NeedsARoleAndEndsUnlessNeverIsSaid) {
  Served served;
  EXPECT_EQ(served.Run({"token", "create"}).exit, 2);
  EXPECT_EQ(served.Run({"token", "create", "ci"}).exit, 2);
  EXPECT_EQ(served.Run({"token", "create", "ci", "--role", "auditor", "--expires", "ever"}).exit,
            2);
  for (const bool serving : {true, false}) {
    if (!serving) served.Stop();
    const auto expiry = [&](std::vector<std::string> more) {
      std::vector<std::string> command = {"token",   "create", "ci",  "--role",
                                          "auditor", "-o",     "json"};
      command.insert(command.end(), more.begin(), more.end());
      const Ran made = served.Run(command);
      EXPECT_EQ(made.exit, 0) << made.err;
      return TextAt(ParseJson(made.out), "/expires_at");
    };
    EXPECT_NE(expiry({}), "");
    EXPECT_EQ(expiry({"--expires", "never"}), "");
    EXPECT_LT(expiry({"--expires", "89d"}), expiry({}));
    EXPECT_GT(expiry({"--expires", "91d"}), expiry({}));
  }
}

}  // namespace
}  // namespace latchkey::tools
