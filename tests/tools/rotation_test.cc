// Rotating the master key and the CA: what keeps working, and that a kill at any step does no harm.
#include "tools/ledger/rotation.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "core/crypto/files.h"
#include "core/crypto/random.h"
#include "core/http/http_client.h"
#include "tests/support/fakes.h"
#include "tests/tools/served.h"
#include "tools/client/json.h"
#include "tools/ledger/ca_history.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using testing::Cli;
using testing::FirstLine;
using testing::Killed;
using testing::OptionsFor;
using testing::Ran;
using testing::Served;

std::vector<std::string> SecretsOf(const fs::path& data) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(data / "secrets")) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Of a ledger that was served, and of one that was not served since its CA was rotated.
const std::vector<std::string> kUsual = {"ca.crt",     "ca.key",      "checkpoint.key",
                                         "master-key", "owner-token", "server.pem"};
const std::vector<std::string> kWithoutServer(kUsual.begin(), kUsual.end() - 1);

std::unique_ptr<Ledger> OpenLedger(const fs::path& data) {
  auto ledger = Ledger::Open({.data = data});
  EXPECT_TRUE(ledger) << ledger.error().detail;
  return ledger ? *std::move(ledger) : nullptr;
}

std::string ShownKey(const Served& served, const std::string& name) {
  const Ran shown = served.Run({"key", "show", "acme/" + name});
  EXPECT_EQ(shown.exit, 0) << shown.err;
  return FirstLine(shown.out);
}

Ran Rotate(const Served& served, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "rotate");
  return served.Run(std::move(arguments));
}

Ran Install(Served& served, const std::string& key, const std::string& out,
            const std::vector<std::string>& trust) {
  std::vector<std::string> arguments = {"register",   "--url", served.service().gateways_url(),
                                        "--key-file", "-",     "--patience",
                                        "0s",         "--out", served.Scratch(out).string()};
  arguments.insert(arguments.end(), trust.begin(), trust.end());
  return Cli(arguments, key);
}

// A check-in by hand, as the gateway in `out` does it: with its certificate and its own ca.crt.
int CheckIn(Served& served, const std::string& out) {
  const fs::path gateway = served.Scratch(out);
  HttpClient client({.url = served.service().gateways_url(),
                     .trust = {(gateway / "ca.crt").string(), "", ""},
                     .certificate = gateway / "gateway.crt",
                     .key = gateway / "gateway.key"});
  const auto answer = client.Send({"POST", "/v1/check-in", "{}"});
  EXPECT_TRUE(answer) << answer.error().message;
  return answer ? answer->status : 0;
}

TEST(RotateMasterKey, ActiveKeysAreShownAndWorkWhileTheOldOneIsKept) {
  Served served;
  const std::string old_key = served.AddGateway("old");
  served.Stop();
  const Ran rotated = Rotate(served, {"master-key"});
  ASSERT_EQ(rotated.exit, 0) << rotated.err;
  EXPECT_NE(rotated.out.find("under an earlier one: 1"), std::string::npos) << rotated.out;
  EXPECT_EQ(SecretsOf(served.data()).size(), kUsual.size() + 1);

  served.StartAgain();
  EXPECT_TRUE(served.service().ledger().warnings().empty());
  EXPECT_EQ(ShownKey(served, "old"), old_key);
  const std::string new_key = served.AddGateway("new");
  EXPECT_EQ(ShownKey(served, "new"), new_key);
  served.service().Tick();
  EXPECT_EQ(SecretsOf(served.data()).size(), kUsual.size() + 1) << "an active key needs it";

  EXPECT_EQ(
      Install(served, old_key, "old", {"--ca-fingerprint", served.service().ca_sha256()}).exit, 0);
  served.Stop();
  served.StartAgain();
  served.service().Tick();
  EXPECT_EQ(SecretsOf(served.data()), kUsual) << "nobody needs it any more";
  EXPECT_EQ(ShownKey(served, "new"), new_key);
}

TEST(RotateMasterKey, TheOldOneIsDestroyedAtOnceWhenNoKeyNeedsIt) {
  Served served;
  served.Stop();
  const std::string before = *crypto::ReadSmallFile(served.data() / "secrets" / "master-key");
  EXPECT_NE(Rotate(served, {"master-key"}).out.find("destroyed"), std::string::npos);
  EXPECT_EQ(SecretsOf(served.data()), kUsual);
  EXPECT_NE(*crypto::ReadSmallFile(served.data() / "secrets" / "master-key"), before);
}

