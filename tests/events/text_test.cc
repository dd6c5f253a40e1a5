#include "events/text.h"

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

TEST(Base64, IsThatOfRfc4648) {
  const std::pair<const char*, const char*> rows[] = {{"", ""},
                                                      {"f", "Zg=="},
                                                      {"fo", "Zm8="},
                                                      {"foo", "Zm9v"},
                                                      {"foob", "Zm9vYg=="},
                                                      {"fooba", "Zm9vYmE="},
                                                      {"foobar", "Zm9vYmFy"},
                                                      {"\xff\xef\xbe", "/+++"}};
  for (const auto& [bytes, base64] : rows) EXPECT_EQ(ToBase64(bytes), base64);
}

TEST(Base64Url, IsThatOfRfc7515AndNothingElse) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"", ""},
      {"f", "Zg"},
      {"fo", "Zm8"},
      {"foo", "Zm9v"},
      {std::string_view("\x03\xec\xff\xe0\xc1", 5), "A-z_4ME"},
  };
  for (const auto& [bytes, base64] : rows) {
    EXPECT_EQ(ToBase64Url(bytes), base64);
    EXPECT_EQ(FromBase64Url(base64), std::string(bytes));
  }
  // Padding, the other alphabet, spaces, a digit alone, bits that say nothing.
  for (const char* bad : {"Zg==", "A+z/4ME", "Zm 9v", "Z", "Zm9vZ", "Zh", "Zm9"}) {
    EXPECT_FALSE(FromBase64Url(bad)) << bad;
  }
}

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

TEST(Hex, OneDigit) {
  int known = 0;
  for (int byte = -128; byte < 128; ++byte) known += HexValue(static_cast<char>(byte)) >= 0;
  EXPECT_EQ(known, 10 + 2 * 6);
  EXPECT_EQ(HexValue('9'), 9);
  EXPECT_EQ(HexValue('a'), 10);
  EXPECT_EQ(HexValue('F'), 15);
}

TEST(Ids, GoThereAndBack) {
  const std::uint64_t largest = (std::uint64_t{1} << 40) - 1;
  for (const std::uint64_t number : {std::uint64_t{1}, std::uint64_t{31}, std::uint64_t{32},
                                     std::uint64_t{123'456'789}, largest}) {
    EXPECT_EQ(ParseGatewayId(GatewayId(number)), number);
    EXPECT_EQ(ParseTokenId(TokenId(number)), number);
  }
  EXPECT_EQ(GatewayId(1), "gw_00000001");
  EXPECT_EQ(GatewayId(largest), "gw_zzzzzzzz");
  EXPECT_EQ(TokenId(32), "tok_00000010");
}

TEST(Ids, AreReadInTheirExactFormOnly) {
  for (const char* bad :
       {"", "gw_", "gw_00000000", "gw_0000001", "gw_000000001", "gw_0000000u", "gw_0000000A",
        "gw_0000000o", "GW_00000001", "tok_00000001", " gw_00000001", "00000001"}) {
    EXPECT_FALSE(ParseGatewayId(bad)) << bad;
  }
  EXPECT_FALSE(ParseTokenId("gw_00000001"));
}

struct TimeRow {
  const char* written;
  std::int64_t time_us;
};

TEST(Time, ReadsRfc3339) {
  const TimeRow rows[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"2026-01-02T03:04:05.678901Z", 1'767'323'045'678'901},
      {"2026-01-02T03:04:05.6789019Z", 1'767'323'045'678'901},
      {"2026-01-02T03:04:05.678901999Z", 1'767'323'045'678'901},
      {"2026-01-02t03:04:05.5z", 1'767'323'045'500'000},
      {"2026-01-02T05:04:05+02:00", 1'767'323'045'000'000},
      {"2026-01-01T22:34:05-04:30", 1'767'323'045'000'000},
      {"2024-02-29T00:00:00Z", 1'709'164'800'000'000},
      {"1969-12-31T23:59:59.999999Z", -1},
      {"9999-12-31T23:59:59Z", 253'402'300'799'000'000},
  };
  for (const auto& row : rows) EXPECT_EQ(ParseTime(row.written), row.time_us) << row.written;
}

TEST(Time, RefusesWhatIsNone) {
  for (const char* bad : {"",
                          "2026-01-02",
                          "2026-01-02T03:04:05",
                          "2026-01-02 03:04:05Z",
                          "2026-01-02T03:04Z",
                          "2026-01-02T03:04:05.Z",
                          "2026-01-02T03:04:05.1234567890Z",
                          "2026-13-02T03:04:05Z",
                          "2026-00-02T03:04:05Z",
                          "2026-02-29T03:04:05Z",
                          "2026-01-00T03:04:05Z",
                          "2026-01-02T24:04:05Z",
                          "2026-01-02T03:60:05Z",
                          "2026-01-02T03:04:60Z",
                          "2026-01-02T03:04:05+24:00",
                          "2026-01-02T03:04:05+2:00",
                          "2026-01-02T03:04:05+02",
                          "2026-01-02T03:04:05ZZ",
                          " 2026-01-02T03:04:05Z",
                          "26-01-02T03:04:05Z",
                          "2026-1-2T03:04:05Z",
                          "+026-01-02T03:04:05Z",
                          "2026-01-02T03:04:-5Z"}) {
    EXPECT_FALSE(ParseTime(bad)) << bad;
  }
}

TEST(Time, GoesThereAndBack) {
  EXPECT_EQ(Time(1'767'323'045'678'901), "2026-01-02T03:04:05.678901Z");
  EXPECT_EQ(Time(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(Time(-1), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(Time(INT64_MAX), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(Time(INT64_MIN), "0000-01-01T00:00:00.000000Z");
  for (std::int64_t time = -1'000'000'007; time < 4'000'000'000'000'000;
       time = time * 3 + 1'234'567'890'123) {
    EXPECT_EQ(ParseTime(Time(time)), time);
  }
}

}  // namespace
}  // namespace latchkey::text
