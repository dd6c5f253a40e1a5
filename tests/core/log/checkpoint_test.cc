// Signed notes and checkpoints: the exact form, and refused forms.
#include "core/log/checkpoint.h"

#include <functional>
#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/log/checkpointer.h"
#include "core/log/note.h"
#include "core/log/tree.h"

namespace latchkey::log {
namespace {

// A fixed key, so that the note below is always the same: Ed25519 is deterministic.
constexpr char kPem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";
constexpr char kOrigin[] = "latchkey/test/log";

crypto::Ed25519Signer Signer() { return *crypto::Ed25519Signer::Load(kPem); }
NoteKey Key() { return {kOrigin, Signer().public_key()}; }

std::string Signed(const std::string& text) { return SignNote(text, kOrigin, Signer()); }
std::string Note() { return Signed(CheckpointText({kOrigin, {3, std::string(kHashBytes, 'r')}})); }

// Made with golang.org/x/mod/sumdb/note from the same key and text.
TEST(Checkpoint, IsTheNoteThatOtherToolsMake) {
  EXPECT_EQ(CheckpointText({kOrigin, {3, std::string(kHashBytes, 'r')}}),
            "latchkey/test/log\n3\ncnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI=\n");
  EXPECT_EQ(VerifierKey(Key()),
            "latchkey/test/log+207425a1+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea");
  EXPECT_EQ(
      Note(),
      "latchkey/test/log\n3\ncnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI=\n\n"
      "\xe2\x80\x94 latchkey/test/log "
      "IHQlodsHp0WCimwKbqzqy2Adigw7/1P//9+scaB0GONB6vWCiPqDRcyYqN716cVozNgBigMGyj1qrHmurjCMAeR1"
      "mQg=\n");
}

TEST(VerifierKey, IsReadAgain) {
  const auto key = ParseVerifierKey(VerifierKey(Key()));
  ASSERT_TRUE(key) << key.error().detail;
  EXPECT_EQ(key->name, Key().name);
  EXPECT_EQ(key->public_key, Key().public_key);
}

TEST(VerifierKey, IsRefusedInAnyOtherForm) {
  const std::string good = VerifierKey(Key());
  const std::string hash = "+207425a1+";
  for (const std::string& text :
       {std::string(), std::string("name"), std::string("name+207425a1"), good + "A",
        good.substr(1), good.substr(0, good.size() - 4), hash + good.substr(good.rfind('+') + 1),
        std::string(kOrigin) + hash + "AtamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"}) {
    EXPECT_FALSE(ParseVerifierKey(text)) << text;
  }
}

TEST(Checkpoint, IsReadAgain) {
  const auto head = OpenCheckpoint(Note(), Key());
  ASSERT_TRUE(head) << head.error().detail;
  EXPECT_EQ(*head, (Head{3, std::string(kHashBytes, 'r')}));
}

// A witness may sign below, and a later version of the format may say more.
TEST(Checkpoint, MayHaveOtherSignaturesAndExtensionLines) {
  const std::string witness = "\xe2\x80\x94 witness.example AAAAAAECAwQ=\n";
  EXPECT_TRUE(OpenCheckpoint(Note() + witness, Key()));
  const std::string extended =
      Signed(CheckpointText({kOrigin, {3, std::string(kHashBytes, 'r')}}) + "an extension\n");
  EXPECT_TRUE(OpenCheckpoint(extended, Key()));
}

struct Bad {
  const char* name;
  std::function<std::string()> note;
  const char* why;
};

void PrintTo(const Bad& bad, std::ostream* out) { *out << bad.name; }

class BadCheckpoint : public ::testing::TestWithParam<Bad> {};

TEST_P(BadCheckpoint, IsRefusedInWords) {
  const auto head = OpenCheckpoint(GetParam().note(), Key());
  ASSERT_FALSE(head);
  EXPECT_EQ(head.error().code, ErrorCode::kUnusable);
  EXPECT_THAT(head.error().detail, ::testing::HasSubstr(GetParam().why));
}

std::string Replaced(std::string note, const std::string& from, const std::string& to) {
  return note.replace(note.find(from), from.size(), to);
}

const std::string kRoot = "cnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI=\n";

INSTANTIATE_TEST_SUITE_P(
    Rows, BadCheckpoint,
    ::testing::Values(
        Bad{"Empty", [] { return std::string(); }, "not a signed note"},
        Bad{"Unsigned", [] { return Note().substr(0, Note().find("\n\n") + 2); },
            "no signatures stand below it"},
        Bad{"Cut", [] { return Note().substr(0, Note().size() - 1); }, "not a signed note"},
        Bad{"OtherSize", [] { return Replaced(Note(), "\n3\n", "\n4\n"); }, "signature is wrong"},
        Bad{"OtherSignature", [] { return Replaced(Note(), "IHQlodsHp0", "IHQlodsHp1"); },
            "signature is wrong"},
        Bad{"BrokenSignature", [] { return Replaced(Note(), "IHQlodsHp0", "IHQlodsHp@"); },
            "not signed"},
        Bad{"OtherKey",
            [] {
              const auto made = crypto::CreateSigningKey();
              return SignNote(CheckpointText({kOrigin, {3, std::string(kHashBytes, 'r')}}), kOrigin,
                              *crypto::Ed25519Signer::Load(made.key_pem.view()));
            },
            "not signed with the key of this ledger"},
        Bad{"OtherName", [] { return SignNote("x\n1\n" + kRoot, "another", Signer()); },
            "not signed with the key of this ledger"},
        Bad{"OtherOrigin", [] { return Signed("another\n3\n" + kRoot); }, "of another log"},
        Bad{"TwoLines", [] { return Signed("latchkey/test/log\n3\n"); }, "fewer than three lines"},
        Bad{"NoOrigin", [] { return Signed("\n3\n" + kRoot); }, "fewer than three lines"},
        Bad{"SizeWithZero", [] { return Signed("latchkey/test/log\n03\n" + kRoot); }, "size"},
        Bad{"SizeNegative", [] { return Signed("latchkey/test/log\n-3\n" + kRoot); }, "size"},
        Bad{"SizeTooLarge",
            [] { return Signed("latchkey/test/log\n18446744073709551616\n" + kRoot); }, "size"},
        Bad{"ShortRoot", [] { return Signed("latchkey/test/log\n3\ncnJy\n"); }, "root"},
        Bad{"TooLong", [] { return Note() + std::string(kMaxNoteBytes, 'x') + "\n"; }, "too long"},
        Bad{"ControlCharacter", [] { return Replaced(Note(), "\n3\n", "\n3\r\n"); }, "control"}),
    [](const ::testing::TestParamInfo<Bad>& row) { return row.param.name; });

}  // namespace
}  // namespace latchkey::log