TEST(RotateMasterKey, SeveralAreKeptWhileTheirKeysLive) {
  Served served;
  std::vector<std::string> keys;
  for (const char* name : {"one", "two", "three"}) {
    keys.push_back(served.AddGateway(name));
    served.Stop();
    ASSERT_EQ(Rotate(served, {"master-key"}).exit, 0);
    served.StartAgain();
  }
  EXPECT_EQ(SecretsOf(served.data()).size(), kUsual.size() + 3);
  EXPECT_EQ(ShownKey(served, "one"), keys[0]);
  EXPECT_EQ(ShownKey(served, "two"), keys[1]);
  EXPECT_EQ(ShownKey(served, "three"), keys[2]);
  EXPECT_EQ(served.Run({"key", "revoke", "acme/two", "--yes"}).exit, 0);
  served.service().Tick();
  EXPECT_EQ(SecretsOf(served.data()).size(), kUsual.size() + 2);
}

TEST(RotateMasterKey, KilledAtEachStepKeysAreShownAsBefore) {
  for (const std::string last : {"old_key_kept", "master-key"}) {
    SCOPED_TRACE("killed after " + last);
    Served served;
    const std::string key = served.AddGateway("hq");
    served.Stop();
    {
      const auto ledger = OpenLedger(served.data());
      EXPECT_THROW((void)RotateMasterKey(*ledger,
                                         [&](std::string_view step) {
                                           if (step == last) throw Killed();
                                         }),
                   Killed);
    }
    served.StartAgain();
    EXPECT_EQ(ShownKey(served, "hq"), key);
    EXPECT_EQ(SecretsOf(served.data()).size(), kUsual.size() + (last == "master-key" ? 1 : 0));
    served.Stop();
    EXPECT_EQ(Rotate(served, {"master-key"}).exit, 0) << "the next one goes through";
    served.StartAgain();
    EXPECT_EQ(ShownKey(served, "hq"), key);
  }
}

TEST(RotateMasterKey, ADamagedEarlierOneCostsOnlyTheShowing) {
  Served served;
  served.AddGateway("hq");
  served.Stop();
  ASSERT_EQ(Rotate(served, {"master-key"}).exit, 0);
  for (const std::string& name : SecretsOf(served.data())) {
    if (!name.starts_with("master-key.")) continue;
    ASSERT_TRUE(crypto::WriteFileDurably(served.data() / "secrets" / name, "0123", true));
  }
  served.StartAgain();
  ASSERT_FALSE(served.service().ledger().warnings().empty());
  EXPECT_NE(served.service().ledger().warnings()[0].find("damaged"), std::string::npos);
  EXPECT_EQ(served.Run({"key", "show", "acme/hq"}).exit, 3);
}

TEST(RotateMasterKey, NotTheOneOfAnotherLedger) {
  Served served;
  served.AddGateway("hq");
  served.Stop();
  ASSERT_TRUE(crypto::WriteFileDurably(served.data() / "secrets" / "master-key",
                                       std::string(64, 'a'), true));
  const Ran refused = Rotate(served, {"master-key"});
  EXPECT_EQ(refused.exit, 5);
  EXPECT_NE(refused.err.find("CREDENTIALS_DIRECTORY"), std::string::npos) << refused.err;
}

TEST(Rotate, RefusesWhileTheLedgerIsServed) {
  Served served;
  for (const char* what : {"master-key", "ca"}) {
    const Ran refused = Rotate(served, {what});
    EXPECT_EQ(refused.exit, 5);
    EXPECT_NE(refused.err.find("Stop the server"), std::string::npos) << refused.err;
  }
  EXPECT_EQ(Cli({"rotate", "ca", "--data", served.Scratch("none").string()}).exit, 5);
  EXPECT_FALSE(fs::exists(served.Scratch("none")));
}

