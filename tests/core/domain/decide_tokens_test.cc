// Operator tokens: one row for each rule and each refusal, and the protection of the last owner.
#include <ostream>

#include <gtest/gtest.h>

#include "core/crypto/hash.h"
#include "core/domain/decision.h"
#include "core/domain/judge.h"
#include "tests/core/domain/derived_rows.h"
#include "tests/core/domain/describe.h"
#include "tests/core/domain/rule_table.h"

namespace latchkey::testing {
namespace {

using domain::TokenRole;
using enum domain::TokenRole;
using std::chrono::seconds;
using Act = std::function<Outcome(TestLedger&)>;
using Lifetime = TestLedger::Lifetime;

constexpr seconds kHour{3600};

Act Create(std::string name, TokenRole role = kOwner, Lifetime lifetime = {},
           std::vector<std::string> accounts = {}) {
  return [=](TestLedger& ledger) { return ledger.CreateToken(name, role, accounts, lifetime); };
}
Act Rotate(std::string name, Lifetime lifetime = {}) {
  return [=](TestLedger& ledger) { return ledger.RotateToken(name, lifetime); };
}
Act RevokeToken(std::string name) {
  return [=](TestLedger& ledger) { return ledger.RevokeToken(name); };
}
Act ExpireToken(std::string name) {
  return [=](TestLedger& ledger) { return ledger.ExpireToken(ledger.TokenNamed(name)); };
}
Act As(std::string name, Act act) {
  return [=](TestLedger& ledger) {
    ledger.ActAs(name);
    return act(ledger);
  };
}
Act SignIn(std::string name, TokenRole role, std::vector<std::string> accounts = {}) {
  return [=](TestLedger& ledger) { return ledger.SignIn(name, role, accounts); };
}
Act AsPerson(std::string name, domain::Command command) {
  return [=](TestLedger& ledger) { return ledger.SubmitAs(name, command); };
}
Act Do(Step step) { return step.run; }
// Whether or not it is refused.
Act Tried(Act act) {
  return [=](TestLedger& ledger) {
    act(ledger);
    return Outcome{domain::Answer(), {}};
  };
}

struct TokenRule {
  std::string name;
  std::vector<Act> given;  // none is refused; account acme is open before them
  Act when;
  std::string answer;
  std::vector<std::string> events{};
};

std::ostream& operator<<(std::ostream& out, const TokenRule& rule) { return out << rule.name; }

const TokenRule kTokenRules[] = {
    {"a_token_is_created",
     {},
     Create("ann", kHelpdesk, kHour, {"acme"}),
     "created",
     {"OperatorTokenCreated 2 helpdesk acme"}},
    {"a_token_may_be_for_all_accounts_and_for_good",
     {},
     Create("ann", kAuditor),
     "created",
     {"OperatorTokenCreated 2 auditor"}},
    {"two_tokens_may_have_one_name",
     {Create("ann")},
     Create("ann"),
     "created",
     {"OperatorTokenCreated 3 owner"}},
    {"an_account_named_must_be_open",
     {},
     Create("ann", kOperator, {}, {"acme", "no"}),
     "not_found"},
    {"a_number_is_never_given_again",
     {Create("ann"), RevokeToken("ann")},
     Create("bob"),
     "created",
     {"OperatorTokenCreated 3 owner"}},

    {"a_person_signs_in",
     {},
     SignIn("ann", kHelpdesk, {"acme"}),
     "ok",
     {"PersonSignedIn ann_____________ helpdesk acme"}},
    {"each_time_is_a_fact_and_may_give_another_role",
     {SignIn("ann", kOwner)},
     SignIn("ann", kAuditor),
     "ok",
     {"PersonSignedIn ann_____________ auditor"}},
    {"accounts_of_a_person_may_be_opened_later",
     {},
     SignIn("ann", kOperator, {"later"}),
     "ok",
     {"PersonSignedIn ann_____________ operator later"}},
    {"who_signed_in_acts",
     {SignIn("ann", kOwner)},
     AsPerson("ann", domain::OpenAccount{"bravo"}),
     "created",
     {"AccountOpened"}},
    {"who_never_signed_in_does_not_act",
     {SignIn("ann", kOwner)},
     AsPerson("bob", domain::OpenAccount{"bravo"}),
     "unauthenticated"},
    {"a_person_who_is_an_owner_does_not_replace_the_last_owner_token",
     {SignIn("ann", kOwner)},
     AsPerson("ann", domain::RevokeToken{1}),
     "last_owner"},

    {"a_token_is_rotated", {Create("ann")}, Rotate("ann"), "ok", {"OperatorTokenRotated 2"}},
    {"a_token_rotates_itself",
     {Create("ann")},
     As("ann", Rotate("ann")),
     "ok",
     {"OperatorTokenRotated 2"}},
    {"an_unknown_token_is_not_rotated", {}, Rotate("ann"), "not_found"},
    {"a_revoked_token_is_not_rotated",
     {Create("ann"), RevokeToken("ann")},
     Rotate("ann", kHour),
     "token_revoked"},
    {"an_expired_token_lives_again_for_a_time_that_is_named",
     {Create("ann", kOwner, kHour), Do(Wait(kHour))},
     Rotate("ann", kHour),
     "ok",
     {"OperatorTokenRotated 2"}},
    {"an_expired_token_does_not_live_again_by_itself",
     {Create("ann", kOwner, kHour), Do(Wait(kHour))},
     Rotate("ann"),
     "validation_failed"},
    {"just_before_its_expiry_it_is_rotated_as_it_is",
     {Create("ann", kOwner, kHour), Do(Wait(kHour - kTick))},
     Rotate("ann"),
     "ok",
     {"OperatorTokenRotated 2"}},

    {"a_token_is_revoked", {Create("ann")}, RevokeToken("ann"), "ok", {"OperatorTokenRevoked 2"}},
    {"an_expired_token_is_revoked",
     {Create("ann", kOwner, kHour), Do(Wait(kHour))},
     RevokeToken("ann"),
     "ok",
     {"OperatorTokenRevoked 2"}},
    {"an_unknown_token_is_not_revoked", {}, RevokeToken("ann"), "not_found"},
    {"a_token_is_revoked_once",
     {Create("ann"), RevokeToken("ann")},
     RevokeToken("ann"),
     "token_revoked"},
    {"a_token_revokes_itself",
     {Create("ann", kOperator)},
     As("ann", RevokeToken("ann")),
     "ok",
     {"OperatorTokenRevoked 2"}},

    {"the_last_owner_is_not_revoked", {}, RevokeToken("owner"), "last_owner"},
    {"another_owner_lets_it_go",
     {Create("ann")},
     RevokeToken("owner"),
     "ok",
     {"OperatorTokenRevoked 1"}},
    {"then_the_other_is_the_last",
     {Create("ann"), RevokeToken("owner")},
     As("ann", RevokeToken("ann")),
     "last_owner"},
    {"an_operator_is_no_owner", {Create("ann", kOperator)}, RevokeToken("owner"), "last_owner"},
    {"an_owner_of_some_accounts_is_not_one_of_all",
     {Create("ann", kOwner, {}, {"acme"})},
     RevokeToken("owner"),
     "last_owner"},
    {"an_owner_of_some_accounts_is_revoked",
     {Create("ann", kOwner, {}, {"acme"})},
     RevokeToken("ann"),
     "ok",
     {"OperatorTokenRevoked 2"}},
    {"a_revoked_owner_does_not_count",
     {Create("ann"), RevokeToken("ann")},
     RevokeToken("owner"),
     "last_owner"},
    {"an_owner_whose_time_is_not_over_counts",
     {Create("ann", kOwner, kHour), Do(Wait(kHour - kTick))},
     RevokeToken("owner"),
     "ok",
     {"OperatorTokenRevoked 1"}},
    {"an_expired_owner_does_not_count",
     {Create("ann", kOwner, kHour), Do(Wait(kHour))},
     RevokeToken("owner"),
     "last_owner"},
    {"the_last_owner_is_rotated", {}, Rotate("owner"), "ok", {"OperatorTokenRotated 1"}},
    {"the_last_owner_is_not_rotated_into_one_that_expires",
     {},
     Rotate("owner", kHour),
     "last_owner"},
    {"with_another_owner_it_may_be",
     {Create("ann", kOwner, kHour)},
     Rotate("owner", kHour),
     "ok",
     {"OperatorTokenRotated 1"}},
    {"a_last_owner_that_expires_may_live_longer",
     {Create("ann", kOwner, kHour), RevokeToken("owner")},
     As("ann", Rotate("ann", 2 * kHour)),
     "ok",
     {"OperatorTokenRotated 2"}},
    {"a_last_owner_that_expires_may_not_end_sooner",
     {Create("ann", kOwner, kHour), RevokeToken("owner")},
     As("ann", Rotate("ann", kHour - seconds(1))),
     "last_owner"},

    {"a_token_expires_by_an_event",
     {Create("ann", kOperator, kHour), Do(Wait(kHour))},
     ExpireToken("ann"),
     "ok",
     {"OperatorTokenExpired 2"}},
    {"not_before_its_time_has_passed",
     {Create("ann", kOperator, kHour), Do(Wait(kHour - kTick))},
     ExpireToken("ann"),
     "ok"},
    {"nor_twice",
     {Create("ann", kOperator, kHour), Do(Wait(kHour)), ExpireToken("ann")},
     ExpireToken("ann"),
     "ok"},
    {"nor_when_it_never_expires", {Create("ann")}, ExpireToken("ann"), "ok"},
    {"nor_when_it_was_revoked",
     {Create("ann", kOperator, kHour), RevokeToken("ann"), Do(Wait(kHour))},
     ExpireToken("ann"),
     "ok"},
    {"nor_when_it_was_rotated_to_live_longer",
     {Create("ann", kOperator, kHour), Rotate("ann", 2 * kHour), Do(Wait(kHour))},
     ExpireToken("ann"),
     "ok"},
    {"an_unknown_token_does_not_expire", {}, ExpireToken("ann"), "ok"},
    {"expired_by_an_event_it_is_worth_nothing_though_the_clock_is_set_back",
     {Create("ann", kOperator, kHour), Do(Wait(kHour)), ExpireToken("ann"), Do(Wait(-kHour))},
     As("ann", Do(Open("globex"))),
     "unauthenticated"},
    {"refused_as_expired_it_expires_with_that",
     {Create("ann", kOperator, kHour), Do(Wait(kHour))},
     As("ann", Do(Open("globex"))),
     "unauthenticated",
     {"OperatorTokenExpired 2"}},
    {"and_stays_so_though_the_clock_is_set_back",
     {Create("ann", kOperator, kHour), Do(Wait(kHour)), As("ann", Tried(Do(Open("globex")))),
      Do(Wait(-kHour))},
     As("ann", Do(Open("globex"))),
     "unauthenticated"},
    {"it_expires_by_the_last_event_though_the_clock_is_behind",
     {Create("ann", kOperator, kHour), Do(Wait(kHour)), Do(Open("globex")), Do(Wait(-kHour))},
     ExpireToken("ann"),
     "ok",
     {"OperatorTokenExpired 2"}},
    {"made_after_the_clock_was_set_back_it_lives_as_long_as_any",
     {Do(Wait(2 * kHour)), Do(Open("globex")), Do(Wait(-2 * kHour)),
      Create("ann", kOperator, kHour), Do(Wait(3 * kHour - kTick))},
     As("ann", Do(Open("initech"))),
     "created",
     {"AccountOpened"}},
    {"a_token_that_expired_by_an_event_is_rotated_to_live_again",
     {Create("ann", kOperator, kHour), Do(Wait(kHour)), ExpireToken("ann"), Rotate("ann", kHour)},
     As("ann", Do(Open("globex"))),
     "created",
     {"AccountOpened"}},
    {"not_without_a_time_though_the_clock_is_set_back",
     {Create("ann", kOperator, kHour), Do(Wait(kHour)), ExpireToken("ann"), Do(Wait(-kHour))},
     Rotate("ann"),
     "validation_failed"},
    {"it_expires_again_after_that",
     {Create("ann", kOperator, kHour), Do(Wait(kHour)), ExpireToken("ann"), Rotate("ann", kHour),
      Do(Wait(kHour))},
     ExpireToken("ann"),
     "ok",
     {"OperatorTokenExpired 2"}},
    {"a_token_that_expired_by_an_event_is_revoked",
     {Create("ann", kOwner, kHour), Do(Wait(kHour)), ExpireToken("ann")},
     RevokeToken("ann"),
     "ok",
     {"OperatorTokenRevoked 2"}},
    {"an_owner_that_expired_by_an_event_does_not_count_though_the_clock_is_set_back",
     {Create("ann", kOwner, kHour), Do(Wait(kHour)), ExpireToken("ann"), Do(Wait(-kHour))},
     RevokeToken("owner"),
     "last_owner"},

    {"a_revoked_token_does_nothing",
     {Create("ann", kOperator), RevokeToken("ann")},
     As("ann", Do(Open("globex"))),
     "unauthenticated"},
    {"an_expired_token_does_nothing",
     {Create("ann", kOperator, kHour), Do(Wait(kHour)), Do(Timers())},
     As("ann", Do(Open("globex"))),
     "unauthenticated"},
    {"a_token_that_holds_does",
     {Create("ann", kOperator, kHour), Do(Wait(kHour - kTick))},
     As("ann", Do(Open("globex"))),
     "created",
     {"AccountOpened"}},
};

class TokenRules : public ::testing::TestWithParam<TokenRule> {};

TEST_P(TokenRules, Hold) {
  TestLedger ledger;
  ledger.Open("acme");
  for (const Act& act : GetParam().given) ASSERT_TRUE(act(ledger).answer);
  const Outcome outcome = GetParam().when(ledger);
  EXPECT_EQ(outcome.Word(), GetParam().answer);
  EXPECT_EQ(Describe(outcome.events), GetParam().events);
  const Rows& rows = ledger.state().rows();
  EXPECT_EQ(Difference(DerivedRows(ledger.state(), ledger.events()), rows), "");
  EXPECT_EQ(Difference(Rebuild(ledger.events()).rows(), rows), "");
}

INSTANTIATE_TEST_SUITE_P(Tokens, TokenRules, ::testing::ValuesIn(kTokenRules),
                         [](const auto& row) { return row.param.name; });

class Tokens : public ::testing::Test {
 protected:
  Tokens() { ledger_.Open("acme"); }

