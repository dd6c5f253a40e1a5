// Keys out of mail, word processors and files of other systems.
#include "tools/installer/key_text.h"

#include <gtest/gtest.h>

#include "core/domain/key_codec.h"

namespace latchkey::tools {
namespace {

using namespace std::string_literals;

const std::string kTypedKey(domain::FormatKey({7, 2, crypto::Secret(std::string(16, 'k'))}).view());

std::string Replaced(const std::string& what, const std::string& by) {
  std::string text;
  for (const char c : kTypedKey) text += std::string(1, c) == what ? by : std::string(1, c);
  return text;
}

// Of ASCII.
std::string Utf16(const std::string& text, bool little) {
  std::string wide;
  for (const char c : text) wide += little ? std::string{c, '\0'} : std::string{'\0', c};
  return wide;
}

std::string FullWidth(const std::string& text) {
  std::string wide;
  for (const char c : text) {
    const unsigned code = 0xFEE0u + static_cast<unsigned char>(c);
    wide += {static_cast<char>(0xE0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3F)),
             static_cast<char>(0x80 | (code & 0x3F))};
  }
  return wide;
}

TEST(KeyText, IsReadAsWhatItMeans) {
  const struct {
    const char* name;
    std::string text;
  } rows[] = {
      {"plain", kTypedKey},
      {"a line", " " + kTypedKey + " \r\n"},
      {"byte order mark", "\xef\xbb\xbf" + kTypedKey + "\r\n"},
      {"no-break hyphens", Replaced("-", "\u2011")},
      {"en dashes", Replaced("-", "\u2013")},
      {"minus signs", Replaced("-", "\u2212")},
      {"no-break spaces", Replaced("-", "\u00a0")},
      {"zero-width spaces", Replaced("-", "-\u200b")},
      {"soft hyphens", Replaced("-", "\u00ad")},
      {"curly quotes", "\u201c" + kTypedKey + "\u201d"},
      {"straight quotes", "\"" + kTypedKey + "\""},
      {"full width", FullWidth(kTypedKey)},
      {"full-width quotes", "\uff02" + kTypedKey + "\uff07"},
      {"UTF-16 of Windows", "\xff\xfe" + Utf16(kTypedKey + "\r\n", true)},
      {"UTF-16, big end first", "\xfe\xff" + Utf16(kTypedKey, false)},
      {"UTF-16 without a mark", Utf16(kTypedKey, true)},
      {"UTF-16 without a mark, big end first", Utf16(kTypedKey, false)},
  };
  for (const auto& row : rows) {
    const auto text = ReadKeyText(row.text);
    ASSERT_TRUE(text) << row.name << ": " << text.error().message;
    const auto key = domain::ParseKey(text->view());
    ASSERT_TRUE(key) << row.name << ": " << key.error().detail;
    EXPECT_EQ(domain::FormatKey(*key).view(), kTypedKey) << row.name;
  }
}

TEST(KeyText, NamesWhatCannotStandInAKey) {
  const struct {
    std::string text;
    const char* said;
  } rows[] = {
      {"\u041a" + kTypedKey, "U+041A at place 1 "},
      {"\xef\xbb\xbfLK\u04001", "U+0400 at place 3 "},
      {"L\u200bK\u2460", "U+2460 at place 3 "},
      {"LK1-\U0001F511", "U+1F511 at place 5 "},
      {"LK1\x96", "place 4 of the key is not text in UTF-8"},
      {kTypedKey + "\x80", "is not text in UTF-8"},
      {"\xff\xfe" + Utf16("LK1", true) + "\x16\x04", "U+0416 at place 4 "},
      {"LK"s + '\0' + "1x", "U+0000 at place 3 "},
  };
  for (const auto& row : rows) {
    const auto text = ReadKeyText(row.text);
    ASSERT_FALSE(text) << row.said;
    EXPECT_EQ(text.error().exit, ExitCode::kUsage);
    EXPECT_NE(text.error().message.find(row.said), std::string::npos) << text.error().message;
    EXPECT_EQ(text.error().message.find(kTypedKey), std::string::npos);
  }
}

TEST(KeyText, OfNothingIsNothing) {
  for (const char* text : {"", "\n", "\xef\xbb\xbf", "\xff\xfe"}) {
    EXPECT_EQ(ReadKeyText(text)->view(), "");
  }
}

}  // namespace
}  // namespace latchkey::tools
