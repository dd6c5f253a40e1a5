#include "core/base/base32.h"

#include <string>

#include <gtest/gtest.h>

namespace latchkey::text {
namespace {

TEST(Base32, WritesFiveBitsACharacterAndPadsWithZeros) {
  EXPECT_EQ(ToBase32("", kBase32Lower), "");
  EXPECT_EQ(ToBase32(std::string(5, '\0'), kBase32Lower), "00000000");
  EXPECT_EQ(ToBase32(std::string(10, '\xff'), kBase32Lower), "zzzzzzzzzzzzzzzz");
  EXPECT_EQ(ToBase32(std::string("\x00\x44\x32\x14\xc7", 5), kBase32Upper), "01234567");
  EXPECT_EQ(ToBase32("\xff", kBase32Upper), "ZW");
}

TEST(Base32, ReadsEveryCharacterAndItsLookAlikes) {
  for (int value = 0; value < 32; ++value) {
    EXPECT_EQ(Base32Value(kBase32Upper[static_cast<std::size_t>(value)]), value);
    EXPECT_EQ(Base32Value(kBase32Lower[static_cast<std::size_t>(value)]), value);
  }
  for (const char c : {'O', 'o'}) EXPECT_EQ(Base32Value(c), 0);
  for (const char c : {'I', 'i', 'L', 'l'}) EXPECT_EQ(Base32Value(c), 1);
  int known = 0;
  for (int byte = -128; byte < 128; ++byte) known += Base32Value(static_cast<char>(byte)) >= 0;
  EXPECT_EQ(known, 10 + 2 * 22 + 6);
}

}  // namespace
}  // namespace latchkey::text
