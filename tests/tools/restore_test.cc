// latchkey restore: a directory from a backup, what is void in it, and every backup that is
// refused.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/base32.h"
#include "core/base/big_endian.h"
#include "core/log/note.h"
#include "tests/support/fakes.h"
#include "tests/tools/served.h"
#include "tools/backup/manifest.h"
#include "tools/client/json.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using latchkey::testing::ReadFile;
using latchkey::testing::TempDir;
using testing::AllEvents;
using testing::Cli;
using testing::CountOf;
using ::testing::HasSubstr;
using testing::kFirstVolume;
using testing::OptionsFor;
using testing::Ran;
using testing::Served;
using testing::StartService;

void WriteSecret(const fs::path& file, const std::string& content) {
  std::ofstream(file) << content;
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
}

Ran Restore(const fs::path& backup, const fs::path& data, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments{"restore", backup.string(), "--data", data.string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return Cli(arguments);
}

// A stopped ledger with a backup that holds its secrets, made once; each test has its own copy.
class BackedUp {
 public:
  BackedUp() {
    Served served;
    served.AddRegistered("paris");
    served.AddGateway("lyon");
    WriteSecret(directory_ / "passphrase", "correct horse\n");
    const Ran ran = served.Run({"backup", (directory_ / "backup").string(), "--passphrase-file",
                                (directory_ / "passphrase").string()});
    EXPECT_EQ(ran.exit, 0) << ran.err;
    size = served.service().ledger().log().size();
    const domain::LedgerRow& row = served.service().ledger().row();
    key = log::VerifierKey({row.origin(), row.checkpoint_public_key()});
    served.AddGateway("lost");
    served.Stop();
    fs::copy(served.data(), directory_ / "data", fs::copy_options::recursive);
  }
  static const BackedUp& Once() {
    static const BackedUp made;
    return made;
  }
  fs::path operator/(const char* name) const { return directory_ / name; }

  std::uint64_t size = 0;
  std::string key;

 private:
  TempDir directory_;
};

class RestoreTest : public ::testing::Test {
 protected:
  RestoreTest() {
    fs::copy(backed_up_ / "backup", backup_, fs::copy_options::recursive);
    passphrase_ = {"--passphrase-file", (backed_up_ / "passphrase").string()};
  }
  std::vector<std::string> With(std::vector<std::string> more) const {
    more.insert(more.end(), passphrase_.begin(), passphrase_.end());
    return more;
  }
  // Nothing is left behind by a restore that was refused.
  void ExpectRefused(const Ran& ran, const std::string& words) const {
    EXPECT_EQ(ran.exit, 5) << ran.out;
    EXPECT_THAT(ran.err, HasSubstr(words));
    EXPECT_FALSE(fs::exists(data_ / "ledger"));
    EXPECT_FALSE(fs::exists(directory_ / ".restored.restoring"));
  }

  const BackedUp& backed_up_ = BackedUp::Once();
  TempDir directory_;
  fs::path backup_ = directory_ / "backup";
  fs::path data_ = directory_ / "restored";
  std::vector<std::string> passphrase_;
};

TEST_F(RestoreTest, GoesOnAsANewEpoch) {
  const Ran ran = Restore(backup_, data_, passphrase_);
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const auto service = StartService(OptionsFor(data_));
  const std::vector<events::Event> events = AllEvents(*service);
  ASSERT_GT(events.size(), backed_up_.size);
  const events::Event& restored = events[backed_up_.size];
  ASSERT_TRUE(restored.has_ledger_restored());
  EXPECT_EQ(restored.ledger_restored().size(), backed_up_.size);
  EXPECT_EQ(restored.ledger_restored().known_size(), backed_up_.size);
  EXPECT_EQ(restored.ledger_restored().previous_origin(), events[0].ledger_created().origin());
  EXPECT_EQ(service->ledger().row().epoch(), restored.ledger_restored().epoch());
  EXPECT_THAT(ran.out,
              HasSubstr(text::ToBase32(service->ledger().row().epoch(), text::kBase32Lower)));
  const Ran listed = Cli({"gateway", "list", "--data", data_.string()});
  EXPECT_EQ(listed.exit, 0) << listed.err;
  EXPECT_THAT(listed.out, HasSubstr("paris"));
  EXPECT_THAT(listed.out, ::testing::Not(HasSubstr("lost")));
  EXPECT_EQ(Cli({"verify", "--data", data_.string()}).exit, 0);
}

TEST_F(RestoreTest, TheOwnerTokenIsAnother) {
  ASSERT_EQ(Restore(backup_, data_, passphrase_).exit, 0);
  const fs::path before = backed_up_ / "data" / "secrets" / "owner-token";
  EXPECT_NE(ReadFile(data_ / "secrets" / "owner-token"), ReadFile(before));
  const auto service = StartService(OptionsFor(data_));
  EXPECT_EQ(Cli({"whoami", "--data", data_.string()}).exit, 0);
  EXPECT_EQ(Cli({"whoami", "--data", data_.string(), "--token-file", before.string()}).exit, 3);
}

TEST_F(RestoreTest, ReadsWhatWasSealed) {
  ASSERT_EQ(Restore(backup_, data_, passphrase_).exit, 0);
  const auto service = StartService(OptionsFor(data_));
  const auto events = AllEvents(*service);
  EXPECT_TRUE(service->ledger().subjects().Open(events[1].sealed()));
}

TEST_F(RestoreTest, WithoutSubjectsWhatWasSealedIsLost) {
  const Ran ran = Restore(backup_, data_, With({"--without-subjects"}));
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const auto service = StartService(OptionsFor(data_));
  const auto events = AllEvents(*service);
  EXPECT_FALSE(service->ledger().subjects().Open(events[1].sealed()));
  EXPECT_EQ(Cli({"gateway", "add", "acme", "nice", "--data", data_.string()}).exit, 0);
}

// The second restore is of a backup that holds the first.
TEST_F(RestoreTest, TwiceInARow) {
  ASSERT_EQ(Restore(backup_, data_, passphrase_).exit, 0);
  std::uint64_t size = 0;
  std::string first_epoch;
  {
    const auto service = StartService(OptionsFor(data_));
    EXPECT_EQ(Cli({"gateway", "add", "acme", "nice", "--data", data_.string()}).exit, 0);
    size = service->ledger().log().size();
    first_epoch = service->ledger().row().epoch();
    std::vector<std::string> backup{"backup", (directory_ / "second").string(), "--data",
                                    data_.string()};
    backup.insert(backup.end(), passphrase_.begin(), passphrase_.end());
    const Ran ran = Cli(backup);
    EXPECT_EQ(ran.exit, 0) << ran.err;
    backup[1] = backup_.string();
    EXPECT_EQ(Cli(backup).exit, 5) << "the backup of the epoch before is not extended";
  }
  const fs::path again = directory_ / "again";
  const Ran ran = Restore(directory_ / "second", again, passphrase_);
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const auto service = StartService(OptionsFor(again));
  EXPECT_EQ(CountOf(*service, events::Event::kLedgerRestored), 2u);
  EXPECT_EQ(service->ledger().log().epoch_start(), size);
  EXPECT_NE(service->ledger().row().epoch(), first_epoch);
  EXPECT_EQ(Cli({"verify", "--data", again.string()}).exit, 0);
}

TEST_F(RestoreTest, ADirectoryThatWasRestoredIsServedAgain) {
  ASSERT_EQ(Restore(backup_, data_, passphrase_).exit, 0);
  for (int i = 0; i < 2; ++i) {
    const auto service = StartService(OptionsFor(data_));
    EXPECT_TRUE(service->ledger().warnings().empty());
  }
  EXPECT_EQ(Cli({"verify", "--data", data_.string()}).exit, 0);
}

TEST_F(RestoreTest, NeverReplacesALedger) {
  ASSERT_EQ(Restore(backup_, data_, passphrase_).exit, 0);
  const std::string token = ReadFile(data_ / "secrets" / "owner-token");
  const Ran ran = Restore(backup_, data_, passphrase_);
  EXPECT_EQ(ran.exit, 5);
  EXPECT_THAT(ran.err, HasSubstr("never replaces a ledger"));
  EXPECT_EQ(ReadFile(data_ / "secrets" / "owner-token"), token);
}

TEST_F(RestoreTest, DropsWhatAKilledRestoreLeft) {
  fs::create_directories(directory_ / ".restored.restoring" / "ledger");
  std::ofstream(directory_ / ".restored.restoring" / "ledger" / "CURRENT") << "torn";
  const Ran ran = Restore(backup_, data_, passphrase_);
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_FALSE(fs::exists(directory_ / ".restored.restoring"));
}

TEST_F(RestoreTest, TwoAtATimeAreRefused) {
  fs::create_directory(directory_ / ".restored.restoring");
  const int held = ::open((directory_ / ".restored.restoring").c_str(), O_RDONLY | O_DIRECTORY);
  ASSERT_EQ(::flock(held, LOCK_EX), 0);
  const Ran ran = Restore(backup_, data_, passphrase_);
  ::close(held);
  EXPECT_EQ(ran.exit, 5);
  EXPECT_THAT(ran.err, HasSubstr("Another process"));
}

TEST_F(RestoreTest, RegistrationsAreListedAndAccepted) {
  ASSERT_EQ(Restore(backup_, data_, passphrase_).exit, 0);
  const auto service = StartService(OptionsFor(data_));
  const auto run = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "registrations");
    arguments.insert(arguments.end(), {"--data", data_.string()});
    return Cli(arguments);
  };
  const Ran listed = run({"list", "--restored"});
  EXPECT_EQ(listed.exit, 0) << listed.err;
  EXPECT_THAT(listed.out, HasSubstr("paris"));
  EXPECT_THAT(listed.out, ::testing::Not(HasSubstr("lyon")));
  EXPECT_THAT(listed.err, HasSubstr("deregistered or removed after the backup is listed too"));
  EXPECT_THAT(Cli({"gateway", "show", "acme/paris", "--data", data_.string()}).out,
              HasSubstr("to be accepted after the restore"));
  EXPECT_EQ(run({"accept"}).exit, 2);
  EXPECT_EQ(run({"accept", "--all", "--account", "acme"}).exit, 2);
  EXPECT_EQ(run({"accept", "acme/nowhere"}).exit, 3);
  EXPECT_EQ(run({"accept", "acme/paris"}).out.substr(0, 20), "Accepted acme/paris ");
  EXPECT_EQ(run({"list", "--restored"}).out, "No registration waits for acceptance.\n");
  EXPECT_THAT(run({"list"}).out, HasSubstr("paris"));
  EXPECT_EQ(run({"accept", "--account", "acme"}).exit, 0);
  EXPECT_EQ(run({"accept", "--account", "globex"}).exit, 3);
  EXPECT_EQ(run({"accept", "--all"}).exit, 0);
}

