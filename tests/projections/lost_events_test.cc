// Projections that have seen events which the ledger does not have.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "projections/projections.h"
#include "tests/projections/live_ledger.h"

namespace latchkey::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

// Puts the projections of `other` in the place of those of a ledger, and expects the ledger to be
// refused, as often as one asks, and the projections left as they were.
void ExpectRefused(LiveLedger& ledger, LiveLedger& other, const std::string& why) {
  ledger.Close();
  other.Close();
  std::filesystem::remove_all(ledger.directory());
  std::filesystem::copy(other.directory(), ledger.directory());
  for (int i = 0; i < 2; ++i) {
    const Error refused = ledger.OpenError(ledger.directory());
    EXPECT_EQ(refused.code, ErrorCode::kUnusable);
    EXPECT_THAT(refused.detail, HasSubstr(why));
  }
  const auto kept = projections::Projections::PositionsIn(ledger.directory(), ledger.resources());
  EXPECT_EQ(kept, projections::Projections::PositionsIn(other.directory(), other.resources()));
  EXPECT_THAT(kept, SizeIs(4));
}

TEST(LostEvents, ProjectionsAheadOfTheLedgerShowThatItHasLostItsEnd) {
  LiveLedger ledger;
  LiveLedger longer;
  ledger.Grow(50);
  longer.Grow(500);
  ExpectRefused(ledger, longer, "event " + std::to_string(ledger.events().size()) + " is missing");
}

TEST(LostEvents, ProjectionsOfAnotherHistoryShowThatTheLedgerIsNotWhatItWas) {
  LiveLedger ledger;
  LiveLedger shorter(16, Seed() + 1);  // the same ledger id and epoch, other events
  ledger.Grow(500);
  shorter.Grow(50);
  ExpectRefused(ledger, shorter, "This is not the ledger that");
}

}  // namespace
}  // namespace latchkey::testing
