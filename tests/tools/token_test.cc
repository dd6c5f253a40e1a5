// `latchkey token`: over the server, and on the machine itself when nobody serves.
#include <filesystem>

#include <gtest/gtest.h>

#include "core/crypto/files.h"
#include "core/domain/operator_token.h"
#include "tests/tools/served.h"
#include "tools/client/json.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using testing::AllEvents;
using testing::Cli;
using testing::FirstLine;
using testing::Ran;
using testing::Served;

// What whoami says to a token of this secret.
Ran Whoami(const Served& served, const std::string& secret) {
  return Cli({"whoami", "--data", served.data().string(), "--token", secret});
}

std::string IdOf(const Served& served, const std::string& secret) {
  const Ran who =
      Cli({"whoami", "--data", served.data().string(), "--token", secret, "-o", "json"});
  EXPECT_EQ(who.exit, 0) << who.err;
  return TextAt(ParseJson(who.out), "/id");
}

TEST(TokenCommand, CreatesOneAndShowsItAlone) {
  Served served;
  const Ran created = served.Run(
      {"token", "create", "Ada", "--role", "helpdesk", "--account", "acme", "--expires", "30d"});
  ASSERT_EQ(created.exit, 0) << created.err;
  const std::string secret = FirstLine(created.out);
  EXPECT_EQ(created.out, secret + "\n");
  EXPECT_TRUE(domain::IsOperatorToken(secret));
  EXPECT_EQ(created.err.find(secret), std::string::npos);
  const Ran who = Whoami(served, secret);
  EXPECT_NE(who.out.find("Ada"), std::string::npos) << who.out;
  EXPECT_NE(who.out.find("role helpdesk, accounts: acme, until"), std::string::npos) << who.out;
}

TEST(TokenCommand, WritesItToAFileInstead) {
  Served served;
  const fs::path file = served.Scratch("token");
  const Ran created =
      served.Run({"token", "create", "ci", "--role", "operator", "--out", file.string()});
  ASSERT_EQ(created.exit, 0) << created.err;
  EXPECT_EQ(created.out, "");
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  const Ran who = Cli({"whoami", "--data", served.data().string(), "--token-file", file.string()});
  EXPECT_NE(who.out.find("role operator"), std::string::npos) << who.err;

  const Ran as_json = served.Run(
      {"token", "create", "ci", "--role", "operator", "--out", file.string(), "-o", "json"});
  EXPECT_TRUE(At(ParseJson(as_json.out), "/token").is_null()) << as_json.out;
  EXPECT_EQ(as_json.out.find("lkop_"), std::string::npos);
}

TEST(TokenCommand, MakesNoneThatItCouldNotKeep) {
  Served served;
  const Ran refused = served.Run(
      {"token", "create", "ci", "--role", "operator", "--out", served.Scratch("no/file")});
  EXPECT_EQ(refused.exit, 2) << refused.err;
  EXPECT_EQ(testing::CountOf(served.service(), events::Event::kOperatorTokenCreated), 1u);
  EXPECT_EQ(served.Run({"token", "create", "ci", "--role", "root"}).exit, 2);
}

TEST(TokenCommand, ListsRotatesAndRevokes) {
  Served served;
  const std::string first =
      FirstLine(served.Run({"token", "create", "Ada", "--role", "auditor"}).out);
  const std::string id = IdOf(served, first);
  const Ran listed = served.Run({"token", "list"});
  EXPECT_NE(listed.out.find(id + "  Ada    auditor  all"), std::string::npos) << listed.out;
  EXPECT_EQ(listed.out.find("lkop_"), std::string::npos);

  const Ran rotated = served.Run({"token", "rotate", id, "--expires", "1d"});
  ASSERT_EQ(rotated.exit, 0) << rotated.err;
  EXPECT_EQ(Whoami(served, first).exit, 3);
  EXPECT_NE(Whoami(served, FirstLine(rotated.out)).out.find("until"), std::string::npos);

  EXPECT_EQ(served.Run({"token", "revoke", id}).exit, 0);
  EXPECT_EQ(Whoami(served, FirstLine(rotated.out)).exit, 3);
  const Ran all = served.Run({"token", "list", "-o", "json"});
  EXPECT_EQ(At(ParseJson(all.out), "/tokens").as_array().size(), 1u) << all.out;
  const Ran again = served.Run({"token", "revoke", id});
  EXPECT_EQ(again.exit, 3);
  EXPECT_NE(again.err.find("token_revoked"), std::string::npos) << again.err;
  EXPECT_NE(served.Run({"token", "revoke", "tok_00000001", "--yes"}).err.find("last_owner"),
            std::string::npos);
}

