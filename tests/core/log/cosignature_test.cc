// Cosignatures and notes: the published examples, the exact form, and refused forms.
#include "core/log/cosignature.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/base64.h"
#include "core/log/note.h"

namespace latchkey::log {
namespace {

constexpr std::uint64_t kSeconds = 1'679'315'147;
constexpr char kWitness[] = "witness.example/w1";
const std::string kText = "latchkey/test/log\n3\ncnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI=\n";
const std::string kLine =
    "\xe2\x80\x94 witness.example/w1 "
    "63YswgAAAABkGFDL1ZfkQRHC22KD4ZbKbgJHf9W/qKwBN8g9oLGGTl9521MwyldPjMtWUkE0EQQdZROPG7gAxums8Bgh"
    "mYhQpbQ8Cw==\n";

// A fixed key, so that the line above is always the same: Ed25519 is deterministic.
crypto::Ed25519Signer WitnessSigner() {
  return *crypto::Ed25519Signer::Load(
      "-----BEGIN PRIVATE KEY-----\n"
      "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
      "-----END PRIVATE KEY-----\n");
}
NoteKey WitnessKey() { return {kWitness, WitnessSigner().public_key()}; }

// Of a witness that is not ours.
std::string ForeignLine(std::string_view name) {
  const auto made = crypto::CreateSigningKey();
  return Cosign(kText, name, *crypto::Ed25519Signer::Load(made.key_pem.view()), kSeconds);
}

// The key and the line were made with OpenSSL's and Python's own tools from the same key and text.
TEST(Cosignature, IsTheLineThatOtherToolsMake) {
  EXPECT_EQ(CosignerKeyText(WitnessKey()),
            "witness.example/w1+eb762cc2+BNdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea");
  EXPECT_EQ(Cosign(kText, kWitness, WitnessSigner(), kSeconds), kLine);
}

TEST(Cosignature, IsFoundAmongOthers) {
  const std::string note = SignNote(kText, "latchkey/test/log", WitnessSigner());
  const std::string others = ForeignLine("witness.example/w2") + ForeignLine(kWitness);
  for (const std::string& lines : {kLine, kLine + others, others + kLine}) {
    const auto found = FindCosignature(note + lines, WitnessKey());
    ASSERT_TRUE(found && *found) << lines;
    EXPECT_EQ((*found)->seconds, kSeconds);
    EXPECT_EQ((*found)->line, kLine);
  }
  EXPECT_TRUE(OpenNote(note + others + kLine, {"latchkey/test/log", WitnessKey().public_key}));
}

TEST(Cosignature, OfOneKeyTheLatestCounts) {
  const std::string later = Cosign(kText, kWitness, WitnessSigner(), kSeconds + 1);
  for (const std::string& lines : {kLine + later, later + kLine}) {
    const auto found = FindCosignature(kText + "\n" + lines, WitnessKey());
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->line, later);
  }
}

TEST(Cosignature, IsNoneWhereAllLinesAreOfOthers) {
  // The same key, and a note's signature by it: another type, so another key hash.
  const std::string note = SignNote(kText, kWitness, WitnessSigner());
  for (const std::string& lines :
       {std::string(), ForeignLine("witness.example/w2"), ForeignLine(kWitness),
        std::string("\xe2\x80\x94 witness.example/w1 @@@@\n"),
        std::string("\xe2\x80\x94 witness.example/w1\n")}) {
    const auto found = FindCosignature(note + lines, WitnessKey());
    ASSERT_TRUE(found) << found.error().detail;
    EXPECT_FALSE(*found) << lines;
  }
}

TEST(Cosignature, ThatDoesNotVerifyIsRefused) {
  const NoteKey key = WitnessKey();
  const auto line_with = [&](const std::string& signature) {
    return SignatureLine(key, SignatureType::kCosignature, signature);
  };
  const std::string in_line = kLine.substr(kLine.rfind(' ') + 1);
  const std::string bytes = *text::FromBase64(in_line.substr(0, in_line.size() - 1));
  std::string too_late = bytes.substr(4);
  too_late[0] = '\x80';
  for (const std::string& lines :
       {line_with(""), line_with(bytes.substr(4, 8)), line_with(bytes.substr(4) + "x"),
        line_with(WitnessSigner().Sign(kText)), line_with(too_late),
        // One good line does not make up for it.
        kLine + line_with("x")}) {
    const auto found = FindCosignature(kText + "\n" + lines, key);
    ASSERT_FALSE(found) << lines;
    EXPECT_EQ(found.error().code, ErrorCode::kUnusable);
    EXPECT_THAT(found.error().detail, ::testing::HasSubstr("wrong"));
  }
  for (const std::string& note :
       {std::string(), kText, kText + "\n", kText + "\n" + kLine + "x\n"}) {
    EXPECT_FALSE(FindCosignature(note, key)) << note;
  }
}

TEST(Cosignature, NeverHoldsWithAnyBitChanged) {
  const std::string note = kText + "\n" + kLine;
  for (std::size_t i = 0; i < note.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = note;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      const auto found = FindCosignature(changed, WitnessKey());
      EXPECT_TRUE(!found || !*found) << "bit " << bit << " of byte " << i;
    }
  }
}

