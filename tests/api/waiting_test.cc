// Places of check-ins that wait.
#include "api/handlers/waiting.h"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace latchkey::api {
namespace {

ClientAddress Address(std::uint64_t number) {
  ClientAddress address;
  address.limited_as = number;
  return address;
}

TEST(WaitingCheckInsTest, HaveALimitInAllAndForAnAddress) {
  WaitingCheckIns waiting(100, 2);
  waiting.Limit(3);
  std::vector<std::unique_ptr<WaitingCheckIns::Place>> places;
  const auto take = [&](const std::string& certificate, std::uint64_t address) {
    auto place = waiting.Take(certificate, Address(address), [] {});
    const bool taken = place != nullptr;
    if (taken) places.push_back(std::move(place));
    return taken;
  };
  EXPECT_TRUE(take("a", 1));
  EXPECT_TRUE(take("b", 1));
  EXPECT_FALSE(take("c", 1)) << "of one address";
  EXPECT_TRUE(take("d", 2));
  EXPECT_FALSE(take("e", 3)) << "in all";
  EXPECT_EQ(waiting.open(), 3u);
  places.clear();
  EXPECT_EQ(waiting.open(), 0u);
  EXPECT_TRUE(take("e", 3));
}

TEST(WaitingCheckInsTest, ASecondOfTheSameCertificateWakesTheFirst) {
  WaitingCheckIns waiting(100, 100);
  int woken = 0;
  auto first = waiting.Take("a", Address(1), [&] { ++woken; });
  EXPECT_FALSE(first->superseded());
  auto second = waiting.Take("a", Address(2), [&] { woken += 10; });
  EXPECT_TRUE(first->superseded());
  EXPECT_EQ(woken, 1);
  first.reset();  // leaves the place of the second alone
  auto third = waiting.Take("a", Address(3), [] {});
  EXPECT_TRUE(second->superseded());
  EXPECT_EQ(woken, 11);
}

}  // namespace
}  // namespace latchkey::api
