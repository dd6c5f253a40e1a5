// The link that signs a first owner in: whom, how often and how long.
#include <pthread.h>

#include <csignal>
#include <thread>

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "api/http/limits.h"
#include "core/http/http_client.h"
#include "tests/support/fakes.h"
#include "tests/tools/served.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using latchkey::testing::FakeClock;
using latchkey::testing::TempDir;
using testing::Cli;
using testing::Ran;
using testing::Served;

class SignInLink : public ::testing::Test {
 protected:
  std::string Code() {
    const Result<crypto::Secret> link = served_.service().SignInLink();
    if (!link) {
      ADD_FAILURE() << link.error().detail;
      return "";
    }
    const std::string text(link->view());
    const std::string begin = served_.service().management_url() + "/sign-in#code=";
    EXPECT_TRUE(text.starts_with(begin)) << text;
    return text.substr(begin.size());
  }
  // The status of signing in with it.
  long SignIn(const std::string& code) {
    HttpClient client({.url = served_.service().management_url(),
                       .trust = {(served_.data() / "run" / "ca.crt").string(), "", ""}});
    const auto answer =
        client.Send({"POST", "/v1/session", json::serialize(json::object{{"code", code}})});
    if (!answer) {
      ADD_FAILURE() << answer.error().message;
      return 0;
    }
    if (answer->status == 201) signed_in_ = json::parse(answer->body).as_object();
    return answer->status;
  }
  fs::path TokenFile() const { return served_.data() / "secrets" / "owner-token"; }

  FakeClock clock_{SystemClock().Now()};  // the client judges certificates by the true time
  Served served_{[this](ServiceOptions& options) { options.ledger.clock = &clock_; }};
  json::object signed_in_;
};

TEST_F(SignInLink, SignsInTheOwnerOnce) {
  const std::string code = Code();
  EXPECT_EQ(SignIn("0" + code), 401);
  EXPECT_EQ(SignIn(code), 201);
  const json::object& who = signed_in_.at("session").at("operator").as_object();
  EXPECT_EQ(who.at("id"), "tok_00000001");
  EXPECT_EQ(who.at("role"), "owner");
  EXPECT_EQ(SignIn(code), 401);
}

TEST_F(SignInLink, WorksForAQuarterOfAnHour) {
  const std::string code = Code();
  clock_.Advance(api::limits::kSignInCodeLife);
  EXPECT_EQ(SignIn(code), 401);
}

TEST_F(SignInLink, WorksOnlyWhileTheTokenHolds) {
  const std::string code = Code();
  const std::string elsewhere = served_.Scratch("rotated").string();
  EXPECT_EQ(served_.Run({"token", "rotate", "tok_00000001", "--out", elsewhere}).exit, 0);
  EXPECT_EQ(SignIn(code), 401) << "rotated since";
  const auto link = served_.service().SignInLink();
  ASSERT_FALSE(link) << "the file holds the secret before";
  EXPECT_EQ(link.error().code, ErrorCode::kUnauthenticated);
}

TEST_F(SignInLink, IsNotThereWithoutTheTokensFile) {
  fs::remove(TokenFile());
  const auto link = served_.service().SignInLink();
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().code, ErrorCode::kNotFound);
}

TEST(Serve, PrintsASignInLinkWhenAsked) {
  for (const bool asked : {true, false}) {
    TempDir directory;
    const std::string data = (directory / "data").string();
    std::vector<std::string> arguments = {"serve",       "--data",     data,         "--management",
                                          "127.0.0.1:0", "--gateways", "127.0.0.1:0"};
    if (asked) arguments.emplace_back("--sign-in-link");
    Ran ran;
    std::thread serving([&] { ran = Cli(arguments); });
    while (!fs::exists(fs::path(data) / "run" / "pid")) std::this_thread::yield();
    EXPECT_EQ(Cli({"whoami", "--data", data}).exit, 0);
    ::pthread_kill(serving.native_handle(), SIGTERM);
    serving.join();
    EXPECT_EQ(ran.exit, 0) << ran.err;
    EXPECT_EQ(ran.out.find("/sign-in#code=") != std::string::npos, asked) << ran.out;
  }
}

}  // namespace
}  // namespace latchkey::tools
