// `deregister`: the gateway's side of the end of its identity, killed at each step and in every way
// it can end.
#include "tools/installer/deregistration.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>

#include "core/base/limits.h"
#include "core/crypto/certificates.h"
#include "core/http/http_client.h"
#include "tests/support/fakes.h"
#include "tests/tools/registered.h"
#include "tools/cli/cli.h"
#include "tools/installer/out_directory.h"
#include "tools/installer/renewal.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using events::Event;
using testing::Cli;
using testing::CountOf;
using ::testing::HasSubstr;
using testing::Killed;
using testing::Ran;
using testing::Registered;

class DeregistrationTest : public ::testing::Test {
 protected:
  DeregistrationTest() { gateway_.Register(); }

  Ran Run(const std::vector<std::string>& more = {"--yes"}) {
    std::vector<std::string> arguments = {"deregister", "--dir", gateway_.directory().string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Cli(arguments);
  }
  // For a person who types `answer`.
  Ran OnTerminal(const std::string& answer) {
    std::istringstream in(answer);
    std::ostringstream out, err;
    Ran ran;
    ran.exit = RunCli({"deregister", "--dir", gateway_.directory().string()}, {in, out, err, true});
    ran.out = out.str();
    ran.err = err.str();
    return ran;
  }

  std::size_t Ended() { return CountOf(gateway_.served().service(), Event::kGatewayDeregistered); }
  // Nothing of an identity, in particular no private key.
  void ExpectEmpty() {
    for (const auto& entry : fs::recursive_directory_iterator(gateway_.directory())) {
      const std::string name = entry.path().filename().string();
      EXPECT_TRUE(name == "lock" || name == "agent.lock") << entry.path();
    }
    const Ran check_in = Cli({"check-in", "--dir", gateway_.directory().string()});
    EXPECT_THAT(check_in.err, HasSubstr("holds no registration"));
  }
  void Renew() {
    GatewayClient client(*ReadIdentity(gateway_.directory(), {}));
    const auto renewed = tools::Renew(client, {});
    ASSERT_TRUE(renewed) << renewed.error().message;
  }

  latchkey::testing::FakeClock clock_{SystemClock().Now()};
  Registered gateway_{[this](ServiceOptions& options) { options.ledger.clock = &clock_; }};
};

TEST_F(DeregistrationTest, EndsTheIdentityAndRemovesItsKeys) {
  const std::string directory = gateway_.directory().string();
  const Ran ran = Run({"--yes", "--reason", "Uninstalled"});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(ran.out,
            "Deregistered acme/hq (gw_00000001). Its key pair and certificate are removed "
            "from " +
                directory + ".\n");
  EXPECT_EQ(gateway_.served().Status("hq"), "gray");
  EXPECT_THAT(gateway_.served().Run({"history"}).out, HasSubstr("Uninstalled"));
  ExpectEmpty();
  EXPECT_EQ(Run().exit, 1) << "there is nothing left";
  gateway_.NewKey();
  gateway_.Register();
  EXPECT_EQ(gateway_.served().Status("hq"), "green");
}

TEST_F(DeregistrationTest, IsAskedAboutOrWantsYes) {
  EXPECT_EQ(Run({}).exit, 2);
  const Ran declined = OnTerminal("n\n");
  EXPECT_EQ(declined.exit, 1);
  EXPECT_THAT(declined.err, HasSubstr("This deregisters acme/hq (gw_00000001) and removes"));
  EXPECT_EQ(Ended(), 0u);
  EXPECT_EQ(OnTerminal("y\n").exit, 0);
  EXPECT_EQ(Ended(), 1u);
}

TEST_F(DeregistrationTest, FinishesWhatHadEndedBefore) {
  gateway_.Deregister();
  const Ran ran = Run();
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("The identity of acme/hq (gw_00000001) had ended before."));
  ExpectEmpty();
}

