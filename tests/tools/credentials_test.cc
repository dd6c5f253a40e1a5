// Secrets out of systemd's credentials: every one of them can come from there, and nothing is ever
// written there.
#include <algorithm>
#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "core/crypto/files.h"
#include "core/crypto/random.h"
#include "tests/tools/served.h"
#include "tools/ledger/secret_files.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using testing::Cli;
using testing::OptionsFor;
using testing::Ran;
using testing::StartService;

constexpr const char* kNames[] = {"master-key", "ca.key", "ca.crt", "checkpoint.key",
                                  "owner-token"};

// What systemd gives to the service's process, for as long as this lives.
class Credentials {
 public:
  explicit Credentials(const fs::path& directory) {
    ::setenv("CREDENTIALS_DIRECTORY", directory.c_str(), 1);
  }
  ~Credentials() { ::unsetenv("CREDENTIALS_DIRECTORY"); }
};

class CredentialsTest : public ::testing::Test {
 protected:
  CredentialsTest() {
    fs::create_directories(credentials_);
    options_.ledger.credentials = credentials_;
  }

  // As systemd leaves it: the mask of an access control list shows as the group's mode.
  void Move(const std::string& name, const std::string& as = "") {
    const fs::path to = credentials_ / (as.empty() ? name : as);
    fs::copy_file(data_ / "secrets" / name, to);
    fs::remove(data_ / "secrets" / name);
    fs::permissions(to, fs::perms::owner_read | fs::perms::group_read);
  }
  std::string Read(const fs::path& path) const { return *crypto::ReadSmallFile(path); }
  Ran Run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--data", data_.string()});
    return Cli(arguments);
  }

  latchkey::testing::TempDir directory_;
  const fs::path data_ = directory_ / "data";
  const fs::path credentials_ = directory_ / "credentials";
  ServiceOptions options_ = OptionsFor(data_);
};

TEST_F(CredentialsTest, AFirstStartTakesAllOfThemAndWritesNone) {
  const fs::path other = directory_ / "other";
  StartService(OptionsFor(other)).reset();
  for (const char* name : kNames) fs::copy_file(other / "secrets" / name, credentials_ / name);
  auto service = StartService(options_);
  EXPECT_TRUE(fs::is_empty(data_ / "secrets"));
  EXPECT_EQ(service->ledger().ca().certificate_pem(), Read(credentials_ / "ca.crt"));
  const Ran who = Run({"whoami", "--token-file", (credentials_ / "owner-token").string()});
  EXPECT_EQ(who.exit, 0) << who.err;
}

class EachCredential : public CredentialsTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(EachCredential, IsTakenInsteadOfTheFile) {
  const std::string name = GetParam();
  std::string ca;
  {
    auto service = StartService(options_);
    ca = service->ca_sha256();
  }
  Move(name);
  auto service = StartService(options_);
  EXPECT_EQ(service->ca_sha256(), ca);
  EXPECT_TRUE(service->ledger().warnings().empty());
  EXPECT_FALSE(fs::exists(data_ / "secrets" / name)) << "it is not written again";
  service.reset();
  if (name == "owner-token") return;  // the ledger holds its hash, and needs the file no more
  ServiceOptions without = options_;
  without.ledger.credentials.clear();
  const auto lost = Service::Start(without);
  ASSERT_FALSE(lost);
  EXPECT_NE(lost.error().detail.find(name), std::string::npos) << lost.error().detail;
  EXPECT_NE(lost.error().detail.find("CREDENTIALS_DIRECTORY"), std::string::npos);
}

TEST_P(EachCredential, ComesBeforeTheFile) {
  StartService(options_).reset();
  const std::string name = GetParam();
  std::ofstream(credentials_ / name) << "damaged";
  fs::permissions(credentials_ / name, fs::perms::owner_read);
  const auto started = Service::Start(options_);
  EXPECT_EQ(started.has_value(), name == "owner-token");
}

