// Webhooks: one row for each rule and each refusal, and what secrets are made of.
#include <ostream>

#include <gtest/gtest.h>

#include "core/base/limits.h"
#include "core/domain/decision.h"
#include "core/domain/state.h"
#include "tests/core/domain/derived_rows.h"
#include "tests/core/domain/describe.h"
#include "tests/core/domain/rule_table.h"

namespace latchkey::testing {
namespace {

using Act = std::function<Outcome(TestLedger&)>;
using Names = std::vector<std::string>;

domain::Actor Owner(const TestLedger& ledger) { return Operator(ledger.TokenNamed("owner")); }

Act AddHook(std::string host = "a.example", Names types = {"KeyRedeemed"}, Names accounts = {}) {
  return [=](TestLedger& ledger) {
    return ledger.Submit(domain::AddWebhook{"https://" + host + "/in", host, types, accounts},
                         Owner(ledger));
  };
}
Act ChangeHook(domain::ChangeWebhook change) {
  return [=](TestLedger& ledger) { return ledger.Submit(change, Owner(ledger)); };
}
Act RotateHook(std::uint64_t webhook = 1) {
  return [=](TestLedger& ledger) {
    return ledger.Submit(domain::RotateWebhook{webhook}, Owner(ledger));
  };
}
Act RemoveHook(std::uint64_t webhook = 1) {
  return [=](TestLedger& ledger) {
    return ledger.Submit(domain::RemoveWebhook{webhook}, Owner(ledger));
  };
}
std::vector<Act> Many(std::size_t count, Act act) { return std::vector<Act>(count, act); }

struct WebhookRule {
  std::string name;
  std::vector<Act> given;  // none is refused; account acme is open before them
  Act when;
  std::string answer;
  Names events{};
};

std::ostream& operator<<(std::ostream& out, const WebhookRule& rule) { return out << rule.name; }

const WebhookRule kWebhookRules[] = {
    {"a_webhook_is_added",
     {},
     AddHook("a.example", {"KeyRedeemed", "GatewayConnected"}, {"acme"}),
     "created",
     {"WebhookAdded 1 a.example KeyRedeemed GatewayConnected acme"}},
    {"each_has_its_number",
     {AddHook()},
     AddHook("b.example"),
     "created",
     {"WebhookAdded 2 b.example KeyRedeemed"}},
    {"also_after_one_was_removed",
     {AddHook(), RemoveHook()},
     AddHook("b.example"),
     "created",
     {"WebhookAdded 2 b.example KeyRedeemed"}},
    {"an_account_must_be_open", {}, AddHook("a.example", {"KeyRedeemed"}, {"globex"}), "not_found"},
    {"the_last_that_there_may_be",
     Many(ledger_limits::kMaxWebhooks - 1, AddHook()),
     AddHook(),
     "created",
     {"WebhookAdded 32 a.example KeyRedeemed"}},
    {"one_more_is_refused", Many(ledger_limits::kMaxWebhooks, AddHook()), AddHook(),
     "too_many_webhooks"},
    {"the_url_is_changed",
     {AddHook()},
     ChangeHook({.webhook = 1, .url = "https://b.example/", .host = "b.example"}),
     "ok",
     {"WebhookChanged 1 b.example KeyRedeemed"}},
    {"what_is_not_given_stays",
     {AddHook("a.example", {"KeyRedeemed"}, {"acme"})},
     ChangeHook({.webhook = 1, .types = Names{"KeyRevoked"}}),
     "ok",
     {"WebhookChanged 1  KeyRevoked acme"}},
    {"all_accounts_are_none_by_name",
     {AddHook("a.example", {"KeyRedeemed"}, {"acme"})},
     ChangeHook({.webhook = 1, .accounts = Names()}),
     "ok",
     {"WebhookChanged 1  KeyRedeemed"}},
    {"no_change_is_no_event",
     {AddHook("a.example", {"KeyRedeemed"}, {"acme"})},
     ChangeHook({.webhook = 1, .types = Names{"KeyRedeemed"}, .accounts = Names{"acme"}}),
     "ok"},
    {"a_changed_account_must_be_open",
     {AddHook()},
     ChangeHook({.webhook = 1, .accounts = Names{"globex"}}),
     "not_found"},
    {"a_webhook_that_is_not_there_is_not_changed", {}, ChangeHook({.webhook = 1}), "not_found"},
    {"a_secret_is_rotated",
     {AddHook()},
     RotateHook(),
     "ok",
     {"WebhookSecretRotated 1 generation 2"}},
    {"and_again",
     {AddHook(), RotateHook()},
     RotateHook(),
     "ok",
     {"WebhookSecretRotated 1 generation 3"}},
    {"of_no_webhook_nothing_is_rotated", {}, RotateHook(), "not_found"},
    {"a_webhook_is_removed", {AddHook()}, RemoveHook(), "ok", {"WebhookRemoved 1"}},
    {"once", {AddHook(), RemoveHook()}, RemoveHook(), "not_found"},
    {"nothing_happens_to_it_then", {AddHook(), RemoveHook()}, RotateHook(), "not_found"},
};

class WebhookRules : public ::testing::TestWithParam<WebhookRule> {};

TEST_P(WebhookRules, Hold) {
  const WebhookRule& rule = GetParam();
  TestLedger ledger;
  ASSERT_TRUE(ledger.Open("acme").answer);
  for (const Act& act : rule.given) ASSERT_TRUE(act(ledger).answer);
  const Outcome outcome = rule.when(ledger);
  EXPECT_EQ(outcome.Word(), rule.answer);
  EXPECT_EQ(Describe(outcome.events), rule.events);
  EXPECT_EQ(Difference(DerivedRows(ledger.state(), ledger.events()), ledger.state().rows()), "");
  EXPECT_EQ(Rebuild(ledger.events()).rows(), ledger.state().rows());
}

INSTANTIATE_TEST_SUITE_P(All, WebhookRules, ::testing::ValuesIn(kWebhookRules),
                         [](const auto& row) { return row.param.name; });

class WebhookSecretTest : public ::testing::Test {
 protected:
  WebhookSecretTest() { EXPECT_TRUE(AddHook()(ledger_).answer); }
  domain::WebhookRow Row() { return *domain::ReadWebhook(ledger_.state(), 1); }
  std::string Secret(const events::WebhookSecret& recorded) {
    const auto secret = ledger_.Context().mint.DeriveOfWebhook(1, recorded);
    return secret ? std::string(secret->view()) : "";
  }
  TestLedger ledger_;
};

TEST_F(WebhookSecretTest, IsAnotherAfterEachRotationAndTheOneBeforeStaysKnown) {
  const std::string first = Secret(Row().secret());
  EXPECT_EQ(first.size(), 32u);
  ASSERT_TRUE(RotateHook()(ledger_).answer);
  const domain::WebhookRow row = Row();
  EXPECT_NE(Secret(row.secret()), first);
  EXPECT_EQ(Secret(row.previous_secret()), first);
  EXPECT_EQ(FromMicros(row.previous_until_us()),
            ledger_.LedgerTime() + ledger_limits::kPreviousWebhookSecret);
  events::WebhookSecret unknown = row.secret();
  unknown.set_master_key_id("whatever");
  EXPECT_EQ(Secret(unknown), "") << "of a master key that is not there";
}

TEST_F(WebhookSecretTest, IsVoidAfterARestoreUntilItIsRotated) {
  EXPECT_FALSE(domain::IsSecretVoid(ledger_.state(), Row()));
  ASSERT_TRUE(ledger_.Restore().answer);
  EXPECT_TRUE(domain::IsSecretVoid(ledger_.state(), Row()));
  ASSERT_TRUE(ledger_.Submit(domain::RotateWebhook{1}, Owner(ledger_)).answer);
  EXPECT_FALSE(domain::IsSecretVoid(ledger_.state(), Row()));
  EXPECT_FALSE(Row().has_previous_secret()) << "nobody can derive it any more";
  EXPECT_EQ(Difference(DerivedRows(ledger_.state(), ledger_.events()), ledger_.state().rows()), "");
}

TEST_F(WebhookSecretTest, NumbersThatTheLostEventsMayHaveGivenAreLeftOut) {
  ASSERT_TRUE(ledger_.Restore().answer);
  const Outcome outcome = ledger_.Submit(
      domain::AddWebhook{"https://b.example/", "b.example", {"KeyRedeemed"}, {}}, Owner(ledger_));
  ASSERT_TRUE(outcome.answer);
  EXPECT_EQ(outcome.answer->webhook, 2 + ledger_limits::kNumbersPerRestore);
  EXPECT_EQ(Difference(DerivedRows(ledger_.state(), ledger_.events()), ledger_.state().rows()), "");
}

TEST_F(WebhookSecretTest, TheUrlIsSealedUnderAKeyOfItsOwn) {
  const events::Event& added = ledger_.events().back();
  EXPECT_EQ(added.sealed().subject(), added.webhook_added().subject());
  EXPECT_EQ(Unsealed(added.sealed()).url(), "https://a.example/in");
}

}  // namespace
}  // namespace latchkey::testing
