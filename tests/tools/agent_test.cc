// The agent against a server over TLS; the test decides when a pause is over.
#include "tools/installer/agent.h"

#include <sstream>

#include <gtest/gtest.h>

#include "core/crypto/files.h"
#include "tests/support/fakes.h"
#include "tests/support/fixed_address.h"
#include "tests/tools/registered.h"
#include "tools/client/json.h"
#include "tools/installer/renewal.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using events::Event;
using testing::CountOf;
using testing::Registered;

class AgentTest : public ::testing::Test {
 protected:
  // One try, and one more after each of `steps`.
  CliResult<void> Run(const std::vector<std::function<void()>>& steps = {}) {
    notes_.str("");
    pauses_.clear();
    return RunAgent({.directory = gateway_.directory(),
                     .version = "1.0",
                     .wait =
                         [&](std::chrono::milliseconds pause) {
                           pauses_.push_back(pause);
                           if (pauses_.size() > steps.size()) return false;
                           steps[pauses_.size() - 1]();
                           return true;
                         }},
                    clock_, random_, notes_);
  }

  ExitCode ExitOf(const CliResult<void>& ran) { return ran ? ExitCode::kDone : ran.error().exit; }
  // The first words of each note.
  std::vector<std::string> States() const {
    std::vector<std::string> states;
    std::istringstream lines(notes_.str());
    for (std::string line; std::getline(lines, line);) {
      states.push_back(line.substr(0, line.find_first_of(":,")));
    }
    return states;
  }
  std::size_t Confirmed() {
    return CountOf(gateway_.served().service(), Event::kRegistrationConfirmed);
  }

  Registered gateway_{
      [](ServiceOptions& options) { options.gateways = latchkey::testing::FixedAddress(); }};
  latchkey::testing::FakeClock clock_;
  latchkey::testing::SeededRandom random_;
  std::ostringstream notes_;
  std::vector<std::chrono::milliseconds> pauses_;
};

using Strings = std::vector<std::string>;

TEST_F(AgentTest, ChecksInAtTheIntervalAndSaysSoOnce) {
  gateway_.Register();
  const auto nothing = [] {};
  ASSERT_TRUE(Run({nothing, nothing, nothing}));
  EXPECT_EQ(notes_.str(), "Connected: acme/hq (gw_00000001) checks in with " +
                              gateway_.served().service().gateways_url() + " every 60 s.\n");
  ASSERT_EQ(pauses_.size(), 4u);
  for (const auto pause : pauses_) {
    EXPECT_GE(pause, 51s);
    EXPECT_LE(pause, 60s);
  }
  EXPECT_NE(pauses_[0], pauses_[1]);
  const auto shown = gateway_.served().Run({"gateway", "show", "acme/hq", "-o", "json"});
  EXPECT_EQ(TextAt(ParseJson(shown.out), "/version"), "1.0");
}

TEST_F(AgentTest, TriesAgainUntilTheServerIsBack) {
  gateway_.Register();
  ASSERT_TRUE(Run({[&] { gateway_.served().Stop(); }, [] {}, [] {},
                   [&] { gateway_.served().StartAgain(); }, [] {}}));
  EXPECT_EQ(States(), (Strings{"Connected", "Lost", "Connected"})) << notes_.str();
  const struct {
    std::chrono::milliseconds least, most;
  } pauses[] = {{51s, 60s}, {500ms, 1s}, {1s, 2s}, {2s, 4s}, {51s, 60s}, {51s, 60s}};
  ASSERT_EQ(pauses_.size(), std::size(pauses));
  for (std::size_t i = 0; i < pauses_.size(); ++i) {
    EXPECT_GE(pauses_[i], pauses[i].least) << i;
    EXPECT_LE(pauses_[i], pauses[i].most) << i;
  }
}

TEST_F(AgentTest, EndsWithTheIdentity) {
  gateway_.Register();
  const auto ran = Run({[&] { gateway_.Deregister(); }, [] { FAIL() << "it tried again"; }});
  EXPECT_EQ(ExitOf(ran), ExitCode::kKeyRefused);
  EXPECT_NE(ran.error().message.find("key generate gw_00000001"), std::string::npos)
      << ran.error().message;
  EXPECT_EQ(States(), Strings{"Connected"}) << notes_.str();
}

TEST_F(AgentTest, EndsWithTheGateway) {
  gateway_.Register();
  const auto ran = Run({[&] {
    EXPECT_EQ(gateway_.served().Run({"gateway", "remove", "acme/hq", "--yes"}).exit, 0);
  }});
  EXPECT_EQ(ExitOf(ran), ExitCode::kKeyRefused);
}

