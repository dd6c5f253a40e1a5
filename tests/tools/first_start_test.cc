// The composition: a first start, killed at each of its steps, and every later one.
#include <fstream>

#include <gtest/gtest.h>

#include "core/crypto/files.h"
#include "core/crypto/random.h"
#include "core/domain/operator_token.h"
#include "tests/tools/served.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using latchkey::testing::TempDir;
using testing::Cli;
using testing::CountOf;
using testing::Killed;
using testing::OptionsFor;
using testing::Ran;
using testing::StartService;

Ran Whoami(const fs::path& data) { return Cli({"whoami", "--data", data.string()}); }

void ExpectOneLedger(Service& service, const fs::path& data) {
  EXPECT_EQ(CountOf(service, events::Event::kLedgerCreated), 1u);
  EXPECT_EQ(CountOf(service, events::Event::kOperatorTokenCreated), 1u);
  const Ran who = Whoami(data);
  EXPECT_EQ(who.exit, 0) << who.err;
  EXPECT_NE(who.out.find("owner"), std::string::npos);
}

TEST(FirstStart, MakesAllItNeeds) {
  TempDir directory;
  const fs::path data = directory / "data";
  auto service = StartService(OptionsFor(data));
  EXPECT_TRUE(service->ledger().made());
  ExpectOneLedger(*service, data);
  for (const char* name : {"master-key", "ca.key", "checkpoint.key", "owner-token"}) {
    const fs::perms mode = fs::status(data / "secrets" / name).permissions();
    EXPECT_EQ(mode, fs::perms::owner_read | fs::perms::owner_write) << name;
  }
  EXPECT_EQ(fs::status(data / "secrets").permissions(), fs::perms::owner_all);
  std::string token = *crypto::ReadSmallFile(data / "secrets" / "owner-token");
  token.pop_back();
  EXPECT_TRUE(domain::IsOperatorToken(token));
}

TEST(FirstStart, KilledAtEachStepGoesOn) {
  std::vector<std::string> steps;
  {
    TempDir directory;
    ServiceOptions options = OptionsFor(directory / "data");
    options.ledger.step = [&](std::string_view step) { steps.emplace_back(step); };
    StartService(options);
  }
  EXPECT_EQ(steps, (std::vector<std::string>{"log", "subjects", "projections", "master-key",
                                             "ca.key", "ca.crt", "checkpoint.key", "owner-token",
                                             "bound", "created", "checkpoint", "evidence"}));
  for (const std::string& last : steps) {
    SCOPED_TRACE("killed after " + last);
    TempDir directory;
    ServiceOptions options = OptionsFor(directory / "data");
    options.ledger.step = [&](std::string_view step) {
      if (step == last) throw Killed();
    };
    EXPECT_THROW((void)Service::Start(options), Killed);
    auto service = StartService(OptionsFor(directory / "data"));
    ExpectOneLedger(*service, directory / "data");
  }
}

TEST(FirstStart, ATokenWrittenBeforeTheLedgerIsItsToken) {
  TempDir directory;
  ServiceOptions options = OptionsFor(directory / "data");
  options.ledger.step = [&](std::string_view step) {
    if (step == "owner-token") throw Killed();
  };
  EXPECT_THROW((void)Service::Start(options), Killed);
  const auto before = crypto::ReadSmallFile(directory / "data" / "secrets" / "owner-token");
  auto service = StartService(OptionsFor(directory / "data"));
  EXPECT_EQ(*before, *crypto::ReadSmallFile(directory / "data" / "secrets" / "owner-token"));
}

TEST(LaterStart, IsTheSameLedger) {
  TempDir directory;
  const fs::path data = directory / "data";
  std::string id, ca;
  {
    auto service = StartService(OptionsFor(data));
    id = service->ledger().row().ledger_id();
    ca = service->ca_sha256();
  }
  EXPECT_FALSE(fs::exists(data / "run"));
  auto service = StartService(OptionsFor(data));
  EXPECT_FALSE(service->ledger().made());
  EXPECT_EQ(service->ledger().row().ledger_id(), id);
  EXPECT_EQ(service->ca_sha256(), ca);
  ExpectOneLedger(*service, data);
}

