#include "core/base/unicode.h"

#include <gtest/gtest.h>

#include <string>

namespace latchkey::text {
namespace {

struct Mapped {
  const char* text;
  const char* becomes;
};

TEST(Unicode, FoldsWhatPeopleTypeInDifferentWays) {
  for (const Mapped& row : {
           Mapped{"", ""},
           {"Lyon-1 [a]", "lyon-1 [a]"},
           {"Caf\xC3\xA9", "cafe"},
           {"Cafe\xCC\x81", "cafe"},  // the mark is a code point of its own
           {"CAF\xC3\x89", "cafe"},
           {"Straße", "strasse"},
           {"ﬁnance", "finance"},    // a ligature
           {"Ｔｏｋｙｏ", "tokyo"},  // full width
           {"ΟΔΟΣ", "οδοσ"},
           {"οδός", "οδοσ"},  // a final sigma
           {"Ångström", "angstrom"},
           {"東京", "東京"},
           {"ｶﾞ", "カ"},                      // half width, and its mark
           {"\xD9\x85\xD9\x8E", "\xD9\x85"},  // an Arabic vowel
       }) {
    EXPECT_EQ(Fold(row.text), row.becomes) << row.text;
    EXPECT_EQ(Fold(row.becomes), row.becomes) << "folded twice: " << row.text;
  }
}

TEST(Unicode, Composes) {
  EXPECT_EQ(Nfc("Cafe\xCC\x81"), "Caf\xC3\xA9");
  EXPECT_EQ(Nfc("Caf\xC3\xA9"), "Caf\xC3\xA9");
  EXPECT_EQ(Nfc("Cafe"), "Cafe");
  EXPECT_EQ(Nfc("\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB"), "\xED\x95\x9C");  // Hangul
  EXPECT_EQ(Nfc("ﬁ"), "ﬁ") << "compatible forms stay";
}

TEST(Unicode, RefusesWhatIsNotUtf8) {
  for (const char* bytes : {"\xC3", "a\xFF", "\xED\xA0\x80", "\xC0\xAF", "\xF4\x90\x80\x80"}) {
    EXPECT_EQ(Fold(bytes), std::nullopt) << bytes;
    EXPECT_EQ(Nfc(bytes), std::nullopt) << bytes;
    EXPECT_EQ(CountChars(bytes), std::nullopt) << bytes;
  }
  EXPECT_EQ(CountChars(""), 0u);
  EXPECT_EQ(CountChars("é\xF0\x9F\x97\xBC"), 2u);
}

TEST(Unicode, TrimsBlanksOfAnyScript) {
  for (const Mapped& row : {
           Mapped{"", ""},
           {"   ", ""},
           {" a b ", "a b"},
           {"\xC2\xA0 a\xE3\x80\x80", "a"},  // no-break, ideographic
           {"\xE2\x80\xA8"
            "a",
            "a"},           // a line separator
           {"\ta", "\ta"},  // a control character
       }) {
    EXPECT_EQ(Trim(row.text), row.becomes) << row.text;
  }
}

struct Unseen {
  const char* name;
  const char* text;
  char32_t found;  // 0: none
};

TEST(Unicode, FindsWhatNobodySees) {
  for (const Unseen& row : {
           Unseen{"nothing", "Paris 1 — 東京 \xF0\x9F\x97\xBC", 0},
           {"tab", "a\tb", 0x09},
           {"next line", "a\xC2\x85", 0x85},
           {"soft hyphen",
            "a\xC2\xAD"
            "b",
            0xAD},
           {"zero-width space",
            "a\xE2\x80\x8B"
            "b",
            0x200B},
           {"left-to-right mark", "a\xE2\x80\x8E", 0x200E},
           {"right-to-left override",
            "\xE2\x80\xAE"
            "abc",
            0x202E},
           {"an isolate",
            "\xE2\x81\xA6"
            "a\xE2\x81\xA9",
            0x2066},
           {"word joiner", "a\xE2\x81\xA0", 0x2060},
           {"byte order mark",
            "\xEF\xBB\xBF"
            "a",
            0xFEFF},
           {"paragraph separator",
            "a\xE2\x80\xA9"
            "b",
            0x2029},
           {"Hangul filler", "a\xE3\x85\xA4", 0x3164},
           {"blank Braille", "\xE2\xA0\x80", 0x2800},
           {"a joiner in Persian", "می\xE2\x80\x8Cخواهم", 0},
           {"a joiner in Sinhala", "ශ්\xE2\x80\x8Dරී", 0},
           {"a joiner first",
            "\xE2\x80\x8D"
            "a",
            0x200D},
           {"a joiner last", "a\xE2\x80\x8D", 0x200D},
           {"a joiner beside a digit",
            "a\xE2\x80\x8C"
            "1",
            0x200C},
           {"two joiners",
            "a\xE2\x80\x8D\xE2\x80\x8D"
            "b",
            0x200D},
       }) {
    const auto found = FindUnseen(row.text);
    EXPECT_EQ(found.value_or(0), row.found) << row.name;
  }
  EXPECT_EQ(CodePointName(0x200B), "U+200B");
  EXPECT_EQ(CodePointName(9), "U+0009");
  EXPECT_EQ(CodePointName(0x1F5FC), "U+1F5FC");
}

TEST(Unicode, FindsControlsThatAreNotAllowed) {
  EXPECT_FALSE(HasControls("a\nb é", "\n"));
  EXPECT_TRUE(HasControls("a\nb", ""));
  EXPECT_TRUE(HasControls("a\x7F", "\n"));
  EXPECT_TRUE(HasControls("a\xC2\x80", "\n"));
}

TEST(Unicode, CountsTheCellsOfATerminal) {
  const struct {
    const char* text;
    std::size_t cells;
    const char* first_three;
  } rows[] = {
      {"", 0, ""},
      {"ab", 2, "ab"},
      {"abcd", 4, "abc"},
      {"zürich", 6, "zür"},
      {"e\xCC\x81t\xCC\xA7"
       "e",
       3,
       "e\xCC\x81t\xCC\xA7"
       "e"},              // marks take none
      {"東京", 4, "東"},  // wide: two do not fit into three
      {"a東京", 5, "a東"},
      {"ｱｲｳｴ", 4, "ｱｲｳ"},  // half width
      {"\xff\xfe"
       "a",
       3,
       "\xff\xfe"
       "a"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(CountCells(row.text), row.cells) << row.text;
    EXPECT_EQ(CutToCells(row.text, 3), row.first_three) << row.text;
    EXPECT_EQ(CutToCells(row.text, row.cells), row.text) << row.text;
  }
}

}  // namespace
}  // namespace latchkey::text
