// latchkey backup: beside a running server, again and again into one directory, and what it
// refuses.
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/limits.h"
#include "core/log/note.h"
#include "tests/tools/served.h"
#include "tools/backup/backup_directory.h"
#include "tools/backup/confidential.h"
#include "tools/backup/manifest.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using latchkey::testing::ReadFile;
using ::testing::HasSubstr;
using testing::kFirstVolume;
using testing::Ran;
using testing::Served;

Ran BackUp(const Served& served, const fs::path& to, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments{"backup", to.string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return served.Run(arguments);
}

Manifest ManifestIn(const fs::path& backup) {
  const auto manifest = ReadManifest(ReadFile(backup / "manifest"));
  EXPECT_TRUE(manifest) << manifest.error().detail;
  return manifest.value_or(Manifest{"", 0, {Volume()}});
}

// The entries of the backup, in order.
std::vector<std::string> EntriesOfBackup(const fs::path& backup) {
  std::vector<std::string> entries;
  const auto directory = BackupDirectory::OpenToRead(backup);
  for (const Volume& volume : ManifestIn(backup).volumes) {
    auto reader = directory->ReadVolume(volume);
    EXPECT_TRUE(reader) << reader.error().detail;
    for (;;) {
      const auto entry = reader->Next();
      EXPECT_TRUE(entry) << entry.error().detail;
      if (!entry || !*entry) break;
      entries.emplace_back(**entry);
    }
  }
  return entries;
}

TEST(BackupTest, HoldsEveryEntryOfTheServedLedger) {
  Served served;
  served.AddGateway("paris");
  const fs::path to = served.Scratch("backup");
  const Ran ran = BackUp(served, to);
  EXPECT_EQ(ran.exit, 0) << ran.err;
  const log::Head head = served.service().ledger().log().head();
  EXPECT_THAT(ran.out, HasSubstr(std::to_string(head.size) + " events"));
  EXPECT_THAT(ran.err, HasSubstr("secrets/ and subjects/ are not in this backup"));
  EXPECT_EQ(ManifestIn(to).head(), head);
  const std::vector<std::string> entries = EntriesOfBackup(to);
  ASSERT_EQ(entries.size(), head.size);
  for (std::uint64_t sequence = 0; sequence < head.size; ++sequence) {
    EXPECT_EQ(entries[sequence], *served.service().ledger().log().Read(sequence));
  }
  EXPECT_EQ(fs::status(to).permissions(), fs::perms::owner_all);
}

TEST(BackupTest, IsSignedUnderTheNameOfTheLedgersBackups) {
  Served served;
  const fs::path to = served.Scratch("backup");
  ASSERT_EQ(BackUp(served, to).exit, 0);
  const domain::LedgerRow& row = served.service().ledger().row();
  const std::string note = ReadFile(to / "manifest");
  EXPECT_TRUE(log::OpenNote(note, {row.origin() + "/backup", row.checkpoint_public_key()}));
  EXPECT_TRUE(VerifyManifest(note, {row.origin(), row.checkpoint_public_key()}));
  EXPECT_FALSE(VerifyManifest(note, {row.origin(), std::string(32, 'k')}));
}

TEST(BackupTest, ExtendsTheOneBefore) {
  Served served;
  const fs::path to = served.Scratch("backup");
  ASSERT_EQ(BackUp(served, to).exit, 0);
  const std::string before = ReadFile(to / "ledger" / kFirstVolume);
  served.AddGateway("paris");
  const Ran second = BackUp(served, to);
  EXPECT_EQ(second.exit, 0) << second.err;
  EXPECT_THAT(second.out, HasSubstr(", 2 of them new"));
  EXPECT_TRUE(ReadFile(to / "ledger" / kFirstVolume).starts_with(before));
  EXPECT_EQ(EntriesOfBackup(to).size(), served.service().ledger().log().size());
  const Ran third = BackUp(served, to);
  EXPECT_EQ(third.exit, 0) << third.err;
  EXPECT_THAT(third.out, HasSubstr(", 0 of them new"));
}

// A kill leaves entries behind the manifest, of which perhaps one is torn.
TEST(BackupTest, DropsWhatAKilledBackupLeft) {
  Served served;
  const fs::path to = served.Scratch("backup");
  ASSERT_EQ(BackUp(served, to).exit, 0);
  std::ofstream(to / "ledger" / kFirstVolume, std::ios::app) << "torn";
  std::ofstream(to / ".manifest.abc123") << "torn";
  served.AddGateway("paris");
  EXPECT_EQ(BackUp(served, to).exit, 0);
  EXPECT_EQ(EntriesOfBackup(to).size(), served.service().ledger().log().size());
}

TEST(BackupTest, OnlyOneWritesToADirectory) {
  Served served;
  const fs::path to = served.Scratch("backup");
  ASSERT_EQ(BackUp(served, to).exit, 0);
  const auto other = BackupDirectory::OpenToWrite(to);
  ASSERT_TRUE(other);
  const Ran ran = BackUp(served, to);
  EXPECT_EQ(ran.exit, 5);
  EXPECT_THAT(ran.err, HasSubstr("Another backup writes to"));
}

// Each backup is a prefix of the ledger, whatever is written meanwhile.
TEST(BackupTest, DoesNotStopWrites) {
  Served served;
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    Ledger& ledger = served.service().ledger();
    for (int i = 0; !stop; ++i) {
      EXPECT_TRUE(ledger.Run(domain::AddGateway{"acme", "gw-" + std::to_string(i), 0,
                                                ledger_limits::kDefaultKeyLifetime}));
    }
  });
  std::uint64_t before = 0;
  for (int i = 0; i < 5; ++i) {
    const fs::path to = served.Scratch("backup");
    const Ran ran = BackUp(served, to);
    EXPECT_EQ(ran.exit, 0) << ran.err;
    const std::vector<std::string> entries = EntriesOfBackup(to);
    EXPECT_GT(entries.size(), before);
    before = entries.size();
    for (std::uint64_t sequence = 0; sequence < entries.size(); ++sequence) {
      ASSERT_EQ(entries[sequence], *served.service().ledger().log().Read(sequence));
    }
  }
  stop = true;
  writer.join();
}