TEST_P(EachCredential, IsNoSecretWhenEveryoneCanReadIt) {
  const std::string name = GetParam();
  StartService(options_).reset();
  Move(name);
  fs::permissions(credentials_ / name, fs::perms::others_read, fs::perm_options::add);
  const auto started = Service::Start(options_);
  if (name == "owner-token") return;
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().detail.find(name), std::string::npos) << started.error().detail;
}

std::string Name(const ::testing::TestParamInfo<const char*>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '.', '_');
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Names, EachCredential, ::testing::ValuesIn(kNames), Name);

// Follows the refusal's instructions exactly.
TEST_F(CredentialsTest, AMasterKeyIsRotatedByHand) {
  std::string key;
  {
    auto service = StartService(options_);
    ASSERT_EQ(Run({"account", "open", "acme"}).exit, 0);
    key = testing::WordAfter(Run({"gateway", "add", "acme", "hq"}).out, "Registration key");
  }
  Move("master-key");
  std::string kept;
  {
    const Credentials given(credentials_);
    const Ran refused = Run({"rotate", "master-key"});
    EXPECT_EQ(refused.exit, 5);
    kept = testing::WordAfter(refused.err, "the name");
    EXPECT_TRUE(kept.starts_with(kEarlierMasterKeyPrefix)) << refused.err;
  }
  fs::rename(credentials_ / "master-key", credentials_ / kept);
  std::ofstream(credentials_ / "master-key") << std::string(64, 'a') << '\n';
  fs::permissions(credentials_ / "master-key", fs::perms::owner_read);

  auto service = StartService(options_);
  EXPECT_TRUE(service->ledger().warnings().empty());
  const Ran shown = Run({"key", "show", "acme/hq"});
  EXPECT_EQ(shown.out.substr(0, key.size()), key) << shown.err;
  EXPECT_EQ(service->ledger().RetireMasterKeys()->size(), 0u);
  ASSERT_EQ(Run({"key", "revoke", "acme/hq", "--yes"}).exit, 0);
  const auto retired = service->ledger().RetireMasterKeys();
  ASSERT_EQ(retired->size(), 1u);
  EXPECT_NE(retired->front().find(kept), std::string::npos) << retired->front();
  EXPECT_TRUE(fs::exists(credentials_ / kept)) << "it is its owner's to take away";
}

TEST_F(CredentialsTest, ACaIsRotatedByHand) {
  StartService(options_).reset();
  for (const char* name : {"ca.key", "ca.crt"}) Move(name);
  const Credentials given(credentials_);
  const Ran refused = Run({"rotate", "ca"});
  EXPECT_EQ(refused.exit, 5);
  EXPECT_NE(refused.err.find("--ca-cert"), std::string::npos) << refused.err;

  crypto::SystemRandom random;
  const auto now = SystemClock().Now();
  const auto before = crypto::CertificateAuthority::Load(
      {Read(credentials_ / "ca.crt"), crypto::Secret(Read(credentials_ / "ca.key"))});
  ASSERT_TRUE(before);
  const auto next = (*before)->CreateSuccessor(now, random);
  ASSERT_TRUE(crypto::WriteFileDurably(directory_ / "next.crt", next.certificate_pem, false));
  ASSERT_TRUE(crypto::WriteFileDurably(directory_ / "next.key", next.key_pem.view(), true));
  const Ran rotated = Run({"rotate", "ca", "--ca-cert", (directory_ / "next.crt").string(),
                           "--ca-key", (directory_ / "next.key").string()});
  ASSERT_EQ(rotated.exit, 0) << rotated.err;
  const auto stale = Service::Start(options_);
  ASSERT_FALSE(stale);
  EXPECT_NE(stale.error().detail.find("rotated away"), std::string::npos) << stale.error().detail;

  fs::rename(directory_ / "next.crt", credentials_ / "ca.crt");
  fs::rename(directory_ / "next.key", credentials_ / "ca.key");
  fs::permissions(credentials_ / "ca.crt", fs::perms::owner_read);
  EXPECT_EQ(StartService(options_)->ledger().ca().certificate_pem(), next.certificate_pem);
}

}  // namespace
}  // namespace latchkey::tools