  // The number of the token whose secret this is.
  std::uint64_t Finds(const std::string& secret) {
    const auto row = domain::ReadTokenByHash(ledger_.state(), crypto::Sha256(secret));
    return row ? row->number() : 0;
  }

  TestLedger ledger_;
};

TEST_F(Tokens, AreFoundByTheirLastSecretAlone) {
  ledger_.CreateToken("ann", kAuditor);
  const std::string first = ledger_.SecretOf("ann");
  EXPECT_EQ(Finds(first), 2u);
  ledger_.RotateToken("ann");
  const std::string second = ledger_.SecretOf("ann");
  EXPECT_EQ(Finds(first), 0u);
  EXPECT_EQ(Finds(second), 2u);
  ledger_.RotateToken("ann");
  EXPECT_EQ(Finds(second), 0u);
  EXPECT_EQ(Finds(ledger_.SecretOf("ann")), 2u);
  EXPECT_EQ(Finds("owner token"), 1u);
  ledger_.RotateToken("owner");
  EXPECT_EQ(Finds("owner token"), 0u);
}

TEST_F(Tokens, TellWhatHappenedToThem) {
  const Outcome created = ledger_.CreateToken("ann", kHelpdesk, {"acme"}, kHour);
  const events::OperatorTokenCreated& fact = created.events[0].operator_token_created();
  EXPECT_EQ(Unsealed(created.events[0].sealed()).operator_name(), "ann");
  EXPECT_EQ(created.events[0].sealed().subject(), fact.subject());
  EXPECT_EQ(fact.expires_us(), ToMicros(ledger_.clock().Now() + kHour));
  EXPECT_EQ(created.events[0].account(), "") << "a fact of the ledger";
  EXPECT_EQ(created.answer->token, 2u);

  ledger_.clock().Advance(seconds(10));
  const Time rotated_at = ledger_.clock().Now();
  const Outcome rotated = ledger_.RotateToken("ann");
  EXPECT_EQ(rotated.answer->token, 2u);
  domain::TokenRow row = ledger_.Token("ann");
  EXPECT_EQ(row.expires_us(), fact.expires_us()) << "as it was";
  EXPECT_EQ(row.rotated_us(), ToMicros(rotated_at));
  EXPECT_EQ(row.created_us(), created.events[0].time_us());
  EXPECT_EQ(row.role(), "helpdesk");

  ledger_.RotateToken("ann", 2 * kHour);
  EXPECT_EQ(ledger_.Token("ann").expires_us(), ToMicros(rotated_at + 2 * kHour));
  ledger_.clock().Advance(seconds(10));
  ledger_.RevokeToken("ann");
  row = ledger_.Token("ann");
  EXPECT_EQ(row.revoked_us(), ToMicros(ledger_.clock().Now()));
  EXPECT_FALSE(domain::IsValid(row, ledger_.clock().Now()));
}

TEST_F(Tokens, AreBoundedByThoseThatAreNotRevoked) {
  for (std::uint64_t i = 2; i <= ledger_limits::kMaxTokens; ++i) {
    ASSERT_TRUE(ledger_.CreateToken("many", kAuditor).answer) << i;
  }
  EXPECT_EQ(ledger_.CreateToken("ann", kAuditor).Word(), "too_many_tokens");
  EXPECT_TRUE(ledger_.RevokeToken("many").answer);
  EXPECT_EQ(ledger_.CreateToken("ann", kAuditor).Word(), "created");
  EXPECT_EQ(ledger_.CreateToken("bob", kAuditor).Word(), "too_many_tokens");
}

}  // namespace
}  // namespace latchkey::testing
