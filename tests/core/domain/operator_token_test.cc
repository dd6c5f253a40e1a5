#include "core/domain/operator_token.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/support/fakes.h"

namespace latchkey::domain {
namespace {

TEST(OperatorToken, HasItsFormAndItsChecksum) {
  testing::SeededRandom random;
  const crypto::Secret token = NewOperatorToken(random);
  EXPECT_TRUE(token.view().starts_with("lkop_"));
  EXPECT_EQ(token.view().size(), 5u + 52u + 4u);
  EXPECT_TRUE(IsOperatorToken(token.view()));
}

TEST(OperatorToken, TwoAreNeverTheSame) {
  testing::SeededRandom random;
  EXPECT_NE(NewOperatorToken(random).view(), NewOperatorToken(random).view());
}

TEST(OperatorToken, LookAlikesAreTold) {
  testing::SeededRandom random;
  const std::string token(NewOperatorToken(random).view());
  std::string slip = token;
  slip[10] = slip[10] == 'a' ? 'b' : 'a';
  std::string upper = token;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const struct {
    const char* name;
    std::string text;
  } rows[] = {
      {"empty", ""},
      {"prefix alone", "lkop_"},
      {"one character short", token.substr(0, token.size() - 1)},
      {"one character long", token + "0"},
      {"one character changed", slip},
      {"other prefix", "lkxx_" + token.substr(5)},
      {"upper case", upper},
  };
  for (const auto& row : rows) EXPECT_FALSE(IsOperatorToken(row.text)) << row.name;
}

}  // namespace
}  // namespace latchkey::domain
