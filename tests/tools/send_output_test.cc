// `register --run COMMAND --send-output`: what operators see of a command that failed.
#include <fstream>

#include <gtest/gtest.h>

#include "tests/tools/served.h"
#include "tools/client/json.h"

namespace latchkey::tools {
namespace {

using testing::Cli;
using testing::Ran;
using testing::Served;

class SendOutputTest : public ::testing::Test {
 protected:
  // The detail of the failure that the command causes; `more` are options.
  std::string DetailOf(const std::string& command, const std::vector<std::string>& more) {
    const std::string name = "gw-" + std::to_string(++gateways_);
    const std::string key = served_.AddGateway(name);
    const std::string file = served_.Scratch(name + ".key").string();
    std::ofstream(file) << key << '\n';
    std::vector<std::string> arguments = {"register",
                                          "--url",
                                          served_.service().gateways_url(),
                                          "--ca-fingerprint",
                                          served_.service().ca_sha256(),
                                          "--key-file",
                                          file,
                                          "--out",
                                          served_.Scratch(name).string(),
                                          "--run",
                                          "key=" + file + "; " + command};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ran ran = Cli(arguments);
    EXPECT_EQ(ran.exit, 11) << ran.err;
    const Ran shown = served_.Run({"gateway", "show", "acme/" + name, "-o", "json"});
    return TextAt(ParseJson(shown.out), "/last_failure/detail");
  }

  Served served_;
  int gateways_ = 0;
};

TEST_F(SendOutputTest, IsOnlySentWhenAsked) {
  const std::string command = "echo disk full; exit 3";
  EXPECT_EQ(DetailOf(command, {}), "The command ended with exit status 3.");
  EXPECT_EQ(DetailOf(command, {"--send-output"}),
            "The command ended with exit status 3. Its output ended: disk full");
  EXPECT_EQ(DetailOf("exit 3", {"--send-output"}), "The command ended with exit status 3.");
}

TEST_F(SendOutputTest, HasNoKeyInIt) {
  EXPECT_EQ(DetailOf("cat $key; tr A-Z a-z <$key | tr -d -; exit 1", {"--send-output"}),
            "The command ended with exit status 1. Its output ended: LK1-[registration key] | "
            "lk1[registration key]");
  EXPECT_EQ(DetailOf("echo key: $(tr A-Z a-z <$key | tr - ' '); exit 1", {"--send-output"}),
            "The command ended with exit status 1. Its output ended: key: lk1 [registration key]");
}

TEST_F(SendOutputTest, FitsTheContract) {
  const std::string detail =
      DetailOf("seq -s ' ' 1 600; printf '\\033[31m\\377end\\n'; exit 1", {"--send-output"});
  EXPECT_TRUE(detail.ends_with("599 600 | ?[31m?end")) << detail;
  EXPECT_NE(detail.find("Its output ended: …"), std::string::npos) << detail;
  EXPECT_EQ(detail.size(), 1'024u + std::string_view("…").size() - 1) << "characters, not bytes";
}

TEST_F(SendOutputTest, NeedsACommand) {
  const Ran ran = Cli({"register", "--send-output"});
  EXPECT_EQ(ran.exit, 2) << ran.err;
}

}  // namespace
}  // namespace latchkey::tools