TEST(CosignerKey, IsReadAgainAndInNoOtherForm) {
  const std::string good = CosignerKeyText(WitnessKey());
  const auto key = ParseCosignerKey(good);
  ASSERT_TRUE(key) << key.error().detail;
  EXPECT_EQ(key->name, kWitness);
  EXPECT_EQ(key->public_key, WitnessKey().public_key);
  for (const std::string& text : {std::string(), std::string("name"), good + "A", good.substr(1),
                                  good.substr(0, good.size() - 4), VerifierKey(WitnessKey())}) {
    const auto refused = ParseCosignerKey(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, ErrorCode::kUnusable);
  }
  EXPECT_FALSE(ParseVerifierKey(good)) << "a witness is no log";
}

// The example of signed-note, with its key.
TEST(Note, OfTheSpecificationIsOpened) {
  const auto key =
      ParseVerifierKey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k");
  ASSERT_TRUE(key) << key.error().detail;
  const std::string text = "This is an example message.\n";
  const std::string note =
      text +
      "\n\xe2\x80\x94 example.com/foo "
      "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM"
      "=\n";
  const auto opened = OpenNote(note, *key);
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_EQ(*opened, text);
  for (std::size_t i = 0; i < note.size(); ++i) {
    std::string changed = note;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(OpenNote(changed, *key)) << i;
  }
}

// The example of tlog-cosignature. Its keys are not published.
TEST(Note, OfTheSpecificationHasItsCosignature) {
  const std::string text =
      "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  const std::string witness =
      "witness.example.com/w1 "
      "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIU"
      "BkBIfZ+qnA==";
  const std::string note =
      text +
      "\n\xe2\x80\x94 example.com/behind-the-sofa "
      "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8="
      "\n" +
      SignatureLine(witness);
  const auto parts = SplitNote(note);
  ASSERT_TRUE(parts) << parts.error().detail;
  EXPECT_EQ(parts->text, text);
  ASSERT_EQ(parts->lines.size(), 2u);
  EXPECT_EQ(parts->lines[1], witness);
  const auto bytes = text::FromBase64(witness.substr(witness.find(' ') + 1));
  ASSERT_TRUE(bytes);
  EXPECT_EQ(bytes->size(), 4u + 8u + crypto::kEd25519SignatureBytes);
  EXPECT_EQ(bytes->substr(4, 8), std::string("\0\0\0\0\x64\x18\x50\xcb", 8)) << "the time it names";
  const auto of_other = FindCosignature(note, {"witness.example.com/w1", WitnessKey().public_key});
  ASSERT_TRUE(of_other) << "a key with the same name and another hash is not known";
  EXPECT_FALSE(*of_other);
}

}  // namespace
}  // namespace latchkey::log