TEST(RotateCa, OldAndNewGatewaysBothGoOn) {
  Served served;
  const std::string old_ca = served.service().ca_sha256();
  ASSERT_EQ(Install(served, served.AddGateway("old"), "old", {"--ca-fingerprint", old_ca}).exit, 0);
  const std::string old_key = served.AddGateway("later");
  served.Stop();
  const Ran rotated = Rotate(served, {"ca"});
  ASSERT_EQ(rotated.exit, 0) << rotated.err;
  EXPECT_EQ(SecretsOf(served.data()), kWithoutServer);

  served.StartAgain();
  const std::string new_ca = served.service().ca_sha256();
  EXPECT_NE(new_ca, old_ca);
  EXPECT_NE(rotated.out.find(new_ca), std::string::npos) << rotated.out;
  EXPECT_EQ(CheckIn(served, "old"), 200) << "its certificate, and its ca.crt, are of the old CA";
  EXPECT_EQ(Install(served, old_key, "later", {"--ca-fingerprint", old_ca}).exit, 0);
  EXPECT_EQ(Install(served, served.AddGateway("new"), "new", {"--ca-fingerprint", new_ca}).exit, 0);
  EXPECT_EQ(Install(served, served.AddGateway("file"), "file",
                    {"--ca", (served.Scratch("old") / "ca.crt").string()})
                .exit,
            0);
  for (const char* name : {"old", "later", "new", "file"}) {
    EXPECT_EQ(CheckIn(served, name), 200) << name;
    EXPECT_EQ(served.Status(name), "green") << name;
  }
  const std::string of_new = *crypto::ReadSmallFile(served.Scratch("new") / "ca.crt");
  EXPECT_EQ(of_new, served.service().ledger().ca().certificate_pem());
  const Ran other = Install(served, served.AddGateway("other"), "other",
                            {"--ca-fingerprint", "sha256:" + std::string(64, 'a')});
  EXPECT_NE(other.exit, 0) << "a fingerprint of neither";
  served.Stop();
  EXPECT_EQ(Cli({"verify", "--data", served.data().string()}).exit, 0);
  EXPECT_EQ(Cli({"replay", "--check", "--data", served.data().string()}).exit, 0);
}

TEST(RotateCa, TheWayFromTheOldestLeadsOverTheLatestRotations) {
  Served served;
  std::vector<std::string> cas = {served.service().ca_sha256()};
  for (int i = 0; i <= kBridgedCas; ++i) {
    served.Stop();
    ASSERT_EQ(Rotate(served, {"ca"}).exit, 0);
    served.StartAgain();
    cas.push_back(served.service().ca_sha256());
  }
  for (std::size_t i = 0; i < cas.size(); ++i) {
    const std::string name = "gw-" + std::to_string(i);
    const Ran installed =
        Install(served, served.AddGateway(name), name, {"--ca-fingerprint", cas[i]});
    EXPECT_EQ(installed.exit == 0, i != 0) << i << ": " << installed.err;
  }
}

TEST(RotateCa, KilledAtEachStepItHappenedOrItDidNot) {
  const std::vector<std::string> steps = {"ca.key.next",  "ca.crt.next",
                                          "recorded",     "old_key_destroyed",
                                          "key_in_place", "certificate_in_place"};
  for (const std::string& last : steps) {
    SCOPED_TRACE("killed after " + last);
    Served served;
    const std::string old_ca = served.service().ca_sha256();
    ASSERT_EQ(Install(served, served.AddGateway("old"), "old", {"--ca-fingerprint", old_ca}).exit,
              0);
    served.Stop();
    bool met = false;
    {
      const auto ledger = OpenLedger(served.data());
      EXPECT_THROW((void)RotateCa(*ledger, {},
                                  [&](std::string_view step) {
                                    met = met || step == last;
                                    if (met) throw Killed();
                                  }),
                   Killed);
    }
    served.StartAgain();
    const bool happened = last != "ca.key.next" && last != "ca.crt.next";
    EXPECT_EQ(served.service().ca_sha256() != old_ca, happened);
    EXPECT_EQ(SecretsOf(served.data()), kUsual) << "nothing is left behind";
    EXPECT_EQ(CheckIn(served, "old"), 200);
    EXPECT_EQ(Install(served, served.AddGateway("next"), "next", {"--ca-fingerprint", old_ca}).exit,
              0);
    served.Stop();
    EXPECT_EQ(Rotate(served, {"ca"}).exit, 0) << "the next one goes through";
    served.StartAgain();
    EXPECT_EQ(CheckIn(served, "old"), 200);
  }
}

// A start that finishes a rotation is itself killed.
TEST(RotateCa, KilledWhileItIsFinishedItIsFinishedByTheNext) {
  for (const std::string last : {"old_key_destroyed", "key_in_place", "certificate_in_place"}) {
    SCOPED_TRACE("killed after " + last);
    Served served;
    served.Stop();
    {
      const auto ledger = OpenLedger(served.data());
      EXPECT_THROW((void)RotateCa(*ledger, {},
                                  [](std::string_view step) {
                                    if (step == "recorded") throw Killed();
                                  }),
                   Killed);
    }
    EXPECT_THROW((void)Ledger::Open({.data = served.data(),
                                     .step =
                                         [&](std::string_view step) {
                                           if (step == last) throw Killed();
                                         }}),
                 Killed);
    served.StartAgain();
    EXPECT_EQ(SecretsOf(served.data()), kUsual);
  }
}

