#include "core/crypto/der.h"

#include <gtest/gtest.h>

#include "core/base/hex.h"
#include "core/base/time_text.h"
#include "core/crypto/pem.h"

namespace latchkey::crypto {
namespace {

using namespace std::string_literals;

TEST(Der, WritesTheShortestLength) {
  const std::pair<std::size_t, std::string> rows[] = {
      {0, "3000"},     {1, "3001"},       {127, "307f"},        {128, "308180"},
      {255, "3081ff"}, {256, "30820100"}, {65'535, "3082ffff"}, {65'536, "3083010000"}};
  for (const auto& [size, head] : rows) {
    const std::string content(size, 'x');
    const std::string value = der::Value(der::kSequence, {content});
    EXPECT_EQ(text::ToHex(value.substr(0, head.size() / 2)), head);
    der::Reader reader(value);
    const auto element = reader.Take(der::kSequence);
    ASSERT_TRUE(element);
    EXPECT_EQ(element->content, content);
    EXPECT_EQ(element->whole, value);
    EXPECT_TRUE(reader.empty());
  }
}

TEST(Der, WritesIntegersThatAreNeverNegative) {
  const std::pair<std::string, const char*> rows[] = {
      {"", "020100"},         {"\0"s, "020100"},       {"\x7f", "02017f"},
      {"\x80", "02020080"},   {"\0\0\x01"s, "020101"}, {"\0\x80"s, "02020080"},
      {"\x01\0"s, "02020100"}};
  for (const auto& [bytes, hex] : rows) EXPECT_EQ(text::ToHex(der::Integer(bytes)), hex);
}

TEST(Der, WritesTimesAsRfc5280Asks) {
  const std::pair<const char*, const char*> rows[] = {
      {"2049-12-31T23:59:59.999999Z", "491231235959Z"},
      {"2050-01-01T00:00:00Z", "20500101000000Z"},
      {"1950-01-01T00:00:00Z", "500101000000Z"},
      {"1949-12-31T23:59:59Z", "19491231235959Z"},
      {"2026-07-04T01:02:03Z", "260704010203Z"}};
  for (const auto& [time, written] : rows) {
    EXPECT_EQ(der::TimeValue(FromMicros(*text::ParseTime(time))).substr(2), written);
  }
}

TEST(Der, ReadsNothingButDer) {
  for (const char* hex : {"", "30", "3001", "308000", "30800000", "308101ff", "30810100",
                          "3082007f", "308400000001ff", "1f0100", "3f8101", "308180", "3085"}) {
    const std::string bytes = *text::FromHex(hex);
    der::Reader reader(bytes);
    EXPECT_FALSE(reader.Take()) << hex;
  }
}

TEST(Der, TakesOnlyTheTagAskedFor) {
  const std::string bytes = *text::FromHex(
      "020101"
      "0500");
  der::Reader reader(bytes);
  EXPECT_FALSE(reader.Take(der::kNull));
  EXPECT_TRUE(reader.Take(der::kInteger));
  EXPECT_TRUE(reader.Take(der::kNull));
  EXPECT_FALSE(reader.Take(der::kNull));
  EXPECT_TRUE(reader.empty());
}

TEST(Der, ReadsPositiveIntegersInTheirShortestForm) {
  const std::pair<const char*, std::optional<std::string>> rows[] = {
      {"020101", "\x01"},       {"02020080", "\x80"},       {"020100", std::nullopt},
      {"020180", std::nullopt}, {"02020001", std::nullopt}, {"0200", std::nullopt},
      {"030101", std::nullopt}};
  for (const auto& [hex, value] : rows) {
    const std::string bytes = *text::FromHex(hex);
    der::Reader reader(bytes);
    EXPECT_EQ(der::PositiveInteger(*reader.Take()), value) << hex;
  }
}

TEST(Der, ReadsBitStringsOfWholeBytes) {
  for (const char* hex : {"0300", "030101", "030207ff", "0400"}) {
    const std::string bytes = *text::FromHex(hex);
    der::Reader reader(bytes);
    EXPECT_FALSE(der::BitStringBytes(*reader.Take())) << hex;
  }
  const std::string bytes = der::BitString("abc");
  der::Reader reader(bytes);
  EXPECT_EQ(der::BitStringBytes(*reader.Take()), "abc");
}

TEST(Pem, GoesThereAndBack) {
  for (std::size_t size = 1; size < 200; ++size) {
    const std::string der(size, static_cast<char>(size));
    const auto blocks = ReadPem("before\n" + WritePem("A LABEL", der) + "after");
    ASSERT_TRUE(blocks);
    ASSERT_EQ(blocks->size(), 1u);
    EXPECT_EQ(blocks->front().label, "A LABEL");
    EXPECT_EQ(blocks->front().der, der);
  }
}

TEST(Pem, RefusesBrokenBlocks) {
  const auto block = [](const std::string& body) {
    return "-----BEGIN X-----\n" + body + "\n-----END X-----\n";
  };
  EXPECT_EQ(ReadPem(block("Zm9v"))->front().der, "foo");
  EXPECT_EQ(ReadPem(block("Zm\n 9v\tYg=\r\n="))->front().der, "foob");
  for (const char* body : {"", "Zm9", "Zm9v=", "Zg=v", "Z===", "====", "Zm9vZg==Zm9v", "Zm9-",
                           "Zm9vYmE", "Zm\xc3\xa4", "-Zm9"}) {
    EXPECT_FALSE(ReadPem(block(body))) << body;
  }
  EXPECT_FALSE(ReadPem("-----BEGIN X-----\nZm9v\n"));
  EXPECT_FALSE(ReadPem("-----BEGIN X-----\nZm9v\n-----END Y-----\n"));
  EXPECT_FALSE(ReadPem("-----BEGIN X-----\nZm9v\n-----END X----"));
  EXPECT_FALSE(ReadPem("-----BEGIN X"));
  EXPECT_TRUE(ReadPem("nothing of the kind")->empty());
}

}  // namespace
}  // namespace latchkey::crypto