TEST_F(RestoreTest, SaysWhichFilesToBring) {
  ExpectRefused(Restore(backup_, data_), "Give --passphrase-file");
  fs::remove(backup_ / "confidential");
  const Ran ran = Restore(backup_, data_);
  ExpectRefused(ran, "secrets/ca.key and secrets/ca.crt");
  EXPECT_THAT(ran.err, HasSubstr("its subjects/"));
}

TEST_F(RestoreTest, TakesWhatWasBrought) {
  fs::remove(backup_ / "confidential");
  fs::create_directory(data_);
  for (const char* folder : {"secrets", "subjects"}) {
    fs::copy(backed_up_ / "data" / folder, data_ / folder, fs::copy_options::recursive);
  }
  const Ran ran = Restore(backup_, data_);
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_FALSE(fs::exists(directory_ / ".restored.restoring"));
  const auto service = StartService(OptionsFor(data_));
  EXPECT_TRUE(service->ledger().subjects().Open(AllEvents(*service)[1].sealed()));
}

TEST_F(RestoreTest, RefusesTheWrongPassphrase) {
  WriteSecret(directory_ / "wrong", "battery staple\n");
  ExpectRefused(Restore(backup_, data_, {"--passphrase-file", (directory_ / "wrong").string()}),
                "the passphrase is wrong");
}