TEST_F(DeregistrationTest, KilledAtAnyStepIsFinishedByAnother) {
  for (const std::string last : {"ended", "removed"}) {
    SCOPED_TRACE(last);
    DeregisterOptions options{.directory = gateway_.directory()};
    options.step = [&](std::string_view step) {
      if (step == last) throw Killed();
    };
    EXPECT_THROW((void)Deregister(options), Killed);
    EXPECT_EQ(Run().exit, last == "ended" ? 0 : 1);
    ExpectEmpty();
    gateway_.NewKey();
    gateway_.Register();
  }
  EXPECT_EQ(Ended(), 2u);
}

// What a kill in the middle of the removal leaves: the mark, and anything but the links.
TEST_F(DeregistrationTest, FinishesARemoval) {
  const fs::path folder = fs::canonical(gateway_.directory() / "current");
  ASSERT_TRUE(Deregister({.directory = gateway_.directory()}));
  fs::create_directories(folder);
  for (const fs::path& at : {folder, folder.parent_path()}) {
    fs::permissions(at, fs::perms::owner_all);
  }
  fs::create_directory_symlink("attempts/" + folder.filename().string(),
                               gateway_.directory() / "current");
  std::ofstream(folder / "registration.json") << R"({"state": "ended"})";
  std::ofstream(folder / "gateway.key") << "a key";
  const Ran check_in = Cli({"check-in", "--dir", gateway_.directory().string()});
  EXPECT_EQ(check_in.exit, 10);
  EXPECT_THAT(check_in.err, HasSubstr("Run `latchkey deregister` again"));
  const Ran ran = Run({});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("The identity of this gateway had ended before."));
  ExpectEmpty();
}

TEST_F(DeregistrationTest, LeavesADirectoryThatIsAtWork) {
  std::ostringstream notes;
  {
    const auto read = OutDirectory::Read(gateway_.directory());
    const auto agent = read->LockForAgent();
    ASSERT_TRUE(agent);
    const Ran ran = Run();
    EXPECT_EQ(ran.exit, 4);
    EXPECT_THAT(ran.err, HasSubstr("Another `latchkey agent` is at work"));
  }
  {
    const auto held = OutDirectory::Open(gateway_.directory(), notes);
    ASSERT_TRUE(held);
    const Ran ran = Run();
    EXPECT_EQ(ran.exit, 4);
    EXPECT_THAT(ran.err, HasSubstr("`latchkey register` is at work"));
  }
  EXPECT_EQ(Ended(), 0u);
}

TEST_F(DeregistrationTest, RemovesNothingThatHasNotEnded) {
  clock_.Advance(365 * 24h);
  const Ran expired = Run();
  EXPECT_EQ(expired.exit, 3);
  EXPECT_THAT(expired.err, HasSubstr("`latchkey gateway deregister gw_00000001`"));
  clock_.Advance(ledger_limits::kRenewalGrace);
  const Ran over = Run();
  EXPECT_EQ(over.exit, 3);
  EXPECT_THAT(over.err, HasSubstr("too long ago to be renewed"));
  gateway_.served().Stop();
  EXPECT_EQ(Run().exit, 4);
  EXPECT_TRUE(fs::exists(gateway_.directory() / "gateway.key"));
}

// The newest certificate is unused, and the server has given the gateway another one meanwhile.
TEST_F(DeregistrationTest, UsesThePairThatTheServerAccepts) {
  const fs::path before = fs::canonical(gateway_.directory() / "current");
  Renew();
  const auto csr = crypto::CreateCsr(crypto::CreateGatewayKey().view(), "another");
  HttpClient client({.url = gateway_.served().service().gateways_url(),
                     .trust = gateway_.Options().trust,
                     .certificate = before / "gateway.crt",
                     .key = before / "gateway.key"});
  const auto another = client.Send(
      {"POST", "/v1/certificate", boost::json::serialize(boost::json::object{{"csr", *csr}})});
  ASSERT_TRUE(another && another->status == 201);
  const Ran ran = Run();
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("Deregistered acme/hq"));
  EXPECT_EQ(Ended(), 1u);
  ExpectEmpty();
}

TEST_F(DeregistrationTest, NeedsARegistration) {
  fs::remove_all(gateway_.directory());
  fs::create_directory(gateway_.directory());
  fs::permissions(gateway_.directory(), fs::perms::owner_all);
  EXPECT_EQ(Run().exit, 1);
}

}  // namespace
}  // namespace latchkey::tools
