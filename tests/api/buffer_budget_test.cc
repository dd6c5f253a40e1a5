#include "api/http/buffer_budget.h"

#include <gtest/gtest.h>

#include "api/http/connection_count.h"

namespace latchkey::api {
namespace {

const ClientAddress kOne{"192.0.2.1", false, 1};
const ClientAddress kTwo{"192.0.2.2", false, 2};
const ClientAddress kUnlimited{"127.0.0.1", true, {}};

TEST(BufferBudget, BoundsTheShareOfAnAddress) {
  BufferBudget budget(100, 40);
  EXPECT_TRUE(budget.Change(kOne, 0, 30));
  EXPECT_FALSE(budget.Change(kOne, 0, 11)) << "a second connection of the same address";
  EXPECT_TRUE(budget.Change(kTwo, 0, 40));
  EXPECT_FALSE(budget.Change(kTwo, 40, 41));
  EXPECT_EQ(budget.held(), 70u);
}

TEST(BufferBudget, BoundsAllTogether) {
  BufferBudget budget(100, 40);
  EXPECT_TRUE(budget.Change(kUnlimited, 0, 90));
  EXPECT_FALSE(budget.Change(kOne, 0, 11));
  EXPECT_TRUE(budget.Change(kOne, 0, 10));
  EXPECT_FALSE(budget.Change(kUnlimited, 90, 91));
}

TEST(BufferBudget, GetsBackWhatIsGivenBack) {
  BufferBudget budget(100, 40);
  EXPECT_TRUE(budget.Change(kOne, 0, 40));
  EXPECT_TRUE(budget.Change(kOne, 40, 5)) << "less is always taken";
  EXPECT_TRUE(budget.Change(kOne, 0, 35));
  EXPECT_TRUE(budget.Change(kOne, 35, 0));
  EXPECT_TRUE(budget.Change(kOne, 5, 0));
  EXPECT_EQ(budget.held(), 0u);
}

TEST(ConnectionCount, BoundsTheShareOfAnAddress) {
  ConnectionCount count(2);
  int closed = 0;
  count.closed = [&] { ++closed; };
  EXPECT_TRUE(count.Open(kOne));
  EXPECT_TRUE(count.Open(kOne));
  EXPECT_FALSE(count.Open(kOne));
  EXPECT_TRUE(count.Open(kTwo));
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(count.Open(kUnlimited));
  EXPECT_EQ(count.open(), 12u);
  count.Close(kOne);
  EXPECT_EQ(closed, 1);
  EXPECT_TRUE(count.Open(kOne));
  EXPECT_FALSE(count.Open(kOne));
}

}  // namespace
}  // namespace latchkey::api
