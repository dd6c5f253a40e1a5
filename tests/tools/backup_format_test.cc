// The files of a backup: their golden forms, and whatever is none of them.
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/base64.h"
#include "core/base/hex.h"
#include "core/crypto/ed25519.h"
#include "core/log/tree.h"
#include "tests/support/fakes.h"
#include "tests/support/temp_dir.h"
#include "tests/tools/served.h"
#include "tools/backup/backup_directory.h"
#include "tools/backup/confidential.h"
#include "tools/backup/manifest.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using latchkey::testing::ReadFile;
using latchkey::testing::SeededRandom;
using latchkey::testing::TempDir;
using ::testing::HasSubstr;
using testing::kFirstVolume;

constexpr const char* kOrigin = "latchkey/test/log";

// ---- Golden files: bytes that were once written must stay readable for ever.

crypto::Ed25519Signer Signer() {
  return *crypto::Ed25519Signer::Load(
      "-----BEGIN PRIVATE KEY-----\n"
      "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n"
      "-----END PRIVATE KEY-----\n");
}

// Three entries, and the manifest over them.
const std::vector<std::string> kEntries{"entry 0", "entry 1", "entry 2"};

std::string RootOf(const std::vector<std::string>& entries) {
  log::Tree tree;
  std::vector<log::FullTile> full;
  for (const std::string& entry : entries) tree.Add(log::LeafHash(entry), &full);
  return tree.Root();
}

Manifest ExampleManifest() { return {kOrigin, 1, {{0, 33, {3, RootOf(kEntries)}}}}; }

Confidential ExamplePart() {
  Confidential part;
  part.secrets.emplace("ca.key", crypto::Secret(std::string("key")));
  part.secrets.emplace("ca.crt", crypto::Secret(std::string("certificate")));
  part.secrets.emplace("master-key", crypto::Secret(std::string(64, 'a')));
  part.subjects.push_back({std::string(16, 's'), crypto::Secret(std::string(32, 'k'))});
  return part;
}

fs::path Golden(const std::string& name) { return fs::path(LATCHKEY_GOLDEN_DIR) / "backup" / name; }

std::string Bytes(const std::string& name) {
  std::string hex = ReadFile(Golden(name));
  std::erase(hex, '\n');
  return text::FromHex(hex).value_or("");
}

void WriteHex(const std::string& name, const std::string& bytes) {
  std::ofstream out(Golden(name));
  const std::string hex = text::ToHex(bytes);
  for (std::size_t i = 0; i < hex.size(); i += 96) out << hex.substr(i, 96) << "\n";
}

// What a volume of the example holds, as it is on disk.
std::string WrittenVolume() {
  const TempDir directory;
  const auto backup = BackupDirectory::OpenToWrite(directory / "backup");
  auto writer = backup->ExtendVolume(Volume());
  for (const std::string& entry : kEntries) EXPECT_TRUE(writer->Add(entry));
  EXPECT_TRUE(writer->Finish());
  return ReadFile(directory / "backup" / "ledger" / kFirstVolume);
}

class BackupGolden : public ::testing::Test {
 protected:
  // `LATCHKEY_WRITE_GOLDEN=1 test_tools` writes them; they are never edited later.
  static void SetUpTestSuite() {
    if (std::getenv("LATCHKEY_WRITE_GOLDEN") == nullptr) return;
    fs::create_directories(Golden(""));
    SeededRandom random(1);
    std::ofstream(Golden("manifest.txt")) << *SignManifest(ExampleManifest(), Signer());
    WriteHex("volume.hex", WrittenVolume());
    WriteHex("confidential.hex",
             SealConfidential(ExamplePart(), "correct horse", {10, 8, 1}, random));
  }
};

TEST_F(BackupGolden, TheManifest) {
  const std::string note = ReadFile(Golden("manifest.txt"));
  EXPECT_EQ(*SignManifest(ExampleManifest(), Signer()), note);
  const auto manifest = ReadManifest(note);
  ASSERT_TRUE(manifest) << manifest.error().detail;
  EXPECT_EQ(manifest->origin, kOrigin);
  EXPECT_EQ(manifest->epoch_start, 1u);
  EXPECT_EQ(manifest->head(), ExampleManifest().head());
  EXPECT_EQ(manifest->volumes[0].bytes, 33u);
  EXPECT_TRUE(VerifyManifest(note, {kOrigin, Signer().public_key()}));
}

TEST_F(BackupGolden, AVolume) {
  EXPECT_EQ(WrittenVolume(), Bytes("volume.hex"));
  const TempDir directory;
  fs::create_directories(directory / "ledger");
  std::ofstream(directory / "ledger" / kFirstVolume) << Bytes("volume.hex") << "torn";
  const auto backup = BackupDirectory::OpenToRead(directory.path());
  auto reader = backup->ReadVolume(ExampleManifest().volumes[0]);
  ASSERT_TRUE(reader) << reader.error().detail;
  for (const std::string& entry : kEntries) EXPECT_EQ(**reader->Next(), entry);
  EXPECT_EQ(*reader->Next(), std::nullopt);
}

