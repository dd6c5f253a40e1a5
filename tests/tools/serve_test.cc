// `serve` itself, its server certificate, and the gateways that go silent.
#include <pthread.h>

#include <csignal>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "api/http/client_address.h"
#include "core/crypto/files.h"
#include "core/crypto/random.h"
#include "core/http/http_client.h"
#include "projections/presence.h"
#include "tests/support/fakes.h"
#include "tests/tools/served.h"
#include "tools/serve/server_identity.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using events::Event;
using latchkey::testing::FakeClock;
using latchkey::testing::TempDir;
using testing::Cli;
using testing::CountOf;
using testing::Ran;
using testing::Served;

TEST(Serve, SaysWhereAndEndsOnSigterm) {
  TempDir directory;
  const std::string data = (directory / "data").string();
  Ran ran;
  std::thread serving([&] {
    ran = Cli({"serve", "--data", data, "--management", "127.0.0.1:0", "--gateways", "127.0.0.1:0",
               "--name", "ledger.example.com", "--check-in", "30s", "--confirm-within", "10m"});
  });
  while (!fs::exists(fs::path(data) / "run" / "pid")) std::this_thread::yield();
  EXPECT_EQ(Cli({"whoami", "--data", data}).exit, 0);
  const Ran second = Cli({"serve", "--data", data});
  EXPECT_EQ(second.exit, 5) << second.err;
  ::pthread_kill(serving.native_handle(), SIGTERM);
  serving.join();
  EXPECT_EQ(ran.exit, 0) << ran.err;
  for (const std::string& said :
       {std::string("https://127.0.0.1:"), std::string("https://ledger.example.com:"),
        data + "/secrets/owner-token", std::string("sha256:"),
        std::string("an old copy of the whole directory would not be noticed")}) {
    EXPECT_NE(ran.out.find(said), std::string::npos) << said << " in:\n" << ran.out;
  }
  EXPECT_FALSE(fs::exists(fs::path(data) / "run"));
}

TEST(Serve, CertificatesLiveUntilTheyHaveToBeConfirmed) {
  TempDir directory;
  const Ran refused = Cli({"serve", "--data", (directory / "data").string(), "--management",
                           "192.0.2.1:1" /* nobody's */, "--certificate-lifetime", "30m",
                           "--confirm-within", "31m"});
  EXPECT_EQ(refused.exit, 2);
  EXPECT_NE(refused.err.find("--certificate-lifetime"), std::string::npos) << refused.err;
  EXPECT_FALSE(fs::exists(directory / "data"));
}

TEST(ServeCommand, WithoutItsPortsMakesNothing) {
  Served other;
  const std::string url = other.service().gateways_url();
  const std::string taken = url.substr(url.find("//") + 2);
  for (const bool exists : {false, true}) {
    latchkey::testing::TempDir directory;
    const fs::path data = directory / "data";
    if (exists) fs::create_directory(data);
    const Ran refused =
        Cli({"serve", "--data", data.string(), "--management", "127.0.0.1:0", "--gateways", taken});
    EXPECT_EQ(refused.exit, 1) << refused.err;
    EXPECT_NE(refused.err.find("Cannot listen on " + taken), std::string::npos) << refused.err;
    EXPECT_EQ(fs::exists(data), exists);
    EXPECT_TRUE(!exists || fs::is_empty(data));
  }
}

TEST(ServeCommand, RefusesNamesAndSpansThatCannotBe) {
  latchkey::testing::TempDir directory;
  std::ofstream(directory / "file");
  // Where nothing can be made: what is not refused ends, and does not serve.
  const std::string data = (directory / "file" / "data").string();
  for (const std::vector<std::string>& wrong :
       std::vector<std::vector<std::string>>{{"--name", "*.example.net"},
                                             {"--name", "-bad.example"},
                                             {"--name", std::string(64, 'a') + ".example"},
                                             {"--confirm-within", "0s"},
                                             {"--check-in", "0m"},
                                             {"--certificate-lifetime", "0d"}}) {
    std::vector<std::string> command = {"serve", "--data", data};
    command.insert(command.end(), wrong.begin(), wrong.end());
    const Ran refused = Cli(command);
    EXPECT_EQ(refused.exit, 2) << wrong[1] << refused.err;
    EXPECT_NE(refused.err.find(wrong[0]), std::string::npos) << refused.err;
    EXPECT_FALSE(fs::exists(data));
  }
}

