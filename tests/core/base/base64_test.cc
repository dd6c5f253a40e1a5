#include "core/base/base64.h"

#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

namespace latchkey::text {
namespace {

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
  // Padding, the other alphabet, spaces, a single digit, non-zero padding bits.
  for (const char* bad : {"Zg==", "A+z/4ME", "Zm 9v", "Z", "Zm9vZ", "Zh", "Zm9"}) {
    EXPECT_FALSE(FromBase64Url(bad)) << bad;
  }
}

}  // namespace
}  // namespace latchkey::text