TEST_F(BackupGolden, TheConfidentialPart) {
  const auto part = OpenConfidential(Bytes("confidential.hex"), "correct horse");
  ASSERT_TRUE(part) << part.error().detail;
  EXPECT_EQ(part->secrets.size(), 3u);
  EXPECT_EQ(part->secrets.at("ca.crt").view(), "certificate");
  ASSERT_EQ(part->subjects.size(), 1u);
  EXPECT_EQ(part->subjects[0].value.view(), std::string(32, 'k'));
}

// ---- Everything else is refused.

TEST(ConfidentialTest, OpensAsItWasSealed) {
  SeededRandom random;
  Confidential part;
  part.secrets.emplace("ca.key", crypto::Secret(std::string("key")));
  part.secrets.emplace("ca.crt", crypto::Secret(std::string("certificate")));
  part.subjects.push_back({std::string(16, 's'), crypto::Secret(std::string(32, 'k'))});
  const std::string sealed = SealConfidential(part, "passphrase", {1, 1, 1}, random);
  const auto opened = OpenConfidential(sealed, "passphrase");
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_TRUE(opened->HasCa());
  EXPECT_EQ(opened->secrets.at("ca.crt").view(), "certificate");
  ASSERT_EQ(opened->subjects.size(), 1u);
  EXPECT_EQ(opened->subjects[0].name, std::string(16, 's'));
  EXPECT_EQ(opened->subjects[0].value.view(), std::string(32, 'k'));
}

TEST(ConfidentialTest, RefusesEveryChangedByte) {
  SeededRandom random;
  Confidential part;
  part.secrets.emplace("ca.key", crypto::Secret(std::string("key")));
  const std::string sealed = SealConfidential(part, "passphrase", {1, 1, 1}, random);
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    std::string damaged = sealed;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    EXPECT_FALSE(OpenConfidential(damaged, "passphrase")) << at;
    EXPECT_FALSE(OpenConfidential(std::string_view(sealed).substr(0, at), "passphrase")) << at;
  }
}

// A file must not make the machine that opens it run out of memory.
TEST(ConfidentialTest, RefusesACostThatIsTooHigh) {
  SeededRandom random;
  std::string sealed = SealConfidential({}, "passphrase", {1, 1, 1}, random);
  constexpr std::size_t kLog2N = 25;
  ASSERT_EQ(sealed[kLog2N], 1);
  for (const char log2_n : {char(0), char(21), char(63)}) {
    sealed[kLog2N] = log2_n;
    const auto opened = OpenConfidential(sealed, "passphrase");
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().detail, HasSubstr("of a version that this one does not know"));
  }
}

std::string NoteOf(const std::string& lines) {
  const std::string root = text::ToBase64(std::string(32, 'r'));
  return "ledger/backup\n3\n" + root + "\n" + lines + "\n\n— ledger/backup AAAA\n";
}

std::string Line(const std::string& file, const std::string& bytes, const std::string& size) {
  return "ledger/" + file + " " + bytes + " " + size + " " + text::ToBase64(std::string(32, 'r'));
}

TEST(ManifestTest, IsReadBack) {
  const auto manifest = ReadManifest(NoteOf("0\n" + Line(kFirstVolume, "30", "3")));
  ASSERT_TRUE(manifest) << manifest.error().detail;
  EXPECT_EQ(manifest->origin, "ledger");
  ASSERT_EQ(manifest->volumes.size(), 1u);
  EXPECT_EQ(manifest->volumes[0].bytes, 30u);
  EXPECT_EQ(manifest->head().size, 3u);
}

TEST(ManifestTest, RefusesWhatCannotBe) {
  for (const std::string& lines :
       {std::string("0"), "0\n" + Line("../../etc/passwd", "30", "3"),
        "0\n" + Line("00000000000000000001.entries", "30", "3"),
        "0\n" + Line(kFirstVolume, "30", "4"), "0\n" + Line(kFirstVolume, "14", "3"),
        "0\n" + Line(kFirstVolume, "999999999999", "3"), "0\n" + Line(kFirstVolume, "-1", "3"),
        "0\n" + Line(kFirstVolume, "30", "0"), "3\n" + Line(kFirstVolume, "30", "3"),
        "x\n" + Line(kFirstVolume, "30", "3"), Line(kFirstVolume, "30", "3")}) {
    const auto manifest = ReadManifest(NoteOf(lines));
    EXPECT_FALSE(manifest) << lines;
    if (manifest) continue;
    EXPECT_EQ(manifest.error().code, ErrorCode::kUnusable);
  }
}

}  // namespace
}  // namespace latchkey::tools
