// Which CA is in force: one row for each rule and each refusal.
#include <ostream>

#include <gtest/gtest.h>

#include "core/crypto/hash.h"
#include "core/domain/decide.h"
#include "core/domain/decision.h"
#include "tests/core/domain/derived_rows.h"
#include "tests/core/domain/describe.h"
#include "tests/core/domain/rule_table.h"
#include "tests/support/memory_state.h"

namespace latchkey::testing {
namespace {

// The test ledger was created with a CA named "CA".
struct CaRule {
  std::string name;
  std::vector<std::string> given;  // rotated to, in order
  std::string when;                // rotated to
  std::string answer;
  std::vector<std::string> events{};
};

std::ostream& operator<<(std::ostream& out, const CaRule& rule) { return out << rule.name; }

const CaRule kCaRules[] = {
    {"another_ca_comes_into_force", {}, "B", "created", {"CaRotated to B"}},
    {"and_another_after_it", {"B"}, "C", "created", {"CaRotated to C"}},
    {"not_the_one_in_force", {}, "CA", "validation_failed"},
    {"not_the_one_in_force_after_a_rotation", {"B"}, "B", "validation_failed"},
    {"not_the_first_one_again", {"B"}, "CA", "validation_failed"},
    {"not_a_former_one_again", {"B", "C"}, "B", "validation_failed"},
};

class CaRules : public ::testing::TestWithParam<CaRule> {};

TEST_P(CaRules, Hold) {
  TestLedger ledger;
  for (const std::string& name : GetParam().given) ASSERT_TRUE(ledger.RotateCa(name).answer);
  const Outcome outcome = ledger.RotateCa(GetParam().when);
  EXPECT_EQ(outcome.Word(), GetParam().answer);
  EXPECT_EQ(Describe(outcome.events), GetParam().events);
  EXPECT_EQ(Difference(DerivedRows(ledger.state(), ledger.events()), ledger.state().rows()), "");
}

std::string CaRuleName(const ::testing::TestParamInfo<CaRule>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(Table, CaRules, ::testing::ValuesIn(kCaRules), CaRuleName);

TEST(Ca, TheFactNamesBothAndKeepsTheWayBetween) {
  TestLedger ledger;
  const Outcome outcome = ledger.RotateCa("B");
  const events::CaRotated& fact = outcome.events[0].ca_rotated();
  EXPECT_EQ(fact.ca_sha256(), crypto::Sha256("B"));
  EXPECT_EQ(fact.previous_ca_sha256(), crypto::Sha256("CA"));
  EXPECT_EQ(fact.cross_certificate(), "B crossed");
  EXPECT_EQ(outcome.events[0].account(), "") << "a fact of the ledger";
  EXPECT_EQ(outcome.events[0].actor().kind(), events::Actor::SYSTEM);
  const domain::LedgerRow row = *domain::ReadLedger(ledger.state());
  EXPECT_EQ(row.ca_certificate(), "B");
  ASSERT_EQ(row.former_cas_size(), 1);
  EXPECT_EQ(row.former_cas(0).certificate(), "CA");
  EXPECT_EQ(row.former_cas(0).cross_certificate(), "B crossed");
}

TEST(Ca, RotationsAreBounded) {
  TestLedger ledger;
  for (int i = 0; i < ledger_limits::kMaxCaRotations; ++i) {
    ASSERT_TRUE(ledger.RotateCa("CA " + std::to_string(i)).answer) << i;
  }
  EXPECT_EQ(ledger.RotateCa("one too many").Word(), "read_only");
}

TEST(Ca, ThereIsNoneWithoutALedger) {
  TestLedger ledger;
  const testing::MemoryState nothing;
  const domain::Decision decision =
      domain::Decide(nothing, {domain::RotateCa{"B", ""}}, ledger.Context());
  ASSERT_FALSE(decision.answer);
  EXPECT_EQ(decision.answer.error().code, ErrorCode::kUnusable);
  EXPECT_TRUE(decision.events.empty());
}

}  // namespace
}  // namespace latchkey::testing