TEST_F(AgentTest, TriesAgainWhenItIsRefusedForAnotherReason) {
  gateway_.Register();
  testing::Served other([&](ServiceOptions& options) {
    options.ledger.ca_certificate = gateway_.served().data() / "secrets" / "ca.crt";
    options.ledger.ca_key = gateway_.served().data() / "secrets" / "ca.key";
  });
  AgentOptions options{.directory = gateway_.directory(),
                       .server = {.url = other.service().gateways_url()},
                       .wait = [](std::chrono::milliseconds) { return false; }};
  ASSERT_TRUE(RunAgent(options, clock_, random_, notes_));
  EXPECT_EQ(States(), Strings{"Refused"}) << notes_.str();
  EXPECT_NE(notes_.str().find("(unauthenticated)"), std::string::npos) << notes_.str();
}

TEST_F(AgentTest, TakesUpARegistrationThatReplacesItsOwn) {
  gateway_.Register();
  ASSERT_TRUE(Run({[&] {
                     gateway_.NewKey();
                     gateway_.Register();
                   },
                   [] {}}));
  EXPECT_EQ(States(), (Strings{"Connected", "Connected"})) << notes_.str();
  EXPECT_EQ(Confirmed(), 2u);
}

// At each step of `register`, also where the server has just ended the old certificate.
TEST_F(AgentTest, StaysThroughAReplacementThatIsAtWork) {
  gateway_.Register();
  gateway_.NewKey();
  RegisterOptions options = gateway_.Options();
  options.command = "true";
  std::vector<std::string> seen;
  options.step = [&](std::string_view step) {
    const std::size_t confirmed = Confirmed();
    const auto ran = Run();
    EXPECT_TRUE(ran) << step << ": " << ran.error().message;
    seen.push_back(std::string(step) + " " + States().at(0));
    EXPECT_EQ(Confirmed(), confirmed) << "that is for register to do";
  };
  gateway_.Register(options);
  EXPECT_EQ(seen, (Strings{"key_pair Connected", "preflight Connected", "redeemed Connected",
                           "stored Connected", "in_place Connected", "command Connected",
                           "confirmed Waiting", "marked Connected"}));
}

TEST_F(AgentTest, WaitsForTheFirstRegistrationToBeConfirmed) {
  RegisterOptions options = gateway_.Options();
  options.command = "true";
  options.step = [&](std::string_view step) {
    if (step != "command") return;
    ASSERT_TRUE(Run({[] {}, [] {}}));
    EXPECT_EQ(States(), Strings{"Waiting"}) << notes_.str();
    EXPECT_EQ(Confirmed(), 0u);
  };
  gateway_.Register(options);
  ASSERT_TRUE(Run());
  EXPECT_EQ(States(), Strings{"Connected"});
}

TEST_F(AgentTest, TrustsAnotherCaOfTheLedgerBesideTheOneFromBefore) {
  gateway_.Register();
  const auto kept = [&] {
    return crypto::ReadSmallFile(gateway_.directory() / "ca.crt").value_or("");
  };
  const std::string before = kept();
  gateway_.served().Stop();
  ASSERT_EQ(gateway_.served().Run({"rotate", "ca"}).exit, 0);
  gateway_.served().StartAgain();
  ASSERT_TRUE(Run({[] {}}));
  EXPECT_EQ(States(), (Strings{"Connected", "Trusted"})) << notes_.str();
  const std::string both = kept();
  EXPECT_TRUE(both.starts_with(before));
  const std::string added = both.substr(before.size());
  EXPECT_EQ(added, crypto::ReadSmallFile(gateway_.served().data() / "run" / "ca.crt").value_or(""));
  // A renewal is given the new CA, and the one from before stays.
  GatewayClient client(*ReadIdentity(gateway_.directory(), {}));
  ASSERT_TRUE(Renew(client, {}));
  ASSERT_TRUE(Run());
  EXPECT_EQ(States(), (Strings{"Connected", "Renewed"})) << notes_.str();
  EXPECT_EQ(kept(), both);
}

TEST_F(AgentTest, IsAloneInItsDirectory) {
  gateway_.Register();
  ASSERT_TRUE(Run({[&] {
    const AgentOptions second{.directory = gateway_.directory(),
                              .wait = [](auto) { return false; }};
    const auto ran = RunAgent(second, clock_, random_, notes_);
    EXPECT_EQ(ExitOf(ran), ExitCode::kTryAgain);
    EXPECT_NE(ran.error().message.find("Another `latchkey agent`"), std::string::npos)
        << ran.error().message;
  }}));
  ASSERT_TRUE(Run()) << "the lock ends with its holder";
}

TEST_F(AgentTest, UsesNoDirectoryThatOthersCanChange) {
  gateway_.Register();
  fs::permissions(gateway_.directory(), fs::perms::others_write, fs::perm_options::add);
  EXPECT_EQ(ExitOf(Run()), ExitCode::kLedger);
  EXPECT_EQ(notes_.str(), "");
}

TEST_F(AgentTest, NeedsARegistration) {
  fs::create_directory(gateway_.directory());
  fs::permissions(gateway_.directory(), fs::perms::owner_all);
  EXPECT_EQ(ExitOf(Run()), ExitCode::kFailed);
}

}  // namespace
}  // namespace latchkey::tools
