// `check-in`: with what `register` left, against the server it registered with and others.
#include <fstream>

#include <gtest/gtest.h>

#include "core/base/limits.h"
#include "core/crypto/files.h"
#include "core/crypto/random.h"
#include "tests/support/fakes.h"
#include "tests/tools/registered.h"
#include "tests/tools/strange_server.h"
#include "tools/client/json.h"
#include "tools/installer/identity.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using events::Event;
using testing::Cli;
using testing::CountOf;
using testing::Ran;
using testing::Registered;

Ran CheckIn(const fs::path& directory, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"check-in", "--dir", directory.string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return Cli(arguments);
}

TEST(CheckIn, NeedsTheDirectoryAlone) {
  Registered gateway;
  gateway.Register();
  const Ran ran = CheckIn(gateway.directory(), {"--version", "6.2.0"});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(ran.out, "acme/hq (gw_00000001) has checked in. The next check-in is due in 60 s.\n");
  EXPECT_EQ(ran.err, "");
  const Ran shown = gateway.served().Run({"gateway", "show", "acme/hq", "-o", "json"});
  EXPECT_EQ(TextAt(ParseJson(shown.out), "/version"), "6.2.0");
}

TEST(CheckIn, SaysWhatToDoWhenItFails) {
  Registered gateway;
  gateway.Register();
  const fs::path empty = gateway.served().Scratch("empty");
  fs::create_directory(empty);
  fs::permissions(empty, fs::perms::owner_all);
  const std::string other_ca = "sha256:" + std::string(64, '1');
  const std::string operators = gateway.served().service().management_url();
  const struct {
    const char* name;
    fs::path directory;
    std::vector<std::string> more;
    int exit;
    const char* said;
  } rows[] = {
      {"no directory", gateway.served().Scratch("none"), {}, 1, "Cannot open "},
      {"no registration", empty, {}, 1, "Run `latchkey register`"},
      {"not reachable", gateway.directory(), {"--url", "https://127.0.0.1:1"}, 4, "Run this again"},
      {"no URL", gateway.directory(), {"--url", "http://127.0.0.1:1"}, 2, "--url"},
      {"no fingerprint", gateway.directory(), {"--ca-fingerprint", "sha256:12"}, 2, "sha256:"},
      {"another CA", gateway.directory(), {"--ca-fingerprint", other_ca}, 1, "--ca FILE"},
      {"where operators connect",
       gateway.directory(),
       {"--url", operators},
       3,
       "address for operators"},
  };
  for (const auto& row : rows) {
    const Ran ran = CheckIn(row.directory, row.more);
    EXPECT_EQ(ran.exit, row.exit) << row.name << ": " << ran.err;
    EXPECT_NE(ran.err.find(row.said), std::string::npos) << row.name << ": " << ran.err;
    EXPECT_EQ(ran.out, "") << row.name;
  }
}

