// The form of commands, before they are submitted.
#include "core/domain/commands.h"

#include <string>

#include <gtest/gtest.h>

#include "core/base/limits.h"

namespace latchkey::domain {
namespace {

struct Text {
  const char* name;
  std::string text;
};

std::string Repeat(std::string_view piece, std::size_t times) {
  std::string text;
  while (times-- > 0) text += piece;
  return text;
}

std::string operator""_b(const char* bytes, std::size_t size) { return std::string(bytes, size); }

void ExpectInvalid(const Error& error, std::string_view pointer) {
  EXPECT_EQ(error.code, ErrorCode::kValidationFailed);
  ASSERT_EQ(error.fields.size(), 1u);
  EXPECT_EQ(error.fields[0].pointer, pointer);
  EXPECT_NE(error.fields[0].detail, "");
}

template <typename Checked>
void ExpectInvalid(const Checked& checked, std::string_view pointer) {
  ASSERT_FALSE(checked);
  ExpectInvalid(checked.error(), pointer);
}

const Text kGoodNames[] = {
    {"one character", "a"},
    {"spaces", "Paris, rue de Rivoli 1"},
    {"any script", "パリ №1 — \xF0\x9F\x97\xBC"},
    {"100 characters", Repeat("a", 100)},
    {"100 characters of two bytes", Repeat("é", 100)},
    {"100 characters of three bytes", Repeat("パ", 100)},
    {"100 characters of four bytes", Repeat("\xF0\x9F\x97\xBC", 100)},
    {"the last before DEL", "~"},
    {"the first after C1, which is a blank",
     "a\xC2\xA0"
     "b"},
    {"the first of two bytes but for C1", "\xC2\xA1"},
    {"the last of two bytes", "\xDF\xBF"},
    {"the first of three bytes", "\xE0\xA0\x80"},
    {"the last before the surrogates", "\xED\x9F\xBF"},
    {"the first after the surrogates", "\xEE\x80\x80"},
    {"the last of three bytes", "\xEF\xBF\xBF"},
    {"the first of four bytes", "\xF0\x90\x80\x80"},
    {"the last of all", "\xF4\x8F\xBF\xBF"},
};

const Text kBadNames[] = {
    {"empty", ""},
    {"blanks alone", " \xC2\xA0\xE3\x80\x80"},
    {"a zero-width space",
     "a\xE2\x80\x8B"
     "b"},
    {"a right-to-left override",
     "a\xE2\x80\xAE"
     "b"},
    {"101 characters", Repeat("a", 101)},
    {"101 characters of two bytes", Repeat("é", 101)},
    {"101 characters of four bytes", Repeat("\xF0\x9F\x97\xBC", 101)},
    {"NUL", "a\0b"_b},
    {"newline", "a\nb"},
    {"tab", "a\tb"},
    {"escape", "\x1B[31m"},
    {"the last of C0", "\x1F"},
    {"DEL", "a\x7F"},
    {"the first of C1", "\xC2\x80"},
    {"next line in C1", "\xC2\x85"},
    {"the last of C1", "\xC2\x9F"},
    {"a lone continuation byte", "\x80"},
    {"a lead byte at the end", "a\xC3"},
    {"three bytes cut after two", "\xE3\x83"},
    {"four bytes cut after three", "\xF0\x9F\x97"},
    {"a lead byte before another character", "\xC3(z"},
    {"a lead byte before a lead byte", "\xC3\xC3\xA9"},
    {"an overlong slash of two bytes", "\xC0\xAF"},
    {"the last overlong of two bytes", "\xC1\xBF"},
    {"the last overlong of three bytes", "\xE0\x9F\xBF"},
    {"the last overlong of four bytes", "\xF0\x8F\xBF\xBF"},
    {"an overlong NUL", "\xC0\x80"},
    {"the first surrogate", "\xED\xA0\x80"},
    {"the last surrogate", "\xED\xBF\xBF"},
    {"the first beyond Unicode", "\xF4\x90\x80\x80"},
    {"a lead byte beyond Unicode", "\xF5\x80\x80\x80"},
    {"five bytes", "\xF8\x88\x80\x80\x80"},
    {"0xFE", "\xFE"},
    {"0xFF", "\xFF"},
};

TEST(GatewayName, HasOneToAHundredCharactersOfUtf8) {
  for (const Text& row : kGoodNames) {
    EXPECT_EQ(GatewayName(row.text, "/name"), row.text) << row.name;
  }
  for (const Text& row : kBadNames) {
    SCOPED_TRACE(row.name);
    ExpectInvalid(GatewayName(row.text, "/name"), "/name");
  }
}

TEST(GatewayName, IsKeptComposedAndWithoutBlanksAround) {
  EXPECT_EQ(GatewayName("  Cafe\xCC\x81 1\xC2\xA0", "/name"), "Caf\xC3\xA9 1");
  const std::string longest = Repeat("e\xCC\x81", 100);
  EXPECT_EQ(GatewayName(longest, "/name"), Repeat("é", 100)) << "counted as it is kept";
  const auto unseen = GatewayName(
      "a\xE2\x80\x8B"
      "b",
      "/name");
  ASSERT_FALSE(unseen);
  EXPECT_NE(unseen.error().fields[0].detail.find("U+200B"), std::string::npos);
}

TEST(GatewayName, HasNoControlCharacter) {
  for (int c = 0; c < 0xA0; ++c) {
    std::string text = "a";
    if (c < 0x80) {
      text += static_cast<char>(c);
    } else {
      text += {'\xC2', static_cast<char>(c)};
    }
    const bool is_control = c < 0x20 || c >= 0x7F;
    EXPECT_EQ(!GatewayName(text + "b", "/name"), is_control) << c;
    EXPECT_EQ(!CheckText(text, 10, "/reason"), is_control && c != '\r' && c != '\n' && c != '\t')
        << c;
  }
}

TEST(Text, IsBoundedInCharactersAndMayBeEmpty) {
  EXPECT_TRUE(CheckText("", 3, "/reason"));
  EXPECT_TRUE(CheckText("é\nパ", 3, "/reason"));
  ExpectInvalid(CheckText("abcd", 3, "/reason"), "/reason");
  ExpectInvalid(CheckText("\xC3", 3, "/host/os"), "/host/os");
}

const Text kGoodAccounts[] = {
    {"one letter", "a"},          {"one digit", "7"},       {"letters", "acme"},
    {"dashes", "a-b--c"},         {"digits", "0123456789"}, {"40 characters", Repeat("x", 40)},
    {"a dash at place 2", "a-b"},
};

const Text kBadAccounts[] = {
    {"empty", ""},
    {"41 characters", Repeat("x", 41)},
    {"upper case", "Acme"},
    {"a dash first", "-a"},
    {"a dash last", "a-"},
    {"a dash alone", "-"},
    {"underscore", "a_b"},
    {"dot", "a.b"},
    {"slash", "a/b"},
    {"space", "a b"},
    {"NUL", "a\0b"_b},
    {"umlaut", "ä"},
    {"newline last", "a\n"},
    {"colon, next to 9", "a:b"},
    {"brace, next to z", "a{b"},
};

TEST(AccountName, HasLettersDigitsAndDashes) {
  for (const Text& row : kGoodAccounts) {
    EXPECT_TRUE(CheckAccountName(row.text, "/account")) << row.name;
  }
  for (const Text& row : kBadAccounts) {
    SCOPED_TRACE(row.name);
    ExpectInvalid(CheckAccountName(row.text, "/account"), "/account");
  }
}

TEST(KeyLifetime, IsASecondToAYear) {
  const std::int64_t year = 365 * 24 * 60 * 60;
  for (const std::int64_t good : {std::int64_t{1}, std::int64_t{7 * 24 * 60 * 60}, year}) {
    EXPECT_TRUE(CheckKeyLifetime(good, "/expires_in_seconds")) << good;
  }
  for (const std::int64_t bad :
       {std::int64_t{0}, std::int64_t{-1}, year + 1, INT64_MAX, INT64_MIN}) {
    SCOPED_TRACE(bad);
    ExpectInvalid(CheckKeyLifetime(bad, "/expires_in_seconds"), "/expires_in_seconds");
  }
}

TEST(TokenName, IsThatOfAGateway) {
  for (const Text& row : kGoodNames) EXPECT_EQ(TokenName(row.text, "/name"), row.text) << row.name;
  for (const Text& row : kBadNames) {
    SCOPED_TRACE(row.name);
    ExpectInvalid(TokenName(row.text, "/name"), "/name");
  }
}

TEST(TokenLifetime, IsASecondToTenYears) {
  const std::int64_t decade = 10ll * 365 * 24 * 60 * 60;
  for (const std::int64_t good : {std::int64_t{1}, std::int64_t{3600}, decade}) {
    EXPECT_TRUE(CheckTokenLifetime(good, "/expires_in_seconds")) << good;
  }
  for (const std::int64_t bad :
       {std::int64_t{0}, std::int64_t{-1}, decade + 1, INT64_MAX, INT64_MIN}) {
    SCOPED_TRACE(bad);
    ExpectInvalid(CheckTokenLifetime(bad, "/expires_in_seconds"), "/expires_in_seconds");
  }
}

TEST(TokenRole, IsOneOfFour) {
  for (const std::string_view name : {"owner", "operator", "helpdesk", "auditor"}) {
    const std::optional<TokenRole> role = RoleFromName(name);
    ASSERT_TRUE(role) << name;
    EXPECT_EQ(RoleName(*role), name);
  }
  for (const std::string_view other : {"", "Owner", "admin", "owner "}) {
    EXPECT_FALSE(RoleFromName(other)) << other;
  }
}

TEST(FailureReason, IsAShortWord) {
  const Text good[] = {{"a letter", "x"},
                       {"a word", "disk_full_2"},
                       {"an underscore", "_"},
                       {"64 characters", Repeat("r", 64)}};
  const Text bad[] = {{"empty", ""},          {"65 characters", Repeat("r", 65)},
                      {"upper case", "Disk"}, {"dash", "disk-full"},
                      {"space", "disk full"}, {"backquote, next to a", "`"},
                      {"NUL", "a\0"_b},       {"not ASCII", "é"}};
  for (const Text& row : good) EXPECT_TRUE(CheckFailureReason(row.text, "/reason")) << row.name;
  for (const Text& row : bad) {
    SCOPED_TRACE(row.name);
    ExpectInvalid(CheckFailureReason(row.text, "/reason"), "/reason");
  }
}

}  // namespace
}  // namespace latchkey::domain