TEST(LaterStart, ASecondOneIsRefused) {
  TempDir directory;
  auto service = StartService(OptionsFor(directory / "data"));
  const auto second = Service::Start(OptionsFor(directory / "data"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kInUse);
  EXPECT_EQ(Whoami(directory / "data").exit, 0) << "the first one goes on";
}

TEST(LaterStart, AnAddressInUseIsNamed) {
  TempDir one, two;
  auto service = StartService(OptionsFor(one / "data"));
  ServiceOptions options = OptionsFor(two / "data");
  options.management = service->management_url().substr(std::string("https://").size());
  const auto second = Service::Start(options);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kIo);
  EXPECT_NE(second.error().detail.find(options.management), std::string::npos)
      << second.error().detail;
}

// As the store of sealing keys was before it said of which ledger it is.
void Unbind(const fs::path& subjects) {
  const auto resources = rocks::Resources::Create();
  auto db = rocks::Database::Open(subjects, rocks::CommonOptions(resources),
                                  {{"keys", rocksdb::ColumnFamilyOptions()}},
                                  rocks::Mode::kReadWrite, "the keys");
  ASSERT_TRUE(db);
  ASSERT_TRUE((**db)->Delete(rocks::SyncedWrite(), (*db)->family(0), "ledger").ok());
}

TEST(LaterStart, SealingKeysFromBeforeTheyWereMarkedAreMarked) {
  testing::Served served;
  served.AddGateway("hq");
  served.Stop();
  Unbind(served.data() / "subjects");
  served.StartAgain();
  served.Stop();
  const auto subjects = Subjects::Open(served.data() / "subjects", rocks::Resources::Create(),
                                       Subjects::Access::kRead);
  ASSERT_TRUE(subjects);
  EXPECT_TRUE((*subjects)->BoundTo()->has_value());
}

// Also for a command that only rebuilds, and every time.
TEST(LaterStart, MissingSealingKeysAreNotMadeAnew) {
  testing::Served served;
  served.AddGateway("hq");
  served.Stop();
  const fs::path subjects = served.data() / "subjects";
  fs::rename(subjects, served.Scratch("aside"));
  for (int i = 0; i < 2; ++i) {
    for (const std::vector<std::string>& row :
         std::vector<std::vector<std::string>>{{"replay"}, {"replay", "--check"}}) {
      const Ran ran = served.Run(row);
      EXPECT_EQ(ran.exit, 5);
      EXPECT_NE(ran.err.find("put back the subjects/"), std::string::npos) << ran.err;
    }
    EXPECT_FALSE(Service::Start(OptionsFor(served.data())));
    EXPECT_FALSE(fs::exists(subjects));
  }
  fs::rename(served.Scratch("aside"), subjects);
  served.StartAgain();
}

// Each row damages a directory that was served; the next start must say what is wrong.
TEST(LaterStart, WhatIsLostOrForeignIsSaid) {
  const auto remove = [](const char* name) {
    return [name](const fs::path& data) { fs::remove_all(data / name); };
  };
  const auto write = [](const char* name, const char* text) {
    return [name, text](const fs::path& data) { std::ofstream(data / name) << text; };
  };
  // Of another ledger that was made the same way.
  const auto swap = [](std::vector<const char*> names) {
    return [names](const fs::path& data) {
      const fs::path other = data.parent_path() / "other";
      StartService(OptionsFor(other)).reset();
      for (const char* name : names) {
        fs::remove_all(data / name);
        fs::copy(other / name, data / name, fs::copy_options::recursive);
      }
    };
  };
  const struct {
    const char* name;
    std::function<void(const fs::path&)> damage;
    const char* said;
  } rows[] = {
      {"no master key", remove("secrets/master-key"), "--new-master-key"},
      {"no CA key", remove("secrets/ca.key"), "ca.key"},
      {"no CA certificate", remove("secrets/ca.crt"), "ca.crt"},
      {"no checkpoint key", remove("secrets/checkpoint.key"), "checkpoint.key"},
      {"no secrets at all", remove("secrets"), "master-key"},
      {"no ledger", remove("ledger"), "backup"},
      {"damaged master key", write("secrets/master-key", "0123"), "master-key"},
      {"damaged checkpoint key", write("secrets/checkpoint.key", "x"), "checkpoint.key"},
      {"damaged CA key", write("secrets/ca.key", "x"), ""},
      {"secrets of another CA", swap({"secrets/ca.key", "secrets/ca.crt"}), "CA"},
      {"another checkpoint key", swap({"secrets/checkpoint.key"}), "checkpoint.key"},
      {"another ledger", swap({"ledger"}), "mixed up"},
      {"another ledger and secrets", swap({"ledger", "secrets"}), "mixed up"},
      {"another ledger, secrets and sealing keys", swap({"ledger", "secrets", "subjects"}),
       "mixed up"},
      {"no sealing keys", remove("subjects"), "is missing. Nothing was changed: put back"},
      {"sealing keys without CURRENT", remove("subjects/CURRENT"), "put back the subjects/"},
      {"sealing keys of another ledger", swap({"subjects"}), "of another ledger. Nothing was"},
      {"sealing keys of another ledger, neither marked",
       [swap](const fs::path& data) {
         swap({"subjects"})(data);
         Unbind(data / "subjects");
       },
       "of another ledger. Nothing was"},
      {"a secret for all to read",
       [](const fs::path& data) {
         fs::permissions(data / "secrets" / "master-key", fs::perms::others_read,
                         fs::perm_options::add);
       },
       "chmod 600"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    TempDir directory;
    const fs::path data = directory / "data";
    StartService(OptionsFor(data)).reset();
    row.damage(data);
    const auto started = Service::Start(OptionsFor(data));
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, ErrorCode::kUnusable) << started.error().detail;
    EXPECT_NE(started.error().detail.find(row.said), std::string::npos) << started.error().detail;
  }
}