// The key of the CA in force may still have its other name in the backup.
TEST(RotateCa, KilledBeforeABackupItIsFinishedByTheRestore) {
  for (const std::string last : {"ca.crt.next", "recorded", "old_key_destroyed", "key_in_place"}) {
    SCOPED_TRACE("killed after " + last);
    Served served;
    served.Stop();
    {
      const auto ledger = OpenLedger(served.data());
      bool met = false;
      EXPECT_THROW((void)RotateCa(*ledger, {},
                                  [&](std::string_view step) {
                                    met = met || step == last;
                                    if (met) throw Killed();
                                  }),
                   Killed);
    }
    const std::string passphrase = served.Scratch("passphrase").string();
    ASSERT_TRUE(crypto::WriteFileDurably(passphrase, "correct horse\n", true));
    const std::string backup = served.Scratch("backup").string();
    ASSERT_EQ(served.Run({"backup", backup, "--passphrase-file", passphrase}).exit, 0);
    const fs::path restored = served.Scratch("restored");
    const Ran ran =
        Cli({"restore", backup, "--data", restored.string(), "--passphrase-file", passphrase});
    EXPECT_EQ(ran.exit, 0) << ran.err;
    EXPECT_EQ(SecretsOf(restored), kWithoutServer);
  }
}

TEST(RotateCa, TheFormerCaIsNotTaken) {
  Served served;
  served.Stop();
  const fs::path secrets = served.data() / "secrets";
  const std::string key = *crypto::ReadSmallFile(secrets / "ca.key");
  const std::string certificate = *crypto::ReadSmallFile(secrets / "ca.crt");
  ASSERT_EQ(Rotate(served, {"ca"}).exit, 0);
  // Put back by someone who thinks to do well: given, it is refused; in its old place, destroyed.
  ASSERT_TRUE(crypto::WriteFileDurably(served.Scratch("ca.key"), key, true));
  ASSERT_TRUE(crypto::WriteFileDurably(served.Scratch("ca.crt"), certificate, false));
  auto given = Ledger::Open({.data = served.data(),
                             .ca_certificate = served.Scratch("ca.crt"),
                             .ca_key = served.Scratch("ca.key")});
  ASSERT_FALSE(given);
  EXPECT_NE(given.error().detail.find("rotated away"), std::string::npos) << given.error().detail;
  const Ran again = Rotate(served, {"ca", "--ca-cert", served.Scratch("ca.crt").string(),
                                    "--ca-key", served.Scratch("ca.key").string()});
  EXPECT_EQ(again.exit, 1) << again.err;
}

// Made long ago by its clock, so that by the machine's its CA has expired.
class ExpiredCa : public ::testing::Test {
 protected:
  ExpiredCa() {
    latchkey::testing::FakeClock then(SystemClock().Now() - std::chrono::hours(11 * 366 * 24));
    const auto ledger = Ledger::Open({.data = data_, .clock = &then});
    EXPECT_TRUE(ledger) << ledger.error().detail;
    EXPECT_TRUE((*ledger)->Run(domain::OpenAccount{"acme"}));
  }

  latchkey::testing::TempDir directory_;
  const fs::path data_ = directory_ / "data";
};

TEST_F(ExpiredCa, IsNotServedAndRotatedAway) {
  const auto refused = Service::Start(OptionsFor(data_));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnusable);
  EXPECT_NE(refused.error().detail.find("latchkey rotate ca"), std::string::npos);
  EXPECT_FALSE(fs::exists(data_ / "run"));

  const Ran made = Cli({"token", "create", "owner", "--role", "owner", "--data", data_.string()});
  EXPECT_EQ(made.exit, 0) << made.err;
  EXPECT_EQ(Cli({"rotate", "master-key", "--data", data_.string()}).exit, 0);
  const Ran rotated = Cli({"rotate", "ca", "--data", data_.string()});
  ASSERT_EQ(rotated.exit, 0) << rotated.err;
  EXPECT_NE(rotated.out.find("had expired"), std::string::npos) << rotated.out;

  const auto service = testing::StartService(OptionsFor(data_));
  EXPECT_EQ(BridgePem(service->ledger().row()), "") << "nothing leads over what has expired";
  const Ran added = Cli({"gateway", "add", "acme", "hq", "--data", data_.string()});
  ASSERT_EQ(added.exit, 0) << added.err;
  const Ran installed =
      Cli({"register", "--url", service->gateways_url(), "--ca-fingerprint", service->ca_sha256(),
           "--key-file", "-", "--out", (directory_ / "out").string()},
          testing::WordAfter(added.out, "Registration key"));
  EXPECT_EQ(installed.exit, 0) << installed.err;
  EXPECT_EQ(Cli({"verify", "--data", data_.string()}).exit, 0);
}

