#include "core/crypto/wiping.h"

#include <gtest/gtest.h>

#include "core/crypto/secret.h"

namespace latchkey::crypto {
namespace {

// All bytes of the string's memory, including those after its end.
std::string Memory(const std::string& bytes) { return {bytes.data(), bytes.capacity()}; }

TEST(DropFront, LeavesTheRestAndNothingElse) {
  std::string bytes = "Authorization: secret\r\n\r\nGET /next HTTP/1.1";
  const std::size_t count = bytes.find("GET");
  DropFront(&bytes, count);
  EXPECT_EQ(bytes, "GET /next HTTP/1.1");
  EXPECT_EQ(Memory(bytes).find("secret"), std::string::npos);
  EXPECT_EQ(Memory(bytes).find("next", bytes.size()), std::string::npos) << "where it stood before";
  DropFront(&bytes, bytes.size());
  EXPECT_EQ(bytes, "");
  EXPECT_EQ(Memory(bytes).find("GET"), std::string::npos);
  DropFront(&bytes, 0);
}

TEST(AppendWiping, AppendsWhateverTheLength) {
  std::string bytes, expected;
  for (int i = 0; i < 200; ++i) {
    const std::string more(static_cast<std::size_t>(i), static_cast<char>('a' + i % 26));
    AppendWiping(&bytes, more);
    expected += more;
    ASSERT_EQ(bytes, expected);
  }
}

TEST(MakeRoom, KeepsWhatIsWrittenInItsPlace) {
  std::string bytes = "head";
  MakeRoom(&bytes, 4096);
  const char* place = bytes.data();
  bytes.append(4000, 'x');
  EXPECT_EQ(bytes.data(), place);
  const std::size_t capacity = bytes.capacity();
  MakeRoom(&bytes, 10);
  EXPECT_EQ(bytes.capacity(), capacity);
  EXPECT_EQ(bytes.size(), 4004u);
}

TEST(WipeBytes, LeavesZeros) {
  char bytes[] = "secret";
  WipeBytes(bytes, 6);
  EXPECT_EQ(std::string(bytes, 6), std::string(6, '\0'));
}

}  // namespace
}  // namespace latchkey::crypto