TEST(LaterStart, ALostMasterKeyCostsOnlyTheShowing) {
  testing::Served served;
  const std::string key = served.AddGateway("hq");
  served.Stop();
  fs::remove(served.data() / "secrets" / "master-key");
  ServiceOptions options = OptionsFor(served.data());
  options.ledger.new_master_key = true;
  auto service = StartService(options);
  ASSERT_EQ(service->ledger().warnings().size(), 1u);
  EXPECT_NE(service->ledger().warnings()[0].find("cannot be shown"), std::string::npos);
  const Ran registered =
      Cli({"register", "--url", service->gateways_url(), "--ca-fingerprint", service->ca_sha256(),
           "--key-file", "-", "--out", served.Scratch("out").string()},
          key);
  EXPECT_EQ(registered.exit, 0) << registered.err;
}

TEST(LaterStart, TheOwnerTokenFileMayBeMovedAway) {
  testing::Served served;
  const std::string token = served.Token();
  served.Stop();
  fs::remove(served.data() / "secrets" / "owner-token");
  served.StartAgain();
  EXPECT_EQ(Cli({"whoami", "--data", served.data().string(), "--token", token}).exit, 0);
}

TEST(GivenCa, SignsAndIsNeededAgain) {
  TempDir directory;
  crypto::SystemRandom random;
  const auto material =
      crypto::CertificateAuthority::Create("Acme Issuing CA", SystemClock().Now(), random);
  ASSERT_TRUE(crypto::WriteFileDurably(directory / "ca.pem", material.certificate_pem, false));
  ASSERT_TRUE(crypto::WriteFileDurably(directory / "ca.key", material.key_pem.view(), true));
  ServiceOptions options = OptionsFor(directory / "data");
  options.ledger.ca_certificate = directory / "ca.pem";
  options.ledger.ca_key = directory / "ca.key";
  {
    auto service = StartService(options);
    EXPECT_EQ(service->ledger().ca().certificate_pem(), material.certificate_pem);
    EXPECT_FALSE(fs::exists(directory / "data" / "secrets" / "ca.key")) << "stays where it lies";
  }
  StartService(options).reset();
  const auto without = Service::Start(OptionsFor(directory / "data"));
  ASSERT_FALSE(without);
  EXPECT_NE(without.error().detail.find("--ca-cert"), std::string::npos) << without.error().detail;
}

TEST(RunDirectory, IsRenewedAfterAKill) {
  TempDir directory;
  const fs::path data = directory / "data";
  fs::create_directories(data / "run");
  std::ofstream(data / "run" / "pid") << "1\n";
  std::ofstream(data / "run" / "management") << "https://127.0.0.1:1\n";
  auto service = StartService(OptionsFor(data));
  EXPECT_EQ(Whoami(data).exit, 0);
  service->Stop(std::chrono::seconds(1));
  EXPECT_FALSE(fs::exists(data / "run"));
}

}  // namespace
}  // namespace latchkey::tools