TEST(TokenOnTheMachine, IsMadeWhenNobodyServes) {
  Served served;
  served.Stop();
  fs::remove(served.data() / "secrets" / "owner-token");
  const Ran made =
      served.Run({"token", "create", "owner", "--role", "owner", "--expires", "never"});
  ASSERT_EQ(made.exit, 0) << made.err;
  const std::string secret = FirstLine(made.out);
  const Ran limited = served.Run({"token", "create", "Bo", "--role", "operator", "--account",
                                  "acme", "--expires", "1h", "-o", "json"});
  ASSERT_EQ(limited.exit, 0) << limited.err;
  const boost::json::value token = ParseJson(limited.out);
  EXPECT_EQ(TextAt(token, "/accounts/0"), "acme");
  EXPECT_NE(TextAt(token, "/expires_at"), "");
  const Ran unknown =
      served.Run({"token", "create", "Bo", "--role", "owner", "--account", "nobody"});
  EXPECT_EQ(unknown.exit, 1) << unknown.err;
  EXPECT_NE(unknown.err.find("nobody"), std::string::npos) << unknown.err;

  served.StartAgain();
  EXPECT_NE(Whoami(served, secret).out.find("role owner, accounts: all, does not expire"),
            std::string::npos);
  EXPECT_EQ(IdOf(served, TextAt(token, "/token")), TextAt(token, "/id"));
  const auto events = AllEvents(served.service());
  EXPECT_TRUE(events.back().has_operator_token_created());
  EXPECT_EQ(events.back().actor().kind(), events::Actor::SYSTEM);
}

TEST(TokenOnTheMachine, AfterACrashTooWhereRunFilesAreStale) {
  Served served;
  fs::copy(served.data() / "run", served.Scratch("run"));
  served.Stop();
  fs::copy(served.Scratch("run"), served.data() / "run");
  const Ran made = served.Run({"token", "create", "owner", "--role", "owner"});
  EXPECT_EQ(made.exit, 0) << made.err;
}

// The server holds the ledger, and no token here opens it: what to do is said.
TEST(TokenOnTheMachine, SaysWhatToDoWhileItIsServed) {
  Served served;
  const std::string owner = served.Token();
  const fs::path file = served.data() / "secrets" / "owner-token";
  fs::rename(file, served.Scratch("safe"));
  for (const bool revoked : {false, true}) {
    if (revoked) {
      ASSERT_TRUE(crypto::WriteFileDurably(file, "lkop_" + std::string(56, 'a') + "\n", true));
    }
    const Ran refused = served.Run({"token", "create", "owner", "--role", "owner"});
    EXPECT_EQ(refused.exit, 5) << refused.err;
    EXPECT_NE(refused.err.find("stop the server"), std::string::npos) << refused.err;
    EXPECT_NE(refused.err.find("--token-file"), std::string::npos) << refused.err;
  }
  EXPECT_EQ(served
                .Run({"token", "create", "owner", "--role", "owner", "--token-file",
                      served.Scratch("safe")})
                .exit,
            0);
}

TEST(TokenOnTheMachine, MakesNoLedger) {
  latchkey::testing::TempDir directory;
  const Ran refused =
      Cli({"token", "create", "owner", "--role", "owner", "--data", (directory / "none").string()});
  EXPECT_EQ(refused.exit, 5) << refused.err;
  EXPECT_FALSE(fs::exists(directory / "none"));
}

}  // namespace
}  // namespace latchkey::tools