TEST_F(ExpiredCa, IsNotPutInForce) {
  const std::vector<std::string> expired = {"--ca-cert", (data_ / "secrets" / "ca.crt").string(),
                                            "--ca-key", (data_ / "secrets" / "ca.key").string()};
  Served served;
  served.Stop();
  std::vector<std::string> rotate = {"ca", "--without-transition"};
  rotate.insert(rotate.end(), expired.begin(), expired.end());
  const Ran refused = Rotate(served, rotate);
  EXPECT_EQ(refused.exit, 5);
  EXPECT_NE(refused.err.find("expired"), std::string::npos) << refused.err;

  const auto made = Ledger::Open(
      {.data = directory_ / "new", .ca_certificate = expired[1], .ca_key = expired[3]});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().detail.find("expired"), std::string::npos) << made.error().detail;
}

class GivenCas : public ::testing::Test {
 protected:
  // A CA of this name in files.
  std::vector<std::string> Make(const std::string& name, const std::string& prefix = "--") {
    const auto material = crypto::CertificateAuthority::Create(name, SystemClock().Now(), random_);
    const fs::path certificate = served_.Scratch(name + ".pem");
    const fs::path key = served_.Scratch(name + ".key");
    EXPECT_TRUE(crypto::WriteFileDurably(certificate, material.certificate_pem, false));
    EXPECT_TRUE(crypto::WriteFileDurably(key, material.key_pem.view(), true));
    return {prefix + "ca-cert", certificate.string(), prefix + "ca-key", key.string()};
  }
  Ran RotateTo(std::vector<std::string> arguments, const std::vector<std::string>& more = {}) {
    arguments.insert(arguments.begin(), "ca");
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Rotate(served_, arguments);
  }

  Served served_;
  crypto::SystemRandom random_;
};

TEST_F(GivenCas, TakeTheOwnOnesPlaceOnlyKnowingly) {
  ASSERT_EQ(Install(served_, served_.AddGateway("old"), "old",
                    {"--ca-fingerprint", served_.service().ca_sha256()})
                .exit,
            0);
  served_.Stop();
  const auto other = Make("Other CA");
  const Ran refused = RotateTo(other);
  EXPECT_EQ(refused.exit, 5);
  EXPECT_NE(refused.err.find("--without-transition"), std::string::npos) << refused.err;
  EXPECT_EQ(SecretsOf(served_.data()), kUsual) << "a refusal changes nothing";

  const Ran rotated = RotateTo(other, {"--without-transition"});
  ASSERT_EQ(rotated.exit, 0) << rotated.err;
  EXPECT_EQ(SecretsOf(served_.data()),
            (std::vector<std::string>{"checkpoint.key", "master-key", "owner-token"}));
  const auto without = Ledger::Open({.data = served_.data()});
  ASSERT_FALSE(without);
  EXPECT_NE(without.error().detail.find("--ca-cert"), std::string::npos);

  // And back to one of its own.
  auto from = other;
  from[0] = "--from-ca-cert", from[2] = "--from-ca-key";
  const Ran back = RotateTo(from);
  ASSERT_EQ(back.exit, 0) << back.err;
  EXPECT_NE(back.out.find("without --ca-cert"), std::string::npos) << back.out;
  EXPECT_EQ(SecretsOf(served_.data()), kWithoutServer);
  served_.StartAgain();
  // The certificate that the first CA signed is still good; the server's is to be known otherwise.
  fs::remove(served_.Scratch("old") / "ca.crt");
  ASSERT_TRUE(crypto::WriteFileDurably(served_.Scratch("old") / "ca.crt",
                                       served_.service().ledger().ca().certificate_pem(), false));
  EXPECT_EQ(CheckIn(served_, "old"), 200);
}

TEST_F(GivenCas, InvalidFilesAreRefusedAndNothingHappens) {
  served_.Stop();
  const auto other = Make("Other CA");
  auto mixed = other;
  mixed[3] = Make("Third CA")[3];
  EXPECT_EQ(RotateTo(mixed).exit, 5);
  EXPECT_EQ(RotateTo({"--ca-cert", other[1]}).exit, 2) << "both or none";
  EXPECT_EQ(SecretsOf(served_.data()), kUsual);
}

}  // namespace
}  // namespace latchkey::tools