TEST_F(RestoreTest, HoldsTheBackupAgainstTheKeyGiven) {
  Served other;
  const domain::LedgerRow& row = other.service().ledger().row();
  const std::string wrong = log::VerifierKey({row.origin(), row.checkpoint_public_key()});
  ExpectRefused(Restore(backup_, data_, With({"--vkey", wrong})), "another ledger or epoch");
  EXPECT_EQ(Restore(backup_, data_, With({"--vkey", "nonsense"})).exit, 2);
  std::ofstream(directory_ / "vkey") << backed_up_.key << "\n";
  const Ran ran = Restore(backup_, data_, With({"--vkey", "@" + (directory_ / "vkey").string()}));
  EXPECT_EQ(ran.exit, 0) << ran.err;
}

TEST_F(RestoreTest, RecordsTheHighestCheckpointKnown) {
  const fs::path checkpoint = backed_up_ / "data" / "checkpoint";
  const Ran ran = Restore(backup_, data_, With({"--checkpoint", checkpoint.string()}));
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("Lost: 2 events"));
  const auto service = StartService(OptionsFor(data_));
  const auto events = AllEvents(*service);
  EXPECT_EQ(events[backed_up_.size].ledger_restored().known_size(), backed_up_.size + 2);
}

TEST_F(RestoreTest, RefusesTheCheckpointOfAnotherLedger) {
  Served other;
  other.Stop();
  const Ran ran =
      Restore(backup_, data_, With({"--checkpoint", (other.data() / "checkpoint").string()}));
  ExpectRefused(ran, "The checkpoint given");
}

