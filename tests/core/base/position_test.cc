#include "core/base/position.h"

#include <gtest/gtest.h>

namespace latchkey {
namespace {

struct Row {
  const char* name;
  std::string written;
  std::optional<Position> position;
};

class ParsePositionTest : public ::testing::TestWithParam<Row> {};

TEST_P(ParsePositionTest, ReadsOnlyTheExactForm) {
  EXPECT_EQ(ParsePosition(GetParam().written), GetParam().position);
  if (GetParam().position) {
    EXPECT_EQ(Format(*GetParam().position), GetParam().written);
  }
}

const std::string kEpoch = "0123456789abcdef";

INSTANTIATE_TEST_SUITE_P(
    Rows, ParsePositionTest,
    ::testing::Values(
        Row{"zero", kEpoch + "-0", Position{kEpoch, 0}},
        Row{"one", kEpoch + "-1", Position{kEpoch, 1}},
        Row{"all_letters", "ghjkmnpqrstvwxyz-42", Position{"ghjkmnpqrstvwxyz", 42}},
        Row{"largest", kEpoch + "-9999999999999999999",
            Position{kEpoch, 9'999'999'999'999'999'999u}},
        Row{"too_large", kEpoch + "-10000000000000000000", std::nullopt},
        Row{"empty", "", std::nullopt}, Row{"no_dash", kEpoch + "0", std::nullopt},
        Row{"no_sequence", kEpoch + "-", std::nullopt}, Row{"no_epoch", "-1", std::nullopt},
        Row{"short_epoch", "0123456789abcde-1", std::nullopt},
        Row{"long_epoch", kEpoch + "0-1", std::nullopt},
        Row{"upper_case", "0123456789ABCDEF-1", std::nullopt},
        Row{"letter_u", "u123456789abcdef-1", std::nullopt},
        Row{"leading_zero", kEpoch + "-01", std::nullopt},
        Row{"negative", kEpoch + "--1", std::nullopt}, Row{"plus", kEpoch + "-+1", std::nullopt},
        Row{"hex", kEpoch + "-1f", std::nullopt}, Row{"space_behind", kEpoch + "-1 ", std::nullopt},
        Row{"nul_behind", kEpoch + "-1" + std::string(1, '\0'), std::nullopt}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace latchkey
