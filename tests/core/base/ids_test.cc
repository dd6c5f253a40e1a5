#include "core/base/ids.h"

#include <cstdint>

#include <gtest/gtest.h>

namespace latchkey::text {
namespace {

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

}  // namespace
}  // namespace latchkey::text