TEST(CheckIn, EndsWithTenOnceTheIdentityHasEnded) {
  Registered gateway;
  gateway.Register();
  gateway.Deregister();
  const Ran ran = CheckIn(gateway.directory());
  EXPECT_EQ(ran.exit, 10) << ran.err;
  EXPECT_NE(ran.err.find("`latchkey key generate gw_00000001`"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("--out " + gateway.directory().string()), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("(certificate_revoked)"), std::string::npos) << ran.err;
}

TEST(CheckIn, EndsWithTenOnceTheCertificateCannotBeRenewedAnyMore) {
  latchkey::testing::FakeClock clock(SystemClock().Now());
  Registered gateway([&](ServiceOptions& options) {
    options.ledger.clock = &clock;
    options.certificate_lifetime = 2h;
  });
  gateway.Register();
  EXPECT_EQ(CheckIn(gateway.directory()).exit, 0);
  clock.Advance(2h + ledger_limits::kRenewalGrace);
  const Ran ran = CheckIn(gateway.directory());
  EXPECT_EQ(ran.exit, 10) << ran.err;
  EXPECT_NE(ran.err.find("expired on"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("`latchkey key generate gw_00000001 --replace`"), std::string::npos)
      << ran.err;
  gateway.NewKey();
  gateway.Register();
  EXPECT_EQ(CheckIn(gateway.directory()).exit, 0);
}

// A check-in would confirm the registration before the command has shown that it works.
TEST(CheckIn, LeavesARegistrationThatIsNotConfirmedToRegister) {
  Registered gateway;
  RegisterOptions options = gateway.Options();
  options.command = "true";
  options.step = [&](std::string_view step) {
    if (step != "command") return;
    const Ran ran = CheckIn(gateway.directory());
    EXPECT_EQ(ran.exit, 4) << ran.err;
    EXPECT_NE(ran.err.find("not confirmed yet"), std::string::npos) << ran.err;
    EXPECT_EQ(CountOf(gateway.served().service(), Event::kRegistrationConfirmed), 0u);
  };
  gateway.Register(options);
  EXPECT_EQ(CheckIn(gateway.directory()).exit, 0);
  // Until a replacement is confirmed the old identity works.
  gateway.NewKey();
  options.step = [&](std::string_view step) {
    if (step != "command") return;
    EXPECT_EQ(CheckIn(gateway.directory()).exit, 0);
    EXPECT_EQ(CountOf(gateway.served().service(), Event::kRegistrationConfirmed), 1u);
  };
  gateway.Register(options);
  EXPECT_EQ(CountOf(gateway.served().service(), Event::kRegistrationConfirmed), 2u);
  EXPECT_EQ(CheckIn(gateway.directory()).exit, 0);
}

TEST(CheckIn, BelievesNoOtherServer) {
  Registered gateway;
  gateway.Register();
  testing::StrangeServer impostor;
  const std::string url = impostor.url("127.0.0.1");
  const Ran ran = CheckIn(gateway.directory(), {"--url", url});
  EXPECT_EQ(ran.exit, 1) << ran.err;
  EXPECT_NE(ran.err.find("cannot be trusted"), std::string::npos) << ran.err;
  EXPECT_EQ(impostor.received(), "");
}

// A ledger whose server has a certificate of another CA.
class OtherCaTest : public ::testing::Test {
 protected:
  OtherCaTest() {
    const auto now = SystemClock().Now();
    const auto material = crypto::CertificateAuthority::Create("other CA", now, random_);
    ca_ = *crypto::CertificateAuthority::Load(material);
    const auto server = ca_->SignServer({"127.0.0.1"}, now, 24h, random_);
    std::ofstream(directory_ / "server.crt") << server.certificate_pem;
    std::ofstream(directory_ / "server.key") << server.key_pem.view();
    std::ofstream(directory_ / "ca.crt") << ca_->certificate_pem();
    gateway_ = std::make_unique<Registered>([&](ServiceOptions& options) {
      options.tls_certificate = directory_ / "server.crt";
      options.tls_key = directory_ / "server.key";
    });
  }

  std::string KeptTrust() {
    return TextAt(ParseJson(gateway_->RegistrationJson()), "/server_trust");
  }

  crypto::SystemRandom random_;
  latchkey::testing::TempDir directory_;
  std::unique_ptr<crypto::CertificateAuthority> ca_;
  std::unique_ptr<Registered> gateway_;
};

TEST(CheckIn, TrustsTheLedgersCaWhereTheServerBelongsToIt) {
  Registered gateway;
  RegisterOptions options = gateway.Options();
  const fs::path file = gateway.served().Scratch("given.crt");
  fs::copy(gateway.served().data() / "run" / "ca.crt", file);
  options.trust = {};
  options.trust.ca_file = file;
  gateway.Register(options);
  fs::remove(file);
  EXPECT_EQ(TextAt(ParseJson(gateway.RegistrationJson()), "/server_trust"), "ca.crt");
  EXPECT_EQ(CheckIn(gateway.directory()).exit, 0);
}

TEST_F(OtherCaTest, IsKeptAsAFile) {
  RegisterOptions options = gateway_->Options();
  options.trust = {};
  options.trust.ca_file = directory_ / "ca.crt";
  gateway_->Register(options);
  EXPECT_EQ(KeptTrust(), "server-ca.crt");
  fs::remove(directory_ / "ca.crt");
  const Ran ran = CheckIn(gateway_->directory());
  EXPECT_EQ(ran.exit, 0) << ran.err;
}

TEST_F(OtherCaTest, IsKeptAsAFingerprint) {
  RegisterOptions options = gateway_->Options();
  options.trust.ca_sha256 = ca_->sha256();
  gateway_->Register(options);
  EXPECT_TRUE(KeptTrust().starts_with("sha256:")) << KeptTrust();
  const Ran ran = CheckIn(gateway_->directory());
  EXPECT_EQ(ran.exit, 0) << ran.err;
}

TEST_F(OtherCaTest, CanBeGivenWhereTheDirectoryDoesNotSay) {
  RegisterOptions options = gateway_->Options();
  options.trust.ca_sha256 = ca_->sha256();
  gateway_->Register(options);
  const fs::path file = fs::canonical(gateway_->directory() / "registration.json");
  auto registration = ParseJson(gateway_->RegistrationJson()).as_object();
  registration.erase("server_trust");  // as earlier releases left it
  std::ofstream(file) << JsonText(registration);
  EXPECT_EQ(CheckIn(gateway_->directory()).exit, 1);
  const Ran ran = CheckIn(gateway_->directory(), {"--ca", directory_ / "ca.crt"});
  EXPECT_EQ(ran.exit, 0) << ran.err;
}

TEST(TrustToKeep, OfAPublicCaIsTheSystems) { EXPECT_EQ(TrustToKeep({}, false)->text, "system"); }

}  // namespace
}  // namespace latchkey::tools
