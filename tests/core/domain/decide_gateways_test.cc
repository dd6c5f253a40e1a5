// Accounts, gateways, their names and places: one row for each rule.
#include <gtest/gtest.h>

#include "core/domain/decide.h"
#include "core/domain/decision.h"
#include "tests/core/domain/describe.h"
#include "tests/core/domain/rule_table.h"
#include "tests/support/memory_state.h"

namespace latchkey::testing {
namespace {

class GatewayRules : public ::testing::TestWithParam<Rule> {};
TEST_P(GatewayRules, Hold) { CheckRule(GetParam()); }

using Events = std::vector<std::string>;

const Events kAddedParis{"GatewayAdded paris", "KeyIssued 1"};

std::vector<Step> FiveSecondaries() {
  std::vector<Step> steps{Add("paris")};
  for (const char* name : {"a", "b", "c", "d", "e"}) steps.push_back(Add(name, {.under = "paris"}));
  return steps;
}

const Rule kAdding[] = {
    Rule("an account is opened").When(Open("globex")).Then("created", {"AccountOpened"}, "none"),
    Rule("opening an account again does nothing").When(Open("acme")).Then("ok", {}, "none"),
    Rule("adding a gateway issues its first key")
        .When(Add("paris"))
        .Then("created", kAddedParis, "unregistered; 1 active"),
    Rule("a gateway needs an account that is open")
        .When(Add("paris", {.account = "globex"}))
        .Then("not_found", {}, "none"),
    Rule("a name is taken once in an account")
        .Given({Add("paris")})
        .When(Add("paris"))
        .Then("name_taken", {}, "unregistered; 1 active"),
    Rule("a name is free in another account")
        .Given({Open("globex"), Add("paris")})
        .When(Add("paris", {.account = "globex"}))
        .Then("created", kAddedParis, "unregistered; 1 active"),
    Rule("names differ by case")
        .Given({Add("Paris")})
        .When(Add("paris"))
        .Then("created", kAddedParis, "unregistered; 1 active"),
    Rule("the name of a removed gateway is free")
        .Given({Add("paris"), Remove("paris")})
        .When(Add("paris"))
        .Then("created", kAddedParis, "unregistered; 1 active"),
    Rule("a rename frees the name before")
        .Given({Add("paris"), Rename("paris", "lyon")})
        .When(Add("paris"))
        .Then("created", kAddedParis, "unregistered; 1 active"),
    Rule("the name after a rename is taken")
        .Given({Add("paris"), Rename("paris", "lyon")})
        .When(Add("lyon"))
        .Then("name_taken", {}, "none"),
    Rule("a gateway added again is another one")
        .Given({Add("paris"), Register("paris"), Remove("paris")})
        .When(Add("paris"))
        .Then("created", kAddedParis, "unregistered; 1 active"),
};
INSTANTIATE_TEST_SUITE_P(Adding, GatewayRules, ::testing::ValuesIn(kAdding), RuleName);

const Rule kSecondaries[] = {
    Rule("a secondary names its primary")
        .Given({Add("paris")})
        .When(Add("lyon", {.under = "paris"}))
        .Then("created", {"GatewayAdded lyon under 1", "KeyIssued 1"}, "unregistered; 1 active"),
    Rule("a primary must exist")
        .When(Add("lyon", {.under = "paris"}))
        .Then("not_found", {}, "none"),
    Rule("a primary is of the same account")
        .Given({Open("globex"), Add("paris")})
        .When(Add("lyon", {.account = "globex", .under = "paris"}))
        .Then("not_found", {}, "none"),
    Rule("a removed gateway is no primary")
        .Given({Add("paris"), Remove("paris")})
        .When(Add("lyon", {.under = "paris"}))
        .Then("gateway_removed", {}, "none"),
    Rule("a secondary is no primary")
        .Given({Add("paris"), Add("lyon", {.under = "paris"})})
        .When(Add("nice", {.under = "lyon"}))
        .Then("validation_failed", {}, "none"),
    Rule("a primary takes five secondaries")
        .Given({Add("paris"), Add("a", {.under = "paris"}), Add("b", {.under = "paris"}),
                Add("c", {.under = "paris"}), Add("d", {.under = "paris"})})
        .When(Add("e", {.under = "paris"}))
        .Then("created", {"GatewayAdded e under 1", "KeyIssued 1"}, "unregistered; 1 active"),
    Rule("a primary takes no sixth")
        .Given(FiveSecondaries())
        .When(Add("f", {.under = "paris"}))
        .Then("too_many_secondaries", {}, "none"),
    Rule("too many secondaries comes before a taken name")
        .Given(FiveSecondaries())
        .When(Add("paris", {.under = "paris"}))
        .Then("too_many_secondaries", {}, "unregistered; 1 active"),
    Rule("removing a secondary makes room")
        .Given(After(FiveSecondaries(), {Remove("c")}))
        .When(Add("f", {.under = "paris"}))
        .Then("created", {"GatewayAdded f under 1", "KeyIssued 1"}, "unregistered; 1 active"),
    Rule("adding a secondary leaves the version of its primary")
        .Given({Add("paris"), Add("lyon", {.under = "paris"})})
        .When(IfMatch(2, Reveal("paris")))
        .Then("ok", {"KeyRevealed 1"}, "unregistered; 1 active"),
};
INSTANTIATE_TEST_SUITE_P(Secondaries, GatewayRules, ::testing::ValuesIn(kSecondaries), RuleName);

const Rule kRenaming[] = {
    Rule("a gateway is renamed")
        .Given({Add("paris")})
        .When(Rename("paris", "lyon"))
        .Then("ok", {"GatewayRenamed paris to lyon"}, "unregistered; 1 active"),
    Rule("a rename to its own name does nothing")
        .Given({Add("paris")})
        .When(Rename("paris", "paris"))
        .Then("ok", {}, "unregistered; 1 active"),
    Rule("a rename to the name of another is refused")
        .Given({Add("paris"), Add("lyon")})
        .When(Rename("paris", "lyon"))
        .Then("name_taken", {}, "unregistered; 1 active"),
    Rule("a rename may take the name of a removed gateway")
        .Given({Add("paris"), Add("lyon"), Remove("lyon")})
        .When(Rename("paris", "lyon"))
        .Then("ok", {"GatewayRenamed paris to lyon"}, "unregistered; 1 active"),
    Rule("a rename there and back leaves the first name")
        .Given({Add("paris"), Rename("paris", "lyon"), Rename("paris", "paris")})
        .When(Add("lyon"))
        .Then("created", {"GatewayAdded lyon", "KeyIssued 1"}, "unregistered; 1 active"),
    Rule("a rename disturbs no registration")
        .Given({Add("paris"), Register("paris")})
        .When(Rename("paris", "lyon"))
        .Then("ok", {"GatewayRenamed paris to lyon"}, "registered connected; 1 redeemed current"),
    Rule("a rename to its own name still heeds If-Match")
        .Given({Add("paris")})
        .When(IfMatch(1, Rename("paris", "paris")))
        .Then("version_conflict", {}, "unregistered; 1 active"),
};
INSTANTIATE_TEST_SUITE_P(Renaming, GatewayRules, ::testing::ValuesIn(kRenaming), RuleName);

const Rule kDescribing[] = {
    Rule("a gateway is added with labels")
        .When(Add("paris", {.labels = {{"site", "Paris"}, {"floor", "2"}}}))
        .Then("created",
              {"GatewayAdded paris", "GatewayLabelled floor=2 site=Paris", "KeyIssued 1"},
              "unregistered; 1 active"),
    Rule("labels take the place of all earlier ones")
        .Given({Add("paris", {.labels = {{"site", "Paris"}}})})
        .When(Label("paris", {{"floor", "2"}}))
        .Then("ok", {"GatewayLabelled floor=2"}, "unregistered; 1 active"),
    Rule("no labels take all away")
        .Given({Add("paris", {.labels = {{"site", "Paris"}}})})
        .When(Label("paris", {}))
        .Then("ok", {"GatewayLabelled"}, "unregistered; 1 active"),
    Rule("the same labels again do nothing")
        .Given({Add("paris", {.labels = {{"site", "Paris"}}})})
        .When(Label("paris", {{"site", "Paris"}}))
        .Then("ok", {}, "unregistered; 1 active"),
    Rule("labels of no gateway are refused")
        .Given({Add("paris"), Remove("paris")})
        .When(Label("paris", {{"site", "Paris"}}))
        .Then("gateway_removed", {}, "removed; 1 revoked"),
    Rule("a note is sealed")
        .Given({Add("paris")})
        .When(Note("paris", "under the stairs"))
        .Then("ok", {"GatewayNoted sealed"}, "unregistered; 1 active"),
    Rule("a note is taken away")
        .Given({Add("paris", {.note = "under the stairs"})})
        .When(Note("paris", ""))
        .Then("ok", {"GatewayNoted"}, "unregistered; 1 active"),
    Rule("taking away no note does nothing")
        .Given({Add("paris")})
        .When(Note("paris", ""))
        .Then("ok", {}, "unregistered; 1 active"),
    Rule("labels heed If-Match")
        .Given({Add("paris")})
        .When(IfMatch(1, Label("paris", {{"site", "Paris"}})))
        .Then("version_conflict", {}, "unregistered; 1 active"),
};
INSTANTIATE_TEST_SUITE_P(Describing, GatewayRules, ::testing::ValuesIn(kDescribing), RuleName);

const Rule kRemoving[] = {
    Rule("removing revokes an active key")
        .Given({Add("paris")})
        .When(Remove("paris"))
        .Then("ok", {"KeyRevoked 1", "GatewayRemoved"}, "removed; 1 revoked"),
    Rule("removing tells of a key that had expired")
        .Given({Add("paris"), Wait(kWeek)})
        .When(Remove("paris"))
        .Then("ok", {"KeyExpired 1", "GatewayRemoved"}, "removed; 1 expired"),
    Rule("removing without an active key")
        .Given({Add("paris"), Revoke("paris")})
        .When(Remove("paris"))
        .Then("ok", {"GatewayRemoved"}, "removed; 1 revoked"),
    Rule("removing abandons a pending registration")
        .Given({Add("paris"), Redeem("paris")})
        .When(Remove("paris"))
        .Then("ok", {"RegistrationAbandoned 1 DEREGISTERED", "GatewayRemoved"},
              "removed; 1 redeemed abandoned"),
    Rule("removing a registered gateway deregisters it first")
        .Given({Add("paris"), Register("paris")})
        .When(Remove("paris"))
        .Then("ok", {"GatewayDeregistered", "GatewayRemoved"}, "removed; 1 redeemed revoked"),
    Rule("removing ends a replacement key")
        .Given({Add("paris"), Register("paris"), Replace("paris")})
        .When(Remove("paris"))
        .Then("ok", {"GatewayDeregistered", "KeyRevoked 2", "GatewayRemoved"},
              "removed; 1 redeemed revoked; 2 revoked"),
    Rule("removing ends a pending replacement")
        .Given({Add("paris"), Register("paris"), Replace("paris"), Redeem("paris", 2)})
        .When(Remove("paris"))
        .Then("ok",
              {"GatewayDeregistered", "RegistrationAbandoned 2 DEREGISTERED", "GatewayRemoved"},
              "removed; 1 redeemed revoked; 2 redeemed abandoned"),
    Rule("a gateway with secondaries is not removed")
        .Given({Add("paris"), Add("lyon", {.under = "paris"})})
        .When(Remove("paris"))
        .Then("has_secondaries", {}, "unregistered; 1 active"),
    Rule("a registered gateway with secondaries stays registered")
        .Given({Add("paris"), Register("paris"), Add("lyon", {.under = "paris"})})
        .When(Remove("paris"))
        .Then("has_secondaries", {}, "registered connected; 1 redeemed current"),
    Rule("a gateway whose secondaries are removed is removed")
        .Given({Add("paris"), Add("lyon", {.under = "paris"}), Remove("lyon")})
        .When(Remove("paris"))
        .Then("ok", {"KeyRevoked 1", "GatewayRemoved"}, "removed; 1 revoked"),
    Rule("a secondary is removed")
        .Given({Add("paris"), Add("lyon", {.under = "paris"})})
        .When(Remove("lyon"))
        .Then("ok", {"KeyRevoked 1", "GatewayRemoved"}, "removed; 1 revoked"),
};
INSTANTIATE_TEST_SUITE_P(Removing, GatewayRules, ::testing::ValuesIn(kRemoving), RuleName);

// Every command of management on one gateway: unknown, removed, changed since.
std::vector<Rule> EveryCommand() {
  const struct {
    std::string name;
    Step step;
    Events events;
    std::string state;
  } commands[] = {
      {"rename",
       Rename("paris", "lyon"),
       {"GatewayRenamed paris to lyon"},
       "unregistered; 1 active"},
      {"remove", Remove("paris"), {"KeyRevoked 1", "GatewayRemoved"}, "removed; 1 revoked"},
      {"generate",
       Generate("paris"),
       {"KeyRegenerated 2 ends 1"},
       "unregistered; 1 superseded; 2 active"},
      {"reveal", Reveal("paris"), {"KeyRevealed 1"}, "unregistered; 1 active"},
      {"revoke", Revoke("paris"), {"KeyRevoked 1"}, "unregistered; 1 revoked"},
      {"deregister", Deregister("paris"), {"KeyRevoked 1"}, "unregistered; 1 revoked"},
  };
  std::vector<Rule> rules;
  for (const auto& [name, step, events, state] : commands) {
    const std::string created = name == "generate" ? "created" : "ok";
    rules.push_back(Rule(name + " needs a gateway").When(step).Then("not_found", {}, "none"));
    rules.push_back(Rule(name + " needs a gateway also with If-Match")
                        .When(IfMatch(0, step))
                        .Then("not_found", {}, "none"));
    rules.push_back(Rule(name + " on a removed gateway")
                        .Given({Add("paris"), Remove("paris")})
                        .When(step)
                        .Then("gateway_removed", {}, "removed; 1 revoked"));
    rules.push_back(Rule(name + " on a removed gateway comes before its version")
                        .Given({Add("paris"), Remove("paris")})
                        .When(IfMatch(1, step))
                        .Then("gateway_removed", {}, "removed; 1 revoked"));
    rules.push_back(Rule(name + " at an older version")
                        .Given({Add("paris")})
                        .When(IfMatch(1, step))
                        .Then("version_conflict", {}, "unregistered; 1 active"));
    rules.push_back(Rule(name + " at a version that is not yet")
                        .Given({Add("paris")})
                        .When(IfMatch(3, step))
                        .Then("version_conflict", {}, "unregistered; 1 active"));
    rules.push_back(Rule(name + " at the version seen")
                        .Given({Add("paris")})
                        .When(IfMatch(2, step))
                        .Then(created, events, state));
  }
  return rules;
}
INSTANTIATE_TEST_SUITE_P(OnOneGateway, GatewayRules, ::testing::ValuesIn(EveryCommand()), RuleName);

TEST(Gateways, AreNumberedInOrder) {
  TestLedger ledger;
  ledger.Open("acme");
  for (std::uint64_t number = 1; number <= 3; ++number) {
    const Outcome added = ledger.Add({"acme", "g" + std::to_string(number), 0, kWeek});
    EXPECT_EQ(added.answer->gateway, number);
    EXPECT_EQ(added.answer->generation, 1u);
    ledger.Remove(number);  // a number is never given again
  }
}

TEST(Gateways, NumbersEnd) {
  TestLedger ledger;
  ledger.Open("acme");
  domain::CountersRow counters;
  counters.set_gateways(ledger_limits::kMaxGatewayNumber - 1);
  testing::MemoryState state = ledger.state();
  state.Write({{domain::CountersKey(), counters.SerializeAsString()}});
  const domain::Submission add{
      domain::AddGateway{"acme", "paris", 0, kWeek}, Operator(), "", {}, {}};
  const domain::Decision last = domain::Decide(state, add, ledger.Context());
  ASSERT_TRUE(last.answer);
  EXPECT_EQ(last.answer->gateway, ledger_limits::kMaxGatewayNumber);
  counters.set_gateways(ledger_limits::kMaxGatewayNumber);
  state.Write({{domain::CountersKey(), counters.SerializeAsString()}});
  const domain::Decision none = domain::Decide(state, add, ledger.Context());
  ASSERT_FALSE(none.answer);
  EXPECT_EQ(none.answer.error().code, ErrorCode::kReadOnly);
  EXPECT_TRUE(none.events.empty());
}

TEST(Gateways, ASecondaryAsPrimaryIsNamedByItsField) {
  TestLedger ledger;
  ledger.Open("acme");
  ledger.Add({"acme", "paris", 0, kWeek});
  ledger.Add({"acme", "lyon", 1, kWeek});
  const Outcome refused = ledger.Add({"acme", "nice", 2, kWeek});
  ASSERT_FALSE(refused.answer);
  ASSERT_EQ(refused.answer.error().fields.size(), 1u);
  EXPECT_EQ(refused.answer.error().fields[0].pointer, "/primary");
}

TEST(Ledger, IsCreatedOnceWithItsOwnerToken) {
  TestLedger ledger;
  EXPECT_EQ(Describe(ledger.events()),
            (std::vector<std::string>{"LedgerCreated", "OperatorTokenCreated 1 owner"}));
  const std::string hash = ledger.events()[1].operator_token_created().token_sha256();
  const auto token = domain::ReadTokenByHash(ledger.state(), hash);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->number(), 1u);
  EXPECT_EQ(token->role(), "owner");
  EXPECT_EQ(Unsealed(token->personal()).operator_name(), "owner");
  EXPECT_FALSE(domain::ReadTokenByHash(ledger.state(), std::string(32, 'x')));
  const Outcome again = ledger.Submit(domain::CreateLedger(), domain::Actor());
  EXPECT_EQ(again.Word(), "unusable");
  EXPECT_TRUE(again.events.empty());
}

}  // namespace
}  // namespace latchkey::testing
