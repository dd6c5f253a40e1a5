#include "core/base/printable.h"

#include <string>

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace latchkey::text {
namespace {

using namespace std::string_literals;

struct Row {
  std::string name;
  std::string given;
  std::string shown;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

const Row kRows[] = {
    {"nothing", "", ""},
    {"plain", "a gateway, 7 \\ \"quoted\"", "a gateway, 7 \\ \"quoted\""},
    {"letters", "zürich – 東京 – مرحبا", "zürich – 東京 – مرحبا"},
    {"joiners_within_words", "नमस्‌ते", "नमस्‌ते"},
    {"emoji", "🔑", "🔑"},
    {"escape_sequence", "a\x1b[2J\x1b]0;t\x07z", "a?[2J?]0;t?z"},
    {"new_line", "a\nlatchkey: done", "a?latchkey: done"},
    {"carriage_return", "good\rbad", "good?bad"},
    {"tab_and_zero", "a\tb\0c"s, "a?b?c"},
    {"delete", "a\x7f", "a?"},
    {"c1_csi",
     "a\xc2\x9b"
     "2J",
     "a?2J"},
    {"next_line", "a\xc2\x85z", "a?z"},
    {"override", "a\u202Etxt.exe", "a?txt.exe"},
    {"isolates", "\u2066a\u2069\u2067", "?a??"},
    {"marks", "a\u200E\u200F\u061C", "a???"},
    {"separators", "a\u2028b\u2029", "a?b?"},
    {"zero_width", "a\u200Bb\uFEFF\u2060\u00AD", "a?b???"},
    {"tags", "a\U000E0041z", "a?z"},
    {"lone_continuation", "a\x80z", "a?z"},
    {"cut_character", "a\xe2\x82", "a??"},
    {"overlong_slash", "a\xc0\xafz", "a??z"},
    {"overlong_escape", "a\xe0\x80\x9bz", "a???z"},
    {"surrogate", "a\xed\xa0\x80z", "a???z"},
    {"beyond_unicode", "a\xf4\x90\x80\x80z", "a????z"},
    {"bytes_never_in_utf8", "a\xfe\xffz", "a??z"},
    {"latin_1", "z\xfcrich", "z?rich"},
};

class PrintableTest : public ::testing::TestWithParam<Row> {};

TEST_P(PrintableTest, ShowsWhatIsSafe) { EXPECT_EQ(Printable(GetParam().given), GetParam().shown); }

INSTANTIATE_TEST_SUITE_P(Rows, PrintableTest, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

TEST(Printable, IsCutAtACharacter) {
  EXPECT_EQ(Printable("abcdef", 6), "abcdef");
  EXPECT_EQ(Printable("abcdefg", 6), "abcdef…");
  EXPECT_EQ(Printable("abcdé", 5), "abcd…");
  EXPECT_EQ(Printable(std::string(10'000, 'x')), std::string(kMaxPrintedBytes, 'x') + "…");
  EXPECT_EQ(Printable(std::string(10'000, '\x1b'), 3), "???…");
}

TEST(Printable, LinesCannotPassForOthers) {
  EXPECT_EQ(PrintableLines("one"), "one");
  EXPECT_EQ(PrintableLines("one\n  /name: two"), "one\n  /name: two");
  EXPECT_EQ(PrintableLines("one\nlatchkey: done"), "one\n  latchkey: done");
  EXPECT_EQ(PrintableLines("one\n\n"), "one\n  \n  ");
  EXPECT_EQ(PrintableLines("\x1b[A\n\x1b[A"), "?[A\n  ?[A");
  EXPECT_EQ(PrintableLines(""), "");
}

TEST(Printable, JsonMeansTheSame) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    boost::system::error_code bad;
    std::string json = boost::json::serialize(boost::json::object{{"a", row.given}});
    const boost::json::value meant = boost::json::parse(json, bad);
    json = EscapeUnprintable(json);
    for (const char* unsafe : {"\x1b", "\x7f", "\xc2\x9b", "\u202E", "\u2066", "\u2028", "\xff"}) {
      EXPECT_EQ(json.find(unsafe), std::string::npos) << json;
    }
    const boost::json::value read = boost::json::parse(json);
    if (!bad) {
      EXPECT_EQ(read, meant);
    }
  }
  EXPECT_EQ(EscapeUnprintable("\"\U000E0041\""), "\"\\udb40\\udc41\"");
}

}  // namespace
}  // namespace latchkey::text