struct Damage {
  const char* name;
  std::function<void(const fs::path& backup)> happen;
  const char* said;
};

void PrintTo(const Damage& damage, std::ostream* out) { *out << damage.name; }

void Flip(const fs::path& file, std::uint64_t at) {
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(bytes.get() ^ 1);
  bytes.seekp(static_cast<std::streamoff>(at));
  bytes.put(byte);
}

void Replace(const fs::path& file, const std::string& from, const std::string& to) {
  std::string content = ReadFile(file);
  content.replace(content.find(from), from.size(), to);
  std::ofstream(file, std::ios::binary) << content;
}

const Damage kDamages[] = {
    {"flipped_entry", [](const fs::path& b) { Flip(b / "ledger" / kFirstVolume, 40); },
     "are not those of the manifest"},
    {"flipped_length", [](const fs::path& b) { Flip(b / "ledger" / kFirstVolume, 0); },
     "an impossible length"},
    {"cut_volume", [](const fs::path& b) { fs::resize_file(b / "ledger" / kFirstVolume, 100); },
     "is cut short"},
    {"missing_volume", [](const fs::path& b) { fs::remove(b / "ledger" / kFirstVolume); },
     "is missing"},
    {"missing_volumes", [](const fs::path& b) { fs::remove_all(b / "ledger"); }, "is missing"},
    {"missing_manifest", [](const fs::path& b) { fs::remove(b / "manifest"); },
     "it has no manifest"},
    {"flipped_manifest",
     [](const fs::path& b) { Flip(b / "manifest", fs::file_size(b / "manifest") - 10); },
     "The manifest of the backup is damaged"},
    {"flipped_confidential", [](const fs::path& b) { Flip(b / "confidential", 200); },
     "the passphrase is wrong, or the file is damaged"},
    {"linked_volume",
     [](const fs::path& b) {
       fs::rename(b / "ledger" / kFirstVolume, b / "elsewhere");
       fs::create_symlink("../elsewhere", b / "ledger" / kFirstVolume);
     },
     "is not a regular file"},
    {"linked_volumes",
     [](const fs::path& b) {
       fs::rename(b / "ledger", b / "elsewhere");
       fs::create_symlink("elsewhere", b / "ledger");
     },
     "is not a directory"},
    {"linked_manifest",
     [](const fs::path& b) {
       fs::rename(b / "manifest", b / "elsewhere");
       fs::create_symlink("elsewhere", b / "manifest");
     },
     "is not a regular file"},
    {"pipe",
     [](const fs::path& b) {
       fs::remove(b / "ledger" / kFirstVolume);
       ASSERT_EQ(::mkfifo((b / "ledger" / kFirstVolume).c_str(), 0600), 0);
     },
     "is not a regular file"},
    {"large_manifest", [](const fs::path& b) { fs::resize_file(b / "manifest", 100'000); },
     "is too large"},
    {"path_that_leads_out",
     [](const fs::path& b) { Replace(b / "manifest", "\nledger/00000", "\n../other/00000"); },
     "The manifest of the backup is damaged"},
    {"size_that_lies",
     [](const fs::path& b) { Replace(b / "manifest", ".entries ", ".entries 1"); }, "is cut short"},
    {"length_that_lies",
     [](const fs::path& b) {
       const std::string entries = ReadFile(b / "ledger" / kFirstVolume);
       std::uint64_t last = 0;
       for (std::uint64_t at = 0; at < entries.size();) {
         last = at;
         at += kLengthBytes + GetNumber(std::string_view(entries).substr(at, kLengthBytes));
       }
       Flip(b / "ledger" / kFirstVolume, last + 2);  // 256 bytes more or less
     },
     "within an entry"},
};

class DamagedBackupTest : public RestoreTest, public ::testing::WithParamInterface<Damage> {};

TEST_P(DamagedBackupTest, IsRefusedInWords) {
  GetParam().happen(backup_);
  ExpectRefused(Restore(backup_, data_, passphrase_), GetParam().said);
}

INSTANTIATE_TEST_SUITE_P(Backups, DamagedBackupTest, ::testing::ValuesIn(kDamages),
                         [](const auto& row) { return std::string(row.param.name); });

// One byte of each word of the manifest and of its gaps; of a volume some of each part of an entry.
std::vector<std::uint64_t> PlacesIn(const std::string& name, const std::string& content,
                                    latchkey::testing::SeededRandom& random) {
  std::vector<std::uint64_t> places;
  if (name == "manifest") {
    for (std::uint64_t from = 0; from < content.size();) {
      const auto end = std::min(content.find_first_of(" \n", from), content.size() - 1);
      if (end > from) places.push_back(from + random.Below(end - from));
      places.push_back(end);
      from = end + 1;
    }
    return places;
  }
  for (std::uint64_t part = 0; part < 10; ++part) {
    const std::uint64_t from = content.size() * part / 10;
    places.push_back(from + random.Below(content.size() / 10));
  }
  for (std::uint64_t at = 0; at < kLengthBytes; ++at) places.push_back(at);
  places.push_back(content.size() - 1);
  return places;
}

// Secrets are brought, so that no passphrase has to be stretched each time; the confidential part
// has a test of every byte (ConfidentialTest.RefusesEveryChangedByte).
TEST_F(RestoreTest, RefusesAChangedByteOfAnyFile) {
  latchkey::testing::SeededRandom random;
  fs::remove(backup_ / "confidential");
  fs::create_directory(data_);
  for (const char* folder : {"secrets", "subjects"}) {
    fs::copy(backed_up_ / "data" / folder, data_ / folder, fs::copy_options::recursive);
  }
  for (const auto& entry : fs::recursive_directory_iterator(backup_)) {
    if (!entry.is_regular_file()) continue;
    const fs::path file = entry.path();
    const std::string content = ReadFile(file);
    for (const std::uint64_t at : PlacesIn(file.filename().string(), content, random)) {
      SCOPED_TRACE(file.filename().string() + " at " + std::to_string(at));
      Flip(file, at);
      const Ran ran = Restore(backup_, data_);
      EXPECT_EQ(ran.exit, 5) << ran.out << ran.err;
      EXPECT_FALSE(fs::exists(data_ / "ledger"));
      Flip(file, at);
    }
  }
  EXPECT_EQ(Restore(backup_, data_).exit, 0) << "each byte was put back";
}

TEST_F(RestoreTest, RefusesATruncatedArchive) {
  latchkey::testing::SeededRandom random;
  const Ran packed = Cli({"backup", "-", "--data", (backed_up_ / "data").string(),
                          "--passphrase-file", (backed_up_ / "passphrase").string()});
  ASSERT_EQ(packed.exit, 0) << packed.err;
  const std::uint64_t used = packed.out.find_last_not_of('\0') + 1;
  for (int i = 0; i < 6; ++i) {
    const std::uint64_t kept = random.Below(used);
    SCOPED_TRACE(kept);
    const fs::path archive = directory_ / "cut.tar";
    const fs::path unpacked = directory_ / ("unpacked" + std::to_string(i));
    std::ofstream(archive, std::ios::binary) << packed.out.substr(0, kept);
    fs::create_directory(unpacked);
    const std::string command =
        "tar -C " + unpacked.string() + " -xf " + archive.string() + " 2>&1";
    // It unpacks what there is, and may complain of the rest.
    const int ended = std::system(command.c_str());
    ASSERT_NE(ended, -1);
    ExpectRefused(Restore(unpacked, data_, passphrase_), "backup");
  }
}

TEST_F(RestoreTest, RefusesADirectoryWithoutABackup) {
  fs::create_directory(directory_ / "empty");
  ExpectRefused(Restore(directory_ / "empty", data_), "is not a complete backup");
}

}  // namespace
}  // namespace latchkey::tools
