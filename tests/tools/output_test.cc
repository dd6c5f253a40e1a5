// A result that could not be written is not reported as done.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "core/crypto/files.h"
#include "tests/tools/served.h"
#include "tools/cli/cli.h"
#include "tools/process/process.h"

namespace latchkey::tools {
namespace {

using testing::Ran;
using testing::Served;

// Runs a command whose standard output is a disk without space.
Ran IntoFullDisk(const Served& served, std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--data", served.data().string()});
  std::istringstream in;
  std::ofstream out("/dev/full");
  std::ostringstream err;
  Ran ran;
  ran.exit = RunCli(arguments, {in, out, err});
  ran.err = err.str();
  return ran;
}

TEST(Output, ThatCannotBeWrittenIsAFailure) {
  Served served;
  served.AddGateway("hq");
  const struct {
    std::vector<std::string> arguments;
    const char* said;  // what happened meanwhile
  } rows[] = {
      {{"account", "open", "other"}, "Opened the account other."},
      {{"account", "list"}, ""},
      {{"gateway", "add", "acme", "b"}, "latchkey key show gw_00000002"},
      {{"gateway", "add", "acme", "c", "-o", "json"}, "latchkey key show gw_00000003"},
      {{"gateway", "list"}, ""},
      {{"gateway", "show", "acme/hq"}, ""},
      {{"gateway", "rename", "acme/c", "d"}, "Renamed"},
      {{"key", "show", "acme/hq"}, "latchkey key show acme/hq"},
      {{"key", "generate", "acme/hq", "--yes"}, "latchkey key show acme/hq"},
      {{"token", "create", "ci", "--role", "operator"}, "latchkey token revoke tok_00000002"},
      {{"token", "create", "ci", "--role", "operator", "-o", "json"}, "tok_00000003"},
      {{"token", "rotate", "tok_00000002"}, "tok_00000002"},
      {{"token", "revoke", "tok_00000002"}, "Revoked tok_00000002"},
      {{"token", "list", "-o", "json"}, ""},
      {{"key", "revoke", "acme/hq", "--yes"}, "Revoked."},
      {{"gateway", "deregister", "acme/d", "--yes"}, "Deregistered acme/d"},
      {{"gateway", "remove", "acme/d", "--yes"}, "Removed acme/d"},
      {{"whoami"}, ""},
      {{"history"}, ""},
  };
  for (const auto& row : rows) {
    const Ran ran = IntoFullDisk(served, row.arguments);
    SCOPED_TRACE(row.arguments[0] + " " + row.arguments.back());
    EXPECT_EQ(ran.exit, 1) << ran.err;
    EXPECT_NE(ran.err.find("Standard output cannot be written."), std::string::npos) << ran.err;
    EXPECT_NE(ran.err.find(row.said), std::string::npos) << ran.err;
    EXPECT_EQ(ran.err.find("lkop_"), std::string::npos) << "no secret among the messages";
  }
}

TEST(Output, OfASecretInAFileSaysWhere) {
  Served served;
  const std::string file = served.Scratch("token");
  const Ran ran = IntoFullDisk(
      served, {"token", "create", "ci", "--role", "operator", "--out", file, "-o", "json"});
  EXPECT_EQ(ran.exit, 1);
  EXPECT_NE(ran.err.find(file), std::string::npos) << ran.err;
  EXPECT_TRUE(crypto::ReadSmallFile(file)->starts_with("lkop_"));
}

TEST(Output, HelpThatCannotBeWrittenIsAFailure) {
  std::istringstream in;
  std::ofstream out("/dev/full");
  std::ostringstream err;
  EXPECT_EQ(RunCli({"--help"}, {in, out, err}), 1);
}

TEST(Output, ThatIsClosedTakesNothing) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(STDOUT_FILENO);
    PrepareProcess();
    const bool refused = ::write(STDOUT_FILENO, "x", 1) < 0;
    ::_exit(refused && ::fcntl(STDOUT_FILENO, F_GETFD) >= 0 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace latchkey::tools
