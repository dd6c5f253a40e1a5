#include "core/base/big_endian.h"

#include <gtest/gtest.h>

namespace latchkey {
namespace {

using namespace std::string_literals;

std::string Put(std::uint64_t number, std::size_t width) {
  std::string out = "x";
  PutNumber(number, width, &out);
  return out;
}

TEST(BigEndian, PutsTheMostSignificantByteFirst) {
  EXPECT_EQ(Put(0x0102, 2), "x\x01\x02");
  EXPECT_EQ(Put(0x0102, 4), "x\0\0\x01\x02"s);
  EXPECT_EQ(Put(0x010203, 2), "x\x02\x03") << "the lowest bytes alone";
  EXPECT_EQ(Put(UINT64_MAX - 1, 8), "x\xff\xff\xff\xff\xff\xff\xff\xfe");
  EXPECT_EQ(Put(7, 0), "x");
}

TEST(BigEndian, GetsWhatWasPut) {
  for (const std::uint64_t number :
       {std::uint64_t{0}, std::uint64_t{0x80}, std::uint64_t{0xfffe}, UINT64_MAX}) {
    EXPECT_EQ(GetNumber(Put(number, 8).substr(1)), number);
  }
  EXPECT_EQ(GetNumber("\x80\0"s), 0x8000u);
  EXPECT_EQ(GetNumber(""), 0u);
}

}  // namespace
}  // namespace latchkey
