// A CA whose key is lost: another is put in force, and gateways that know only the CA before can go
// on, because the server presents its certificate of that CA until it ends.
#include <gtest/gtest.h>

#include <boost/json/value.hpp>

#include "core/base/hex.h"
#include "core/crypto/files.h"
#include "core/crypto/hash.h"
#include "core/crypto/random.h"
#include "core/http/http_client.h"
#include "tests/support/fakes.h"
#include "tests/tools/served.h"
#include "tools/client/json.h"
#include "tools/ledger/rotation.h"
#include "tools/ledger/secrets.h"
#include "tools/ledger/server_certificate.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using testing::Killed;
using namespace std::chrono_literals;
using testing::Cli;
using testing::Ran;
using testing::Served;

class LostKey : public ::testing::Test {
 protected:
  // Without it, as after a disk was lost.
  void Lose() {
    served_.Stop();
    ASSERT_TRUE(fs::remove(served_.data() / "secrets" / "ca.key"));
  }
  Ran Rotate(std::vector<std::string> more = {"--lost-key"}) const {
    more.insert(more.begin(), {"rotate", "ca"});
    return served_.Run(std::move(more));
  }
  void LoseAndRotate() {
    Lose();
    const Ran rotated = Rotate();
    ASSERT_EQ(rotated.exit, 0) << rotated.err;
    served_.StartAgain();
  }
  // A check-in with the gateway's own files; 0: it cannot verify the server.
  int CheckIn(const std::string& name) {
    const fs::path gateway = served_.Scratch(name);
    HttpClient client({.url = served_.service().gateways_url(),
                       .trust = {(gateway / "ca.crt").string(), "", ""},
                       .certificate = gateway / "gateway.crt",
                       .key = gateway / "gateway.key"});
    const auto answer = client.Send({"POST", "/v1/check-in", "{}"});
    return answer ? answer->status : 0;
  }
  boost::json::value Ledger() {
    HttpClient client({.url = served_.service().management_url(),
                       .trust = {(served_.data() / "run" / "ca.crt").string(), "", ""}});
    const auto answer =
        client.Send({"GET", "/v1/ledger", {}, {"Authorization: Bearer " + served_.Token()}});
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? ParseJson(answer->body) : boost::json::value();
  }
  std::string CaInForce() { return text::ToHex(served_.service().ledger().ca().sha256()); }

  Served served_;
};

TEST_F(LostKey, GatewaysGoOnAndLearnTheNewCa) {
  served_.AddRegistered("old");
  served_.AddRegistered("silent");
  ASSERT_EQ(CheckIn("old"), 200);
  const std::string old_ca = served_.service().ca_sha256();
  LoseAndRotate();
  EXPECT_EQ(served_.service().ca_sha256(), old_ca) << "installers verify the server by that";
  EXPECT_NE("sha256:" + CaInForce(), old_ca);
  EXPECT_EQ(served_.service().gateways_without_ca(), 2u);

  EXPECT_EQ(CheckIn("old"), 200);
  served_.service().Tick();
  EXPECT_EQ(served_.service().gateways_without_ca(), 1u);
  const boost::json::value ledger = Ledger();
  EXPECT_EQ(TextAt(ledger, "/ca_sha256"), CaInForce());
  EXPECT_EQ("sha256:" + TextAt(ledger, "/server_ca_sha256"), old_ca);
  EXPECT_EQ(NumberAt(ledger, "/gateways_without_ca"), 1);

  // A new gateway verifies the server by the CA before, and knows both from then on.
  served_.AddRegistered("new");
  EXPECT_EQ(CheckIn("new"), 200);
  served_.service().Tick();
  EXPECT_EQ(served_.service().gateways_without_ca(), 1u);
}

// By a clock that began in the past, so that clients, who go by the machine's, find certificates
// valid.
TEST(LostKeyInTime, TheServersCertificateIsPresentedUntilItEnds) {
  latchkey::testing::FakeClock clock(SystemClock().Now() - 85 * 24h);
  Served served([&](ServiceOptions& options) { options.ledger.clock = &clock; });
  const std::string old_ca = served.service().ca_sha256();
  const auto presented_by = [&](std::string_view ca_der) {
    const auto pem = crypto::ReadSmallFile(served.data() / "run" / "server.crt");
    const auto facts = crypto::ReadCertificate(pem.value_or(""));
    return facts && crypto::IsIssuedBy(facts->der, ca_der);
  };
  const std::string former(served.service().ledger().ca().certificate_der());
  served.Stop();
  ASSERT_TRUE(fs::remove(served.data() / "secrets" / "ca.key"));
  {
    auto ledger = Ledger::Open({.data = served.data(), .ca_key_lost = true, .clock = &clock});
    ASSERT_TRUE(ledger) << ledger.error().detail;
    const auto rotated = RotateCa(**ledger, {.key_lost = true});
    ASSERT_TRUE(rotated) << rotated.error().detail;
    EXPECT_EQ(rotated->server_until,
              std::chrono::floor<std::chrono::seconds>(clock.Now()) + 90 * 24h);
  }
  served.StartAgain();
  clock.Advance(60 * 24h);
  served.service().Tick();
  EXPECT_TRUE(presented_by(former)) << "not renewed when two thirds have passed";
  served.Stop();
  served.StartAgain();
  EXPECT_TRUE(presented_by(former)) << "a restart changes nothing";
  EXPECT_EQ(served.service().ca_sha256(), old_ca);
  served.AddRegistered("new");

  clock.Advance(29 * 24h + 23h + 1min);
  served.service().Tick();
  EXPECT_FALSE(presented_by(former));
  EXPECT_TRUE(presented_by(served.service().ledger().ca().certificate_der()));
  served.Stop();
  served.StartAgain();
  EXPECT_EQ("sha256:" + text::ToHex(served.service().ledger().ca().sha256()),
            served.service().ca_sha256());
}

