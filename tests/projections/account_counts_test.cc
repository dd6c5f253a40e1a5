// The gateways of each account, counted in parts by all who ask, compared with a reading of every
// row.
#include "projections/account_counts.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "core/domain/attention.h"
#include "tests/projections/live_ledger.h"

namespace latchkey::testing {
namespace {

using projections::AccountCount;
using projections::AccountCounts;

constexpr Micros kAge = std::chrono::seconds(5);
constexpr Micros kBegin = std::chrono::hours(1);

class AccountCountsTest : public ::testing::Test {
 protected:
  AccountCountsTest() { ledger_.Grow(600); }

  std::uint64_t gateways() {
    return domain::ReadCounters(ledger_.projections().state()).gateways();
  }

  bool CountOn(Micros now, std::size_t most) {
    return counts_->CountOn(ledger_.projections(), ledger_.domain().LedgerTime(), now, kAge, most);
  }

  // As they should be now.
  void ExpectCounts() {
    const domain::StateReader& state = ledger_.projections().state();
    std::map<std::string, AccountCount> expected;
    for (std::uint64_t i = 1; i <= gateways(); ++i) {
      const auto row = domain::ReadGateway(state, i);
      AccountCount& count = expected[row->account()];
      count.last_sequence = std::max(count.last_sequence, row->sequence());
      if (row->removed()) continue;
      const auto status = domain::StatusOf(*row);
      ++(status == domain::GREEN ? count.green : status == domain::RED ? count.red : count.gray);
      count.attention += domain::NeedsAttention(*row, ledger_.domain().LedgerTime()) ? 1 : 0;
    }
    ASSERT_GT(expected.size(), 1u);
    for (const auto& [account, count] : expected) {
      const auto found = counts_->Get(account);
      ASSERT_TRUE(found) << account;
      EXPECT_EQ(found->green, count.green) << account;
      EXPECT_EQ(found->red, count.red) << account;
      EXPECT_EQ(found->gray, count.gray) << account;
      EXPECT_EQ(found->attention, count.attention) << account;
      EXPECT_EQ(found->last_sequence, count.last_sequence) << account;
    }
  }

  LiveLedger ledger_;
  std::unique_ptr<AccountCounts> counts_ = std::make_unique<AccountCounts>();
};

TEST_F(AccountCountsTest, InPartsAreAsAtOnce) {
  for (const std::size_t part : {std::size_t(7), std::size_t(gateways())}) {
    counts_ = std::make_unique<AccountCounts>();
    std::size_t calls = 1;
    while (!CountOn(kBegin, part)) ++calls;
    EXPECT_EQ(calls, (gateways() + part - 1) / part) << "no more at once than was asked for";
    ExpectCounts();
  }
  EXPECT_EQ(counts_->Get("nobody").has_value(), false);
}

TEST_F(AccountCountsTest, AreCountedAnewOnceTheyAreOld) {
  EXPECT_TRUE(CountOn(kBegin, SIZE_MAX));
  ledger_.Grow(400);
  EXPECT_TRUE(CountOn(kBegin + kAge, 1)) << "young enough: nothing is looked at";
  EXPECT_FALSE(CountOn(kBegin + kAge + Micros(1), 1));
  EXPECT_TRUE(CountOn(kBegin + 3 * kAge, SIZE_MAX)) << "ends the pass under way";
  ExpectCounts();
  EXPECT_FALSE(CountOn(kBegin + 3 * kAge, 1)) << "they are as old as their pass";
}

TEST_F(AccountCountsTest, ArePassedOnByTheOneWhoEndsThePass) {
  EXPECT_FALSE(CountOn(kBegin, gateways() - 1));
  EXPECT_FALSE(counts_->Get("nobody").has_value());
  EXPECT_TRUE(CountOn(kBegin + Micros(1), 1));
  EXPECT_TRUE(CountOn(kBegin + Micros(2), 0));
  ExpectCounts();
}

}  // namespace
}  // namespace latchkey::testing
