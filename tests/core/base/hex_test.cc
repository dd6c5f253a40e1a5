#include "core/base/hex.h"

#include <string>

#include <gtest/gtest.h>

namespace latchkey::text {
namespace {

TEST(Hex, GoesThereAndBack) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(ToHex("\x01\xab\xff"), "01abff");
  EXPECT_EQ(FromHex(ToHex(all)), all);
  EXPECT_EQ(FromHex("ABcd"), "\xab\xcd");
  EXPECT_EQ(FromHex(""), "");
  for (const char* bad : {"0", "0g", "0x12", "12 ", " 12", "zz"}) EXPECT_FALSE(FromHex(bad)) << bad;
}

TEST(Hex, OneDigit) {
  int known = 0;
  for (int byte = -128; byte < 128; ++byte) known += HexValue(static_cast<char>(byte)) >= 0;
  EXPECT_EQ(known, 10 + 2 * 6);
  EXPECT_EQ(HexValue('9'), 9);
  EXPECT_EQ(HexValue('a'), 10);
  EXPECT_EQ(HexValue('F'), 15);
}

}  // namespace
}  // namespace latchkey::text