TEST_F(LostKey, TheLedgerIsAsItShouldBe) {
  served_.AddRegistered("old");
  LoseAndRotate();
  served_.AddRegistered("new");
  served_.Stop();
  EXPECT_EQ(Cli({"verify", "--data", served_.data().string()}).exit, 0);
  EXPECT_EQ(Cli({"replay", "--check", "--data", served_.data().string()}).exit, 0);
  // The next rotation is an ordinary one: the new CA signs it.
  EXPECT_EQ(Rotate({}).exit, 0);
  served_.StartAgain();
  EXPECT_EQ("sha256:" + CaInForce(), served_.service().ca_sha256());
}

TEST_F(LostKey, WordsSayWhatToDo) {
  Lose();
  const auto service = Service::Start(testing::OptionsFor(served_.data()));
  ASSERT_FALSE(service);
  EXPECT_NE(service.error().detail.find("rotate ca --lost-key"), std::string::npos);
  const Ran rotated = Rotate();
  EXPECT_EQ(rotated.exit, 0) << rotated.err;
  EXPECT_NE(rotated.out.find("until "), std::string::npos) << rotated.out;
}

TEST_F(LostKey, IsRefusedWhileTheKeyIsThere) {
  served_.Stop();
  const Ran refused = Rotate();
  EXPECT_EQ(refused.exit, 5);
  EXPECT_NE(refused.err.find("without --lost-key"), std::string::npos) << refused.err;
  EXPECT_EQ(Rotate({"--lost-key", "--without-transition"}).exit, 2);
}

TEST_F(LostKey, WithoutAServersCertificateTheWordsSaySo) {
  Lose();
  ASSERT_TRUE(fs::remove(served_.data() / "secrets" / "server.pem"));
  const Ran rotated = Rotate();
  EXPECT_EQ(rotated.exit, 0) << rotated.err;
  EXPECT_NE(rotated.out.find("No server certificate of the CA before is left"), std::string::npos)
      << rotated.out;
  served_.StartAgain();
  EXPECT_EQ("sha256:" + CaInForce(), served_.service().ca_sha256());
}

// An ordinary rotation presents a certificate of the new CA at once.
TEST_F(LostKey, AnOrdinaryRotationForgetsTheServersCertificate) {
  served_.Stop();
  ASSERT_EQ(Rotate({}).exit, 0);
  EXPECT_FALSE(fs::exists(served_.data() / "secrets" / "server.pem"));
  served_.StartAgain();
  EXPECT_EQ("sha256:" + CaInForce(), served_.service().ca_sha256());
  EXPECT_EQ(served_.service().gateways_without_ca(), 0u);
}

TEST_F(LostKey, KilledAtEachStepItHappenedOrItDidNot) {
  served_.AddRegistered("old");
  for (const std::string last :
       {"ca.key.next", "ca.crt.next", "recorded", "key_in_place", "certificate_in_place"}) {
    SCOPED_TRACE("killed after " + last);
    Lose();
    {
      auto ledger = tools::Ledger::Open({.data = served_.data(), .ca_key_lost = true});
      ASSERT_TRUE(ledger) << ledger.error().detail;
      bool met = false;
      EXPECT_THROW((void)RotateCa(**ledger, {.key_lost = true},
                                  [&](std::string_view step) {
                                    met = met || step == last;
                                    if (met) throw Killed();
                                  }),
                   Killed);
    }
    const bool happened = last != "ca.key.next" && last != "ca.crt.next";
    EXPECT_EQ(happened ? 0 : Rotate().exit, 0);
    served_.StartAgain();
    EXPECT_EQ(CheckIn("old"), 200);
  }
}

TEST(ServerCertificate, OfNoCaOfTheLedgerIsNotPresented) {
  latchkey::testing::TempDir directory;
  const SecretFiles files(directory.path(), {});
  latchkey::testing::SeededRandom random;
  const Time now = latchkey::testing::FakeClock().Now();
  const auto ca = crypto::CertificateAuthority::Load(MakeCa(now, random));
  const auto other = crypto::CertificateAuthority::Load(MakeCa(now, random));
  ASSERT_TRUE(ca && other);
  domain::LedgerRow row;
  row.set_ca_certificate((*ca)->certificate_der());
  EXPECT_FALSE(FindServerCertificate(files, row, now)) << "there is none";
  ASSERT_TRUE(KeepServerCertificate(files, (*other)->SignServer({"localhost"}, now, 24h, random)));
  EXPECT_FALSE(FindServerCertificate(files, row, now));
  ASSERT_TRUE(KeepServerCertificate(files, (*ca)->SignServer({"localhost"}, now, 24h, random)));
  const auto found = FindServerCertificate(files, row, now);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->ca, (*ca)->certificate_der());
  EXPECT_EQ(found->not_after, now + 24h);
  EXPECT_FALSE(FindServerCertificate(files, row, now + 24h)) << "it has ended";
  ASSERT_TRUE(files.Write("server.pem", "neither key nor certificate"));
  EXPECT_FALSE(FindServerCertificate(files, row, now));
}

}  // namespace
}  // namespace latchkey::tools
