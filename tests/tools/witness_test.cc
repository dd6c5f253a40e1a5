// What a witness cosigns, and what it answers to everything else (C2SP tlog-witness@v1.0.0).
#include "tools/witness/witness.h"

#include <array>
#include <functional>
#include <ostream>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/log/cosignature.h"
#include "core/log/tree.h"
#include "tests/support/signed_log.h"
#include "tests/tools/witnessed.h"

namespace latchkey::tools {
namespace {

using latchkey::testing::SignedLog;
using log::SignatureLine;
using log::SignatureType;
using testing::Witnessed;

constexpr std::uint64_t kSeconds = 1'767'225'600;  // of a new FakeClock

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

// A witness that has cosigned the first three entries of a log that has grown since.
class WitnessTest : public ::testing::Test {
 protected:
  WitnessTest() : log_("log.example/1", 9), witnessed_({log_.key()}) {
    EXPECT_EQ(witnessed_.Add(log_.Body(0, 3)).status, 200);
  }

  SignedLog log_;
  Witnessed witnessed_;
};

TEST_F(WitnessTest, CosignsALogThatGrows) {
  const WitnessAnswer answer = witnessed_.Add(log_.Body(3, 7));
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto found = log::FindCosignature(log_.NoteAt(7) + answer.body, witnessed_.witness().key());
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->line, answer.body) << "it is that line alone";
  EXPECT_EQ((*found)->seconds, kSeconds);
  EXPECT_EQ(witnessed_.Latest(log_.key()), log_.NoteAt(7) + answer.body);
  // The same size with the same root gets a newer time.
  witnessed_.clock().Advance(std::chrono::seconds(60));
  const WitnessAnswer again = witnessed_.Add(log_.Body(7, 7));
  const auto later = log::FindCosignature(log_.NoteAt(7) + again.body, witnessed_.witness().key());
  ASSERT_TRUE(later && *later) << again.body;
  EXPECT_EQ((*later)->seconds, kSeconds + 60);
  EXPECT_EQ(witnessed_.Latest(log_.key()), log_.NoteAt(7) + again.body);
}

TEST_F(WitnessTest, CosignsExtensionLinesAndPassesOthersSignaturesOver) {
  const std::string text = log_.TextAt(5) + "an extension\nand another\n";
  std::string note = log_.Signed(text);
  const std::string of_log = note;
  for (int i = 0; i < 20; ++i) {
    note += SignatureLine("witness.example/" + std::to_string(i) + " AAAAAAECAwQ=");
  }
  note += SignatureLine("log.example/1 AAAAAAECAwQ=");
  const WitnessAnswer answer = witnessed_.Add("old 3\n" + log_.ProofLines(3, 5) + "\n" + note);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto found = log::FindCosignature(note + answer.body, witnessed_.witness().key());
  ASSERT_TRUE(found && *found);
  EXPECT_EQ(witnessed_.Latest(log_.key()), of_log + answer.body) << "without lines of others";
}

struct Row {
  const char* name;
  int status;
  const char* words;
  std::function<std::string(const SignedLog&)> body;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

std::string With(const SignedLog& log, const std::string& note) {
  return "old 3\n" + log.ProofLines(3, 5) + "\n" + note;
}
std::string Body35(const SignedLog& log) { return With(log, log.NoteAt(5)); }

const std::vector<Row>& MalformedRows() {
  static const std::vector<Row> rows = {
      {"Nothing", 400, "first line", [](const auto&) { return ""; }},
      {"NoOldSize", 400, "first line", [](const auto& log) { return "\n" + log.NoteAt(5); }},
      {"OtherWord", 400, "first line",
       [](const auto& log) { return Replaced(Body35(log), "old 3", "Old 3"); }},
      {"TwoSpaces", 400, "old size",
       [](const auto& log) { return Replaced(Body35(log), "old 3", "old  3"); }},
      {"LeadingZero", 400, "old size",
       [](const auto& log) { return Replaced(Body35(log), "old 3", "old 03"); }},
      {"Negative", 400, "old size",
       [](const auto& log) { return Replaced(Body35(log), "old 3", "old -3"); }},
      {"TooLargeANumber", 400, "old size",
       [](const auto& log) { return Replaced(Body35(log), "old 3", "old 18446744073709551616"); }},
      {"WindowsLines", 400, "old size",
       [](const auto& log) { return Replaced(Body35(log), "old 3", "old 3\r"); }},
      {"NoEmptyLine", 400, "consistency proof",
       [](const auto& log) { return "old 3\n" + log.ProofLines(3, 5) + log.NoteAt(5); }},
      {"OnlyAProof", 400, "empty line",
       [](const auto& log) { return "old 3\n" + log.ProofLines(3, 5); }},
      {"ShortHash", 400, "32 bytes",
       [](const auto& log) { return "old 3\ncnJy\n\n" + log.NoteAt(5); }},
      {"TooManyHashes", 400, "at most 63",
       [](const auto& log) {
         std::string lines;
         for (int i = 0; i < 64; ++i) lines += text::ToBase64(std::string(32, 'r')) + "\n";
         return "old 3\n" + lines + "\n" + log.NoteAt(5);
       }},
      {"NoCheckpoint", 400, "signed note", [](const auto& log) { return With(log, ""); }},
      {"NoSignatures", 400, "no signatures",
       [](const auto& log) { return With(log, log.TextAt(5) + "\n"); }},
      {"TwoLines", 400, "three lines",
       [](const auto& log) { return With(log, log.Signed("log.example/1\n5\n")); }},
      {"SizeWithZero", 400, "size",
       [](const auto& log) { return With(log, log.Signed(Replaced(log.TextAt(5), "5", "05"))); }},
      {"ControlCharacter", 400, "control",
       [](const auto& log) { return Replaced(Body35(log), "\n5\n", "\n5\t\n"); }},
      {"NotUtf8", 400, "UTF-8",
       [](const auto& log) { return With(log, log.Signed(log.TextAt(5) + "\xff\n")); }},
      {"EmptyExtension", 400, "is empty",
       [](const auto& log) { return With(log, log.Signed(log.TextAt(5) + "\nmore\n")); }},
      {"LongText", 400, "16 KiB",
       [](const auto& log) {
         return With(log,
                     log.Signed(log.TextAt(5) + std::string(kMaxCheckpointTextBytes, 'x') + "\n"));
       }},
      {"LongRequest", 400, "64 KiB",
       [](const auto& log) { return Body35(log) + std::string(kMaxAddCheckpointBytes, 'x'); }},
      {"LineWithoutBase64", 400, "signature line",
       [](const auto& log) { return Body35(log) + SignatureLine("witness.example @@@@"); }},
      {"LineWithoutName", 400, "signature line",
       [](const auto& log) { return Body35(log) + SignatureLine(" AAAAAAECAwQ="); }},
      {"LineOfANameWithPlus", 400, "signature line",
       [](const auto& log) { return Body35(log) + SignatureLine("a+b AAAAAAECAwQ="); }},
      {"LineOfAHashAlone", 400, "signature line",
       [](const auto& log) { return Body35(log) + SignatureLine("a AAAAAA=="); }},
      {"TooManyLines", 400, "more than 32",
       [](const auto& log) {
         std::string body = Body35(log);
         for (int i = 0; i < 32; ++i) body += SignatureLine("a AAAAAAECAwQ=");
         return body;
       }},
      {"OldSizeBeyondTheCheckpoint", 400, "larger",
       [](const auto& log) { return "old 6\n\n" + log.NoteAt(5); }},
  };
  return rows;
}

const std::vector<Row>& RefusedRows() {
  static const std::vector<Row> rows = {
      {"UnknownLog", 404, "does not know",
       [](const auto&) { return SignedLog("log.example/2", 5).Body(3, 5); }},
      {"OtherKeyOfItsName", 403, "No key",
       [](const auto&) { return SignedLog("log.example/1", 5).Body(3, 5); }},
      {"SignedByOthersAlone", 403, "No key",
       [](const auto& log) {
         return With(log, log.TextAt(5) + "\n" + SignatureLine("log.example/1 AAAAAAECAwQ="));
       }},
      {"SignedForAnotherSize", 403, "is wrong",
       [](const auto& log) {
         const std::string note = log.NoteAt(4);
         return With(log, log.TextAt(5) + note.substr(log.TextAt(4).size()));
       }},
      {"WrongBesideRight", 403, "is wrong",
       [](const auto& log) {
         return Body35(log) + SignatureLine(log.key(), SignatureType::kNote, "wrong");
       }},
      {"CosignedByTheLog", 403, "No key",
       [](const auto& log) {
         return With(log, log.TextAt(5) + "\n" +
                              log::Cosign(log.TextAt(5), log.origin(), log.signer(), kSeconds));
       }},
      {"FromNothing", 409, "3\n", [](const auto& log) { return log.Body(0, 5); }},
      {"FromLess", 409, "3\n", [](const auto& log) { return log.Body(2, 5); }},
      {"FromMore", 409, "3\n", [](const auto& log) { return log.Body(4, 5); }},
      {"Smaller", 409, "3\n", [](const auto& log) { return log.Body(2, 2); }},
      {"NoProof", 422, "does not show",
       [](const auto& log) { return "old 3\n\n" + log.NoteAt(5); }},
      {"ProofOfOtherSizes", 422, "does not show",
       [](const auto& log) { return "old 3\n" + log.ProofLines(2, 5) + "\n" + log.NoteAt(5); }},
      {"ProofWithMore", 422, "does not show",
       [](const auto& log) {
         return "old 3\n" + log.ProofLines(3, 5) + text::ToBase64(std::string(32, 'r')) + "\n\n" +
                log.NoteAt(5);
       }},
      {"OtherHistory", 422, "does not show",
       [](const auto& log) { return log.Forked().Body(3, 5); }},
      {"OtherRoot", 422, "another root", [](const auto& log) { return log.Forked().Body(3, 3); }},
      {"ProofOfTheSameSize", 422, "does not show",
       [](const auto& log) {
         return "old 3\n" + text::ToBase64(std::string(32, 'r')) + "\n\n" + log.NoteAt(3);
       }},
  };
  return rows;
}

class RefusedCheckpoint : public WitnessTest, public ::testing::WithParamInterface<Row> {};

TEST_P(RefusedCheckpoint, IsAnsweredAsTheProtocolSaysAndChangesNothing) {
  const std::string before = witnessed_.Latest(log_.key());
  const WitnessAnswer answer = witnessed_.Add(GetParam().body(log_));
  EXPECT_EQ(answer.status, GetParam().status) << answer.body;
  EXPECT_THAT(answer.body, ::testing::HasSubstr(GetParam().words));
  EXPECT_THAT(answer.body, ::testing::EndsWith("\n"));
  EXPECT_TRUE(answer.status != 409 || answer.body == "3\n") << answer.body;
  EXPECT_EQ(answer.body.find("\xe2\x80\x94"), std::string::npos) << "nothing is cosigned";
  EXPECT_EQ(answer.type, answer.status == 409 ? "text/x.tlog.size" : kPlainText);
  EXPECT_EQ(witnessed_.Latest(log_.key()), before);
  EXPECT_EQ(witnessed_.Add(Body35(log_)).status, 200);
}

std::string NameOfRow(const ::testing::TestParamInfo<Row>& row) { return row.param.name; }
INSTANTIATE_TEST_SUITE_P(Malformed, RefusedCheckpoint, ::testing::ValuesIn(MalformedRows()),
                         NameOfRow);
INSTANTIATE_TEST_SUITE_P(Refused, RefusedCheckpoint, ::testing::ValuesIn(RefusedRows()), NameOfRow);

// The example of tlog-witness. Its keys are not published.
TEST(CheckpointRequest, OfTheSpecificationIsRead) {
  const std::string line =
      "example.com/behind-the-sofa "
      "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/"
      "Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=";
  const std::string body =
      "old 20852014\n"
      "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
      "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
      "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n"
      "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n"
      "\n"
      "example.com/behind-the-sofa\n"
      "20852163\n"
      "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
      "\n" +
      SignatureLine(line);
  const auto asked = ParseCheckpointRequest(body);
  ASSERT_TRUE(asked) << asked.error().detail;
  EXPECT_EQ(asked->old_size, 20'852'014u);
  EXPECT_EQ(asked->proof.size(), 4u);
  EXPECT_EQ(asked->checkpoint.origin, "example.com/behind-the-sofa");
  EXPECT_EQ(asked->checkpoint.head.size, 20'852'163u);
  EXPECT_THAT(asked->note.lines, ::testing::ElementsAre(line));
}

TEST(NewWitness, BeginsWithAnySizeAndWithoutAProof) {
  const SignedLog log("log.example/1", 4);
  Witnessed witnessed({log.key()});
  EXPECT_EQ(witnessed.Latest(log.key()), "");
  const WitnessAnswer conflict = witnessed.Add(log.Body(2, 4));
  EXPECT_EQ(conflict.status, 409);
  EXPECT_EQ(conflict.body, "0\n");
  const std::string hash = text::ToBase64(std::string(32, 'r')) + "\n";
  const WitnessAnswer proven = witnessed.Add("old 0\n" + hash + "\n" + log.NoteAt(4));
  EXPECT_EQ(proven.status, 422) << proven.body;
  EXPECT_THAT(proven.body, ::testing::HasSubstr("must be empty"));
  EXPECT_EQ(witnessed.Add(log.Body(0, 4)).status, 200);
}

TEST(NewWitness, TakesTheEmptyTreeWithItsRootAlone) {
  const SignedLog log("log.example/1", 4);
  Witnessed witnessed({log.key()});
  const auto empty = [&](const std::string& root) {
    return witnessed.Add("old 0\n\n" + log.Signed(log::CheckpointText({log.origin(), {0, root}})));
  };
  const WitnessAnswer wrong = empty(std::string(log::kHashBytes, 'r'));
  EXPECT_EQ(wrong.status, 422) << wrong.body;
  EXPECT_EQ(empty(log::EmptyRoot()).status, 200);
  EXPECT_NE(witnessed.Latest(log.key()), "") << "it has cosigned one";
  EXPECT_EQ(empty(std::string(log::kHashBytes, 'r')).status, 422);
  EXPECT_EQ(empty(log::EmptyRoot()).status, 200);
  EXPECT_EQ(witnessed.Add(log.Body(0, 4)).status, 200) << "every log extends the empty one";
  EXPECT_EQ(empty(log::EmptyRoot()).status, 409);
}

TEST_F(WitnessTest, CosignsNothingWithAnyBitChanged) {
  const std::string body = Body35(log_);
  for (std::size_t i = 0; i < body.size(); ++i) {
    for (const int bit : {0, 3, 7}) {
      std::string changed = body;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      EXPECT_NE(witnessed_.Add(changed).status, 200) << "bit " << bit << " of byte " << i;
    }
  }
  EXPECT_EQ(witnessed_.Add(body).status, 200);
}

// From one size the log goes on in two ways, at the same time.
TEST(Witness, OfTwoRequestsAtOnceCosignsOne) {
  constexpr std::uint64_t kRounds = 40;
  const SignedLog log("log.example/1", 3 * kRounds + 3);
  Witnessed witnessed({log.key()});
  std::uint64_t size = 0;
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    const std::array<std::string, 2> bodies = {log.Body(size, size + 1), log.Body(size, size + 2)};
    std::array<WitnessAnswer, 2> answers;
    std::array<std::thread, 2> threads;
    for (std::size_t i = 0; i < 2; ++i) {
      threads[i] = std::thread([&, i] { answers[i] = witnessed.Add(bodies[i]); });
    }
    for (std::thread& thread : threads) thread.join();
    const std::size_t won = answers[0].status == 200 ? 0 : 1;
    ASSERT_EQ(answers[won].status, 200) << answers[won].body;
    ASSERT_EQ(answers[1 - won].status, 409);
    size += won + 1;
    EXPECT_EQ(answers[1 - won].body, std::to_string(size) + "\n");
  }
}

TEST(Witness, KeepsLogsApart) {
  const SignedLog one("log.example/1", 5), two("log.example/2", 5);
  Witnessed witnessed({one.key(), two.key()});
  EXPECT_EQ(witnessed.Add(one.Body(0, 5)).status, 200);
  EXPECT_EQ(witnessed.Latest(two.key()), "");
  EXPECT_EQ(witnessed.Add(two.Body(0, 2)).status, 200);
  EXPECT_EQ(witnessed.Add(one.Body(5, 5)).status, 200);
  // A checkpoint of one under the key of the other.
  const std::string borrowed = log::SignNote(one.TextAt(5), two.origin(), two.signer());
  EXPECT_EQ(witnessed.Add("old 5\n\n" + borrowed).status, 403);
}

TEST(Witness, TrustsEveryKeyThatItWasGivenForALog) {
  const SignedLog before("log.example/1", 5);
  const SignedLog after("log.example/1", 5);  // the same entries, another key
  Witnessed witnessed({before.key(), after.key(), before.key()});
  EXPECT_EQ(witnessed.Add(before.Body(0, 3)).status, 200);
  EXPECT_EQ(witnessed.Add(after.Body(3, 5)).status, 200);
  EXPECT_THAT(witnessed.Latest(after.key()), ::testing::StartsWith(after.NoteAt(5)));
}

TEST_F(WitnessTest, ItsTimeOfALogNeverGoesBack) {
  witnessed_.clock().Step(std::chrono::hours(-1));
  const WitnessAnswer answer = witnessed_.Add(log_.Body(3, 4));
  const auto found = log::FindCosignature(log_.NoteAt(4) + answer.body, witnessed_.witness().key());
  ASSERT_TRUE(found && *found) << answer.body;
  EXPECT_EQ((*found)->seconds, kSeconds);
}

TEST_F(WitnessTest, TellsOfTwoHistoriesOnceAMinute) {
  const SignedLog other = log_.Forked();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(witnessed_.Add(other.Body(3, 3)).status, 422);
  ASSERT_EQ(witnessed_.told().size(), 1u);
  EXPECT_THAT(witnessed_.told()[0], ::testing::HasSubstr("log.example/1 has signed two histories"));
  EXPECT_THAT(witnessed_.told()[0], ::testing::HasSubstr(text::ToBase64(other.HeadAt(3).root)));
  // A proof that fails may be anybody's mistake.
  EXPECT_EQ(witnessed_.Add(other.Body(3, 5)).status, 422);
  EXPECT_EQ(witnessed_.told().size(), 1u);
  witnessed_.clock().Advance(std::chrono::minutes(1));
  EXPECT_EQ(witnessed_.Add(other.Body(3, 3)).status, 422);
  EXPECT_EQ(witnessed_.told().size(), 2u);
}

TEST(WitnessLogs, ThatCannotBeAreRefused) {
  const SignedLog log("log.example/1", 1);
  Witnessed witnessed({log.key()});
  witnessed.Stop();
  std::vector<log::NoteKey> many(kMaxLogKeys + 1, log.key());
  std::vector<log::NoteKey> of_one;
  for (std::size_t i = 0; i <= kMaxKeysOfLog; ++i) of_one.push_back(SignedLog(log.origin()).key());
  for (const auto& logs : {many,
                           of_one,
                           {{std::string(kMaxOriginBytes + 1, 'x'), log.key().public_key}},
                           {{"a log", log.key().public_key}}}) {
    const auto opened = witnessed.Open(witnessed.data(), logs);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kValidationFailed) << opened.error().detail;
  }
}

}  // namespace
}  // namespace latchkey::tools