TEST(BackupTest, WorksOnALedgerThatNobodyServes) {
  Served served;
  served.Stop();
  EXPECT_EQ(BackUp(served, served.Scratch("backup")).exit, 0);
}

TEST(BackupTest, TakesSecretsAlongOnlyUnderAPassphrase) {
  Served served;
  const fs::path to = served.Scratch("backup");
  const fs::path file = served.Scratch("passphrase");
  ASSERT_EQ(BackUp(served, to).exit, 0);
  EXPECT_FALSE(fs::exists(to / "confidential"));
  std::ofstream(file) << "correct horse\n";
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  const Ran ran = BackUp(served, to, {"--passphrase-file", file.string()});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  const std::string sealed = ReadFile(to / "confidential");
  const std::string key = ReadFile(served.data() / "secrets" / "ca.key");
  EXPECT_EQ(sealed.find(key.substr(30, 40)), std::string::npos);
  const auto part = OpenConfidential(sealed, "correct horse");
  ASSERT_TRUE(part) << part.error().detail;
  EXPECT_EQ(part->secrets.at("ca.key").view(), key);
  EXPECT_FALSE(part->secrets.contains("owner-token"));
  EXPECT_FALSE(part->subjects.empty());
  EXPECT_FALSE(OpenConfidential(sealed, "wrong horse"));
}

TEST(BackupTest, RefusesAPassphraseThatOthersCanRead) {
  Served served;
  const fs::path file = served.Scratch("passphrase");
  std::ofstream(file) << "correct horse\n";
  fs::permissions(file, fs::perms::owner_read | fs::perms::others_read);
  const Ran ran = BackUp(served, served.Scratch("backup"), {"--passphrase-file", file.string()});
  EXPECT_EQ(ran.exit, 1);
  EXPECT_FALSE(fs::exists(served.Scratch("backup")));
}

TEST(BackupTest, RefusesADirectoryOfOtherThings) {
  Served served;
  const fs::path to = served.Scratch("other");
  fs::create_directory(to);
  std::ofstream(to / "letter") << "text";
  const Ran ran = BackUp(served, to);
  EXPECT_EQ(ran.exit, 5);
  EXPECT_THAT(ran.err, HasSubstr("holds other things than a backup"));
  EXPECT_FALSE(fs::exists(to / "manifest"));
}

TEST(BackupTest, RefusesTheBackupOfAnotherLedger) {
  Served one;
  Served other;
  const fs::path to = one.Scratch("backup");
  ASSERT_EQ(BackUp(one, to).exit, 0);
  const std::string before = ReadFile(to / "manifest");
  const Ran ran = BackUp(other, to);
  EXPECT_EQ(ran.exit, 5);
  EXPECT_THAT(ran.err, HasSubstr("a backup of another ledger"));
  EXPECT_EQ(ReadFile(to / "manifest"), before);
}

TEST(BackupTest, RefusesALink) {
  Served served;
  const fs::path to = served.Scratch("backup");
  ASSERT_EQ(BackUp(served, to).exit, 0);
  const fs::path elsewhere = served.Scratch("elsewhere");
  fs::rename(to / "ledger" / kFirstVolume, elsewhere);
  fs::create_symlink(elsewhere, to / "ledger" / kFirstVolume);
  served.AddGateway("paris");
  EXPECT_EQ(BackUp(served, to).exit, 5);
}

TEST(BackupTest, KeepsToItsRate) {
  Served served;
  EXPECT_EQ(BackUp(served, served.Scratch("backup"), {"--rate", "1"}).exit, 0);
  EXPECT_EQ(BackUp(served, served.Scratch("none"), {"--rate", "0"}).exit, 2);
}

TEST(BackupTest, IsATarArchiveOnStandardOutput) {
  Served served;
  const Ran ran = BackUp(served, "-");
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("a tar archive"));
  std::ofstream(served.Scratch("backup.tar"), std::ios::binary) << ran.out;
  const fs::path to = served.Scratch("unpacked");
  fs::create_directory(to);
  const std::string command =
      "tar -C " + to.string() + " -xf " + served.Scratch("backup.tar").string();
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_EQ(EntriesOfBackup(to).size(), served.service().ledger().log().size());
}

}  // namespace
}  // namespace latchkey::tools
