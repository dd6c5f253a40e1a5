// Apply: the rows found through gateways follow from them, whatever the history; and it never fails
// and never judges. Every row of the rule tables and every random history checks the first again.
#include <gtest/gtest.h>

#include "core/domain/apply.h"
#include "tests/core/domain/derived_rows.h"
#include "tests/core/domain/rule_table.h"
#include "tests/support/memory_state.h"

namespace latchkey::testing {
namespace {

using events::Event;

// A history in which every table gets rows and loses some.
void Live(TestLedger* ledger) {
  const std::vector<Step> steps{
      Open("acme"),
      Open("globex"),
      Add("paris"),
      Register("paris"),
      Replace("paris"),
      Redeem("paris", 2, "bob"),
      Add("lyon", {.under = "paris"}),
      Add("nice", {.under = "paris"}),
      Remove("nice"),
      Rename("lyon", "lille"),
      Add("brest", {.account = "globex"}),
      Redeem("brest"),
      Fail("brest"),
      Generate("brest"),
      Redeem("brest", 2),
      Try(Redeem("brest", 2, "bob")),
      Try(Redeem("brest", 1, "bob")),
      Generate("brest"),
      Revoke("brest"),
      Add("toulon"),
      Register("toulon"),
      Disconnect("toulon"),
      Add("nantes"),
      Register("nantes"),
      Deregister("nantes"),
      {"", [](TestLedger& l) { return l.CreateToken("ann", domain::TokenRole::kOwner); }},
      {"", [](TestLedger& l) { return l.RotateToken("ann"); }},
      {"",
       [](TestLedger& l) {
         return l.CreateToken("bob", domain::TokenRole::kHelpdesk, {"acme"},
                              std::chrono::seconds(5));
       }},
      {"", [](TestLedger& l) { return l.RevokeToken("bob"); }},
      {"", [](TestLedger& l) { return l.RevokeToken("ann"); }},
      {"", [](TestLedger& l) { return l.RotateCa("second CA"); }},
      {"", [](TestLedger& l) { return l.RotateCa("third CA"); }}};
  for (const Step& step : steps) {
    ASSERT_TRUE(step.run(*ledger).answer || step.may_be_refused) << step.gateway;
    ASSERT_EQ(Difference(DerivedRows(ledger->state(), ledger->events()), ledger->state().rows()),
              "")
        << step.gateway;
  }
}

TEST(Apply, KeepsEveryIndexAtEveryStep) {
  TestLedger ledger;
  Live(&ledger);
  const testing::MemoryState& state = ledger.state();
  const std::uint64_t paris = ledger.Named("paris");
  const std::uint64_t lyon = ledger.Named("lyon");
  const auto has = [&](const std::string& key) { return state.Get(key).has_value(); };
  EXPECT_EQ(domain::ReadName(state, "acme", "lille"), lyon);
  EXPECT_FALSE(domain::ReadName(state, "acme", "lyon"));
  EXPECT_FALSE(domain::ReadName(state, "acme", "nice"));
  EXPECT_TRUE(has(domain::MemberKey("acme", lyon)));
  EXPECT_FALSE(has(domain::MemberKey("acme", ledger.Named("nice"))));
  EXPECT_FALSE(has(domain::MemberKey("acme", ledger.Named("brest"))));
  EXPECT_TRUE(has(domain::SecondaryKey(paris, lyon)));
  EXPECT_FALSE(has(domain::SecondaryKey(paris, ledger.Named("nice"))));
  EXPECT_EQ(ledger.Row(paris).secondaries(), 1u);
  EXPECT_TRUE(has(domain::ConnectedKey(paris)));
  EXPECT_FALSE(has(domain::ConnectedKey(ledger.Named("toulon"))));
  EXPECT_FALSE(has(domain::ConnectedKey(ledger.Named("nantes"))));
}

TEST(Apply, AloneGivesTheSameRows) {
  TestLedger ledger;
  Live(&ledger);
  EXPECT_EQ(Rebuild(ledger.events()).rows(), ledger.state().rows());
}

// The oracle itself must notice differences.
TEST(DerivedRows, NoticeAnyRowThatIsMissingWrongOrTooMany) {
  TestLedger ledger;
  Live(&ledger);
  const Rows derived = DerivedRows(ledger.state(), ledger.events());
  for (const auto& [key, value] : derived) {
    Rows rows = derived;
    rows.erase(key);
    EXPECT_NE(Difference(derived, rows), "");
    rows[key] = value + "x";
    EXPECT_NE(Difference(derived, rows), "");
    rows[key] = value;
    rows[key + "x"] = "";
    EXPECT_NE(Difference(derived, rows), "");
  }
}

// Every fact, on no state at all and on one where it makes no sense, gives rows or none.
TEST(Apply, NeverFails) {
  TestLedger ledger;
  Live(&ledger);
  const testing::MemoryState nothing;
  testing::MemoryState reversed;
  const std::vector<Event>& events = ledger.events();
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    (void)domain::Apply(nothing, *event);
    (void)domain::Apply(ledger.state(), *event);
    reversed.Write(domain::Apply(reversed, *event));
  }
  EXPECT_TRUE(domain::Apply(nothing, Event()).empty());
}

TEST(Apply, OnlyCountsWhatChangesNothingElse) {
  TestLedger ledger;
  Open("acme").run(ledger);
  Add("paris").run(ledger);
  const domain::GatewayRow before = ledger.Row(1);
  const Outcome shown = ledger.Reveal(1);
  domain::GatewayRow after = ledger.Row(1);
  EXPECT_EQ(after.events(), before.events() + 1);
  EXPECT_EQ(after.sequence(), shown.events[0].sequence());
  after.set_events(before.events());
  after.set_sequence(before.sequence());
  EXPECT_EQ(after.SerializeAsString(), before.SerializeAsString());
}

}  // namespace
}  // namespace latchkey::testing
