// Random histories keep to the rules: after every command the answer and the state are those of
// the reference model, and what docs/design.md §9 says still holds.
#include <gtest/gtest.h>

#include "tests/core/domain/random_history.h"

namespace latchkey::testing {
namespace {

constexpr int kHistories = 6;
constexpr int kHistorySteps = 1'500;
constexpr std::size_t kEnoughRedeemed = 15;
constexpr int kEnoughAcknowledged = 2;
constexpr int kStepsBetweenFullChecks = 100;

TEST_P(RandomHistory, FollowsTheRules) {
  // Chance alone redeems few keys, or acknowledges few messages, once in a while: such a history
  // goes on.
  const auto is_enough = [this] {
    return redeemed_.size() > kEnoughRedeemed && acknowledged_ > kEnoughAcknowledged;
  };
  const auto goes_on = [&](int step) {
    return step <= kHistorySteps || (!is_enough() && step <= 4 * kHistorySteps);
  };
  for (int step = 1; goes_on(step) && !HasFailure(); ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    Step();
    if (step % kStepsBetweenFullChecks == 0) CheckEverything();
  }
  CheckEverything();
  EXPECT_EQ(Difference(Rebuild(ledger_.events()).rows(), ledger_.state().rows()), "")
      << "Apply alone gives other rows";
  EXPECT_TRUE(is_enough()) << "hardly anything happened: " << redeemed_.size() << " redeemed, "
                           << acknowledged_ << " acknowledged";
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomHistory, ::testing::Range(0, kHistories));

}  // namespace
}  // namespace latchkey::testing