TEST(Presence, AGatewayThatGoesSilentTurnsRedAndBack) {
  Served served([](ServiceOptions& options) { options.check_in = std::chrono::seconds(1); });
  const std::string key = served.AddGateway("hq");
  const std::vector<std::string> install = {"register",
                                            "--url",
                                            served.service().gateways_url(),
                                            "--ca-fingerprint",
                                            served.service().ca_sha256(),
                                            "--key-file",
                                            "-",
                                            "--out",
                                            served.Scratch("hq").string()};
  ASSERT_EQ(Cli(install, key).exit, 0);
  EXPECT_EQ(served.Status("hq"), "green");
  while (CountOf(served.service(), Event::kGatewayDisconnected) == 0) served.service().Tick();
  EXPECT_EQ(served.Status("hq"), "red");
  HttpClient client({.url = served.service().gateways_url(),
                     .trust = {(served.data() / "run" / "ca.crt").string(), "", ""},
                     .certificate = served.Scratch("hq") / "gateway.crt",
                     .key = served.Scratch("hq") / "gateway.key"});
  const auto answer = client.Send({"POST", "/v1/check-in", "{}"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200) << answer->body;
  EXPECT_EQ(served.Status("hq"), "green");
}

// A key seals only so often safely: not once for every check-in.
TEST(Presence, AnAddressIsSealedOnceWhileItStays) {
  Served served([](ServiceOptions& options) {
    options.throttle.trusted_proxies = {*Network::Parse("127.0.0.0/8")};
  });
  const std::string key = served.AddGateway("hq");
  ASSERT_EQ(
      Cli({"register", "--url", served.service().gateways_url(), "--ca-fingerprint",
           served.service().ca_sha256(), "--key-file", "-", "--out", served.Scratch("hq").string()},
          key)
          .exit,
      0);
  const auto sealed_after = [&](const std::string& from) {
    HttpClient client({.url = served.service().gateways_url(),
                       .trust = {(served.data() / "run" / "ca.crt").string(), "", ""},
                       .certificate = served.Scratch("hq") / "gateway.crt",
                       .key = served.Scratch("hq") / "gateway.key"});
    const auto answer = client.Send({.method = "POST",
                                     .target = "/v1/check-in",
                                     .body = "{}",
                                     .headers = {"X-Forwarded-For: " + from}});
    EXPECT_TRUE(answer && answer->status == 200);
    served.Stop();
    const auto presence =
        projections::Presence::Open(served.data() / "presence", rocks::Resources::Create(),
                                    std::chrono::minutes(1), SystemClock().Now());
    const auto seen = (*presence)->Get(1);
    EXPECT_TRUE(seen && seen->address);
    return seen->address->SerializeAsString();
  };
  const std::string first = sealed_after("192.0.2.1");
  served.StartAgain();
  EXPECT_EQ(sealed_after("192.0.2.1"), first);
  served.StartAgain();
  EXPECT_NE(sealed_after("192.0.2.2"), first);
}

class Identity : public ::testing::Test {
 protected:
  Identity()
      : ca_(*crypto::CertificateAuthority::Load(
            crypto::CertificateAuthority::Create("Test CA", clock_.Now(), random_))) {}

  FakeClock clock_;
  crypto::SystemRandom random_;
  std::unique_ptr<crypto::CertificateAuthority> ca_;
  TempDir directory_;
};

TEST_F(Identity, IsRenewedWellBeforeItEnds) {
  ServerIdentity identity({}, {"localhost"}, *ca_, "", clock_, random_);
  const auto first = crypto::ReadCertificate(identity.Get()->certificate_pem);
  ASSERT_TRUE(first);
  EXPECT_FALSE(identity.Due());
  while (!identity.Due()) clock_.Advance(std::chrono::hours(24));
  EXPECT_LT(clock_.Now() + std::chrono::hours(14 * 24), first->not_after);
  const auto second = crypto::ReadCertificate(identity.Get()->certificate_pem);
  EXPECT_GT(second->not_after, first->not_after);
  EXPECT_FALSE(identity.Due());
}

TEST_F(Identity, GivenFilesAreReadAgainWhenTheyChange) {
  const auto put = [&] {
    const auto made = ca_->SignServer({"localhost"}, clock_.Now(), std::chrono::hours(1), random_);
    EXPECT_TRUE(crypto::WriteFileDurably(directory_ / "tls.crt", made.certificate_pem, false));
    EXPECT_TRUE(crypto::WriteFileDurably(directory_ / "tls.key", made.key_pem.view(), true));
    return made.certificate_pem;
  };
  const std::string first = put();
  ServerIdentity identity({directory_ / "tls.crt", directory_ / "tls.key"}, {"localhost"}, *ca_, "",
                          clock_, random_);
  EXPECT_EQ(identity.Get()->certificate_pem, first);
  EXPECT_FALSE(identity.Due());
  const std::string second = put();
  fs::last_write_time(directory_ / "tls.crt",
                      fs::file_time_type::clock::now() + std::chrono::seconds(1));
  EXPECT_TRUE(identity.Due());
  EXPECT_EQ(identity.Get()->certificate_pem, second);
  EXPECT_FALSE(identity.Due());
}

TEST(Serve, WithACertificateFromElsewhere) {
  TempDir directory;
  crypto::SystemRandom random;
  const Time now = SystemClock().Now();
  const auto elsewhere = crypto::CertificateAuthority::Create("Elsewhere", now, random);
  const auto ca = *crypto::CertificateAuthority::Load(elsewhere);
  const auto made = ca->SignServer({"127.0.0.1"}, now, std::chrono::hours(1), random);
  ASSERT_TRUE(crypto::WriteFileDurably(directory / "tls.crt", made.certificate_pem, false));
  ASSERT_TRUE(crypto::WriteFileDurably(directory / "tls.key", made.key_pem.view(), true));
  ASSERT_TRUE(crypto::WriteFileDurably(directory / "ca.crt", elsewhere.certificate_pem, false));
  Served served([&](ServiceOptions& options) {
    options.tls_certificate = directory / "tls.crt";
    options.tls_key = directory / "tls.key";
  });
  const Ran added = served.Run({"gateway", "add", "acme", "hq"});
  ASSERT_EQ(added.exit, 0) << added.err;
  EXPECT_EQ(added.out.find("--ca-fingerprint"), std::string::npos)
      << "the ledger's CA does not vouch for this server";
  const Ran registered = Cli(
      {"register", "--url", served.service().gateways_url(), "--ca",
       (directory / "ca.crt").string(), "--key-file", "-", "--out", served.Scratch("hq").string()},
      testing::WordAfter(added.out, "Registration key"));
  EXPECT_EQ(registered.exit, 0) << registered.err;
  EXPECT_EQ(served.Status("hq"), "green");
}

}  // namespace
}  // namespace latchkey::tools
