// A gateway that was registered after the backup from which its server was restored: what
// `check-in`, `agent` and `register` say, and that a new key helps.
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fakes.h"
#include "tests/tools/registered.h"
#include "tools/installer/agent.h"
#include "tools/installer/renewal.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using testing::Cli;
using ::testing::HasSubstr;
using testing::OptionsFor;
using testing::Ran;
using testing::Registered;
using testing::StartService;

class RestoredGatewayTest : public ::testing::Test {
 protected:
  RestoredGatewayTest() {
    std::ofstream(passphrase_) << "correct horse\n";
    fs::permissions(passphrase_, fs::perms::owner_read | fs::perms::owner_write);
    const fs::path backup = gateway_.served().Scratch("backup");
    EXPECT_EQ(gateway_.served()
                  .Run({"backup", backup.string(), "--passphrase-file", passphrase_.string()})
                  .exit,
              0);
    key_ = gateway_.served().Run({"key", "show", "acme/hq"}).out;
    gateway_.Register();
    gateway_.served().Stop();
    const Ran restored = Cli({"restore", backup.string(), "--data", data_.string(),
                              "--passphrase-file", passphrase_.string()});
    EXPECT_EQ(restored.exit, 0) << restored.err;
    service_ = StartService(OptionsFor(data_));
  }

  Ran CheckIn() {
    return Cli(
        {"check-in", "--dir", gateway_.directory().string(), "--url", service_->gateways_url()});
  }
  Ran Register(const std::string& key) {
    return Cli({"register", "--url", service_->gateways_url(), "--ca-fingerprint",
                service_->ca_sha256(), "--key-file", "-", "--out", gateway_.directory().string()},
               key);
  }

  Registered gateway_;
  fs::path passphrase_ = gateway_.served().Scratch("passphrase");
  fs::path data_ = gateway_.served().Scratch("restored");
  std::string key_;
  std::unique_ptr<Service> service_;
};

TEST_F(RestoredGatewayTest, CheckInSaysWhatHelps) {
  const Ran ran = CheckIn();
  EXPECT_EQ(ran.exit, 3);
  EXPECT_THAT(ran.err, HasSubstr("restored from a backup that does not know this certificate"));
  EXPECT_THAT(ran.err,
              HasSubstr("`latchkey register` here with --out " + gateway_.directory().string()));
  EXPECT_THAT(ran.err, HasSubstr("(certificate_unknown_since_restore)"));
}

// A newer backup may know it.
TEST_F(RestoredGatewayTest, TheAgentSaysSoAndGoesOn) {
  latchkey::testing::FakeClock clock;
  latchkey::testing::SeededRandom random;
  std::ostringstream notes;
  int pauses = 0;
  const auto ran = RunAgent({.directory = gateway_.directory(),
                             .server = {.url = service_->gateways_url()},
                             .wait = [&](std::chrono::milliseconds) { return ++pauses < 3; }},
                            clock, random, notes);
  EXPECT_TRUE(ran);
  EXPECT_EQ(pauses, 3);
  EXPECT_THAT(notes.str(), ::testing::StartsWith("Refused, trying again: The ledger was restored"));
}

// The backup knows the certificate from before the renewal.
TEST(RestoredRenewal, GoesBackToThePairBefore) {
  latchkey::testing::FakeClock clock(SystemClock().Now());
  latchkey::testing::SeededRandom random;
  std::ostringstream notes;
  Registered gateway;
  gateway.Register();
  const std::string before = ReadIdentity(gateway.directory(), {})->id;
  const fs::path passphrase = gateway.served().Scratch("passphrase");
  std::ofstream(passphrase) << "correct horse\n";
  fs::permissions(passphrase, fs::perms::owner_read | fs::perms::owner_write);
  const std::string backup = gateway.served().Scratch("backup").string();
  ASSERT_EQ(gateway.served().Run({"backup", backup, "--passphrase-file", passphrase}).exit, 0);
  AgentOptions options{.directory = gateway.directory()};
  const auto tries = [&](int count) {
    notes.str("");
    Agent agent(options, clock, random, notes);
    for (int i = 0; i < count; ++i) EXPECT_TRUE(agent.Try());
    return notes.str();
  };
  GatewayClient client(*ReadIdentity(gateway.directory(), {}));
  ASSERT_TRUE(Renew(client, {}));
  EXPECT_THAT(tries(1), HasSubstr("\nRenewed: "));

  gateway.served().Stop();
  ServiceOptions restored = OptionsFor(gateway.served().Scratch("restored"));
  restored.ledger.clock = &clock;
  const std::string data = restored.ledger.data.string();
  ASSERT_EQ(Cli({"restore", backup, "--data", data, "--passphrase-file", passphrase}).exit, 0);
  const auto service = StartService(restored);
  options.server.url = service->gateways_url();
  const std::string went_back = tries(2);
  EXPECT_TRUE(went_back.starts_with("Back: the server accepts acme/hq")) << went_back;
  EXPECT_THAT(went_back, HasSubstr("\nConnected: "));
  EXPECT_EQ(ReadIdentity(gateway.directory(), {})->id, before);

  clock.Advance(300 * 24h);
  EXPECT_THAT(tries(1), HasSubstr("Not renewed, trying again: "));
  EXPECT_THAT(notes.str(), HasSubstr("(registration_not_accepted)"));
  ASSERT_EQ(Cli({"registrations", "accept", "--all", "--data", data}).exit, 0);
  EXPECT_THAT(tries(2), HasSubstr("\nRenewed: "));
}

// It was redeemed after the backup, which knows it as active.
TEST_F(RestoredGatewayTest, ItsKeyIsRevokedAndANewOneHelps) {
  const fs::path other = gateway_.served().Scratch("other");
  const Ran old = Cli({"register", "--url", service_->gateways_url(), "--ca-fingerprint",
                       service_->ca_sha256(), "--key-file", "-", "--out", other.string()},
                      key_);
  EXPECT_EQ(old.exit, 10);
  EXPECT_THAT(old.err, HasSubstr("(key_revoked)"));
  const Ran key = Cli({"key", "generate", "acme/hq", "--data", data_.string()});
  ASSERT_EQ(key.exit, 0) << key.err;
  const Ran registered = Register(key.out);
  EXPECT_EQ(registered.exit, 0) << registered.err;
  EXPECT_EQ(CheckIn().exit, 0);
}

}  // namespace
}  // namespace latchkey::tools
