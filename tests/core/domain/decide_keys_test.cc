// Generating, showing, revoking and expiring keys: one row for each rule.
#include <gtest/gtest.h>

#include "tests/core/domain/describe.h"
#include "tests/core/domain/rule_table.h"

namespace latchkey::testing {
namespace {

class KeyRules : public ::testing::TestWithParam<Rule> {};
TEST_P(KeyRules, Hold) { CheckRule(GetParam()); }

const Rule kGenerating[] = {
    Rule("a new key supersedes the active one at once")
        .Given({Add("paris")})
        .When(Generate("paris"))
        .Then("created", {"KeyRegenerated 2 ends 1"}, "unregistered; 1 superseded; 2 active"),
    Rule("a new key follows a revoked one")
        .Given({Add("paris"), Revoke("paris")})
        .When(Generate("paris"))
        .Then("created", {"KeyRegenerated 2"}, "unregistered; 1 revoked; 2 active"),
    Rule("a new key follows an expired one")
        .Given({Add("paris"), Wait(kWeek), Timers()})
        .When(Generate("paris"))
        .Then("created", {"KeyRegenerated 2"}, "unregistered; 1 expired; 2 active"),
    Rule("what expired before it could be superseded has expired")
        .Given({Add("paris"), Wait(kWeek)})
        .When(Generate("paris"))
        .Then("created", {"KeyExpired 1", "KeyRegenerated 2"}, "unregistered; 1 expired; 2 active"),
    Rule("a key in its last microsecond is superseded")
        .Given({Add("paris"), Wait(kWeek - kTick)})
        .When(Generate("paris"))
        .Then("created", {"KeyRegenerated 2 ends 1"}, "unregistered; 1 superseded; 2 active"),
    Rule("a new key abandons a pending registration")
        .Given({Add("paris"), Redeem("paris")})
        .When(Generate("paris"))
        .Then("created", {"RegistrationAbandoned 1 SUPERSEDED", "KeyRegenerated 2"},
              "unregistered; 1 redeemed abandoned; 2 active; failed superseded"),
    Rule("a new key follows a failed installation")
        .Given({Add("paris"), Redeem("paris"), Fail("paris")})
        .When(Generate("paris"))
        .Then("created", {"KeyRegenerated 2"},
              "unregistered; 1 redeemed abandoned; 2 active; failed disk_full"),
    Rule("a new key follows a registration nobody confirmed")
        .Given({Add("paris"), Redeem("paris"), Wait(std::chrono::hours(1)), Timers()})
        .When(Generate("paris"))
        .Then("created", {"KeyRegenerated 2"},
              "unregistered; 1 redeemed abandoned; 2 active; failed not_confirmed"),
    Rule("keys are generated as often as needed")
        .Given({Add("paris"), Redeem("paris"), Fail("paris"), Generate("paris"), Redeem("paris", 2),
                Fail("paris", 2, "no_network")})
        .When(Generate("paris"))
        .Then("created", {"KeyRegenerated 3"},
              "unregistered; 1 redeemed abandoned; 2 redeemed abandoned; 3 active; failed "
              "no_network"),
    Rule("a deregistered gateway gets a new key")
        .Given({Add("paris"), Register("paris"), Deregister("paris")})
        .When(Generate("paris"))
        .Then("created", {"KeyRegenerated 2"}, "unregistered; 1 redeemed revoked; 2 active"),
    Rule("the wish to replace means nothing for a gateway not registered")
        .Given({Add("paris")})
        .When(Replace("paris"))
        .Then("created", {"KeyRegenerated 2 ends 1"}, "unregistered; 1 superseded; 2 active"),
};
INSTANTIATE_TEST_SUITE_P(Generating, KeyRules, ::testing::ValuesIn(kGenerating), RuleName);

const Rule kReplacements[] = {
    Rule("a registered gateway gets no key without the wish to replace it")
        .Given({Add("paris"), Register("paris")})
        .When(Generate("paris"))
        .Then("already_registered", {}, "registered connected; 1 redeemed current"),
    Rule("a disconnected one neither")
        .Given({Add("paris"), Register("paris"), Disconnect("paris")})
        .When(Generate("paris"))
        .Then("already_registered", {}, "registered; 1 redeemed current"),
    Rule("nor one whose replacement is pending")
        .Given({Add("paris"), Register("paris"), Replace("paris"), Redeem("paris", 2)})
        .When(Generate("paris"))
        .Then("already_registered", {},
              "registered connected; 1 redeemed current; 2 redeemed pending"),
    Rule("a key to replace a machine leaves it registered")
        .Given({Add("paris"), Register("paris")})
        .When(Replace("paris"))
        .Then("created", {"KeyRegenerated 2 to replace"},
              "registered connected; 1 redeemed current; 2 active"),
    Rule("a newer key to replace supersedes the one before")
        .Given({Add("paris"), Register("paris"), Replace("paris")})
        .When(Replace("paris"))
        .Then("created", {"KeyRegenerated 3 ends 2 to replace"},
              "registered connected; 1 redeemed current; 2 superseded; 3 active"),
    Rule("a newer key to replace follows an expired one")
        .Given({Add("paris"), Register("paris"), Replace("paris"), Wait(kWeek)})
        .When(Replace("paris"))
        .Then("created", {"KeyExpired 2", "KeyRegenerated 3 to replace"},
              "registered connected; 1 redeemed current; 2 expired; 3 active"),
    Rule("a newer key to replace abandons the pending replacement alone")
        .Given({Add("paris"), Register("paris"), Replace("paris"), Redeem("paris", 2)})
        .When(Replace("paris"))
        .Then("created", {"RegistrationAbandoned 2 SUPERSEDED", "KeyRegenerated 3 to replace"},
              "registered connected; 1 redeemed current; 2 redeemed abandoned; 3 active; failed "
              "superseded"),
};
INSTANTIATE_TEST_SUITE_P(Replacing, KeyRules, ::testing::ValuesIn(kReplacements), RuleName);

const Rule kRevealing[] = {
    Rule("an active key is shown and that is recorded")
        .Given({Add("paris")})
        .When(Reveal("paris"))
        .Then("ok", {"KeyRevealed 1"}, "unregistered; 1 active"),
    Rule("a key is shown again")
        .Given({Add("paris"), Reveal("paris")})
        .When(Reveal("paris"))
        .Then("ok", {"KeyRevealed 1"}, "unregistered; 1 active"),
    Rule("a key is shown in its last microsecond")
        .Given({Add("paris"), Wait(kWeek - kTick)})
        .When(Reveal("paris"))
        .Then("ok", {"KeyRevealed 1"}, "unregistered; 1 active"),
    Rule("a key that expired is not shown")
        .Given({Add("paris"), Wait(kWeek)})
        .When(Reveal("paris"))
        .Then("no_active_key", {}, "unregistered; 1 active"),
    Rule("a key recorded as expired is not shown")
        .Given({Add("paris"), Wait(kWeek), Timers()})
        .When(Reveal("paris"))
        .Then("no_active_key", {}, "unregistered; 1 expired"),
    Rule("a revoked key is not shown")
        .Given({Add("paris"), Revoke("paris")})
        .When(Reveal("paris"))
        .Then("no_active_key", {}, "unregistered; 1 revoked"),
    Rule("a redeemed key is not shown")
        .Given({Add("paris"), Redeem("paris")})
        .When(Reveal("paris"))
        .Then("no_active_key", {}, "registering; 1 redeemed pending"),
    Rule("a spent key is not shown after its registration failed")
        .Given({Add("paris"), Redeem("paris"), Fail("paris")})
        .When(Reveal("paris"))
        .Then("no_active_key", {}, "unregistered; 1 redeemed abandoned; failed disk_full"),
    Rule("a registered gateway has no key to show")
        .Given({Add("paris"), Register("paris")})
        .When(Reveal("paris"))
        .Then("no_active_key", {}, "registered connected; 1 redeemed current"),
    Rule("a registered gateway shows the key that replaces it")
        .Given({Add("paris"), Register("paris"), Replace("paris")})
        .When(Reveal("paris"))
        .Then("ok", {"KeyRevealed 2"}, "registered connected; 1 redeemed current; 2 active"),
    Rule("the newest key is shown")
        .Given({Add("paris"), Generate("paris")})
        .When(Reveal("paris"))
        .Then("ok", {"KeyRevealed 2"}, "unregistered; 1 superseded; 2 active"),
};
INSTANTIATE_TEST_SUITE_P(Revealing, KeyRules, ::testing::ValuesIn(kRevealing), RuleName);

const Rule kRevoking[] = {
    Rule("an active key is revoked")
        .Given({Add("paris")})
        .When(Revoke("paris"))
        .Then("ok", {"KeyRevoked 1"}, "unregistered; 1 revoked"),
    Rule("a revoked key cannot be revoked again")
        .Given({Add("paris"), Revoke("paris")})
        .When(Revoke("paris"))
        .Then("no_active_key", {}, "unregistered; 1 revoked"),
    Rule("a key that expired cannot be revoked")
        .Given({Add("paris"), Wait(kWeek)})
        .When(Revoke("paris"))
        .Then("no_active_key", {}, "unregistered; 1 active"),
    Rule("a redeemed key cannot be revoked")
        .Given({Add("paris"), Redeem("paris")})
        .When(Revoke("paris"))
        .Then("no_active_key", {}, "registering; 1 redeemed pending"),
    Rule("the key of a registered gateway cannot be revoked")
        .Given({Add("paris"), Register("paris")})
        .When(Revoke("paris"))
        .Then("no_active_key", {}, "registered connected; 1 redeemed current"),
    Rule("revoking the key that replaces leaves the gateway registered")
        .Given({Add("paris"), Register("paris"), Replace("paris")})
        .When(Revoke("paris"))
        .Then("ok", {"KeyRevoked 2"}, "registered connected; 1 redeemed current; 2 revoked"),
};
INSTANTIATE_TEST_SUITE_P(Revoking, KeyRules, ::testing::ValuesIn(kRevoking), RuleName);

const Rule kExpiring[] = {
    Rule("the timer records that a key has expired")
        .Given({Add("paris"), Wait(kWeek)})
        .When(ExpireTimer("paris"))
        .Then("ok", {"KeyExpired 1"}, "unregistered; 1 expired"),
    Rule("the timer leaves a key in its last microsecond")
        .Given({Add("paris"), Wait(kWeek - kTick)})
        .When(ExpireTimer("paris"))
        .Then("ok", {}, "unregistered; 1 active"),
    Rule("a lifetime of its own is heeded")
        .Given({Add("paris", {.lifetime = std::chrono::seconds(1)}), Wait(std::chrono::seconds(1))})
        .When(ExpireTimer("paris"))
        .Then("ok", {"KeyExpired 1"}, "unregistered; 1 expired"),
    Rule("a lifetime of its own is heeded when a key is generated")
        .Given({Add("paris"), Generate("paris", {.lifetime = kDay}), Wait(kDay)})
        .When(ExpireTimer("paris", 2))
        .Then("ok", {"KeyExpired 2"}, "unregistered; 1 superseded; 2 expired"),
    Rule("the timer records an expiry once")
        .Given({Add("paris"), Wait(kWeek), Timers()})
        .When(ExpireTimer("paris"))
        .Then("ok", {}, "unregistered; 1 expired"),
    Rule("the timer leaves a redeemed key")
        .Given({Add("paris"), Redeem("paris"), Wait(kWeek)})
        .When(ExpireTimer("paris"))
        .Then("ok", {}, "registering; 1 redeemed pending"),
    Rule("the timer leaves a superseded key")
        .Given({Add("paris"), Generate("paris"), Wait(kWeek)})
        .When(ExpireTimer("paris", 1))
        .Then("ok", {}, "unregistered; 1 superseded; 2 active"),
    Rule("the timer leaves a revoked key")
        .Given({Add("paris"), Revoke("paris"), Wait(kWeek)})
        .When(ExpireTimer("paris"))
        .Then("ok", {}, "unregistered; 1 revoked"),
    Rule("the timer leaves the key of a removed gateway")
        .Given({Add("paris"), Remove("paris"), Wait(kWeek)})
        .When(ExpireTimer("paris"))
        .Then("ok", {}, "removed; 1 revoked"),
    Rule("the timer may name no gateway").When(ExpireTimer("paris")).Then("ok", {}, "none"),
    Rule("an expiring key leaves a registered gateway alone")
        .Given({Add("paris"), Register("paris"), Replace("paris"), Wait(kWeek)})
        .When(ExpireTimer("paris", 2))
        .Then("ok", {"KeyExpired 2"}, "registered connected; 1 redeemed current; 2 expired"),
};
INSTANTIATE_TEST_SUITE_P(Expiring, KeyRules, ::testing::ValuesIn(kExpiring), RuleName);

TEST(Generations, End) {
  TestLedger ledger;
  ledger.Open("acme");
  ledger.Add({"acme", "paris", 0, kWeek});
  ledger.Edit(1, [](domain::GatewayRow* row) {
    row->mutable_key()->set_generation(ledger_limits::kMaxGenerations - 1);
  });
  const Outcome last = ledger.Generate({1, false, kWeek, ""});
  ASSERT_EQ(last.Word(), "created");
  EXPECT_EQ(last.answer->generation, 65'535u);
  EXPECT_EQ(Describe(last.events), (std::vector<std::string>{"KeyRegenerated 65535 ends 65534"}));

  const Outcome refused = ledger.Generate({1, false, kWeek, ""});
  EXPECT_EQ(refused.Word(), "generation_limit");
  EXPECT_TRUE(refused.events.empty());
  EXPECT_EQ(ledger.Row(1).key().state(), domain::KEY_ACTIVE) << "the last key is still good";

  EXPECT_EQ(ledger.Redeem(ledger.Redemption(1, 65'535, "ann")).Word(), "created");
  EXPECT_EQ(ledger.Generate({1, false, kWeek, ""}).Word(), "generation_limit");
  EXPECT_EQ(ledger.Row(1).pending().generation(), 65'535u) << "and so is its registration";
  EXPECT_EQ(ledger.CheckIn(ledger.CertificateOf(1, 65'535)).Word(), "ok");
  EXPECT_EQ(ledger.Generate({1, false, kWeek, ""}).Word(), "already_registered");
  EXPECT_EQ(ledger.Generate({1, true, kWeek, ""}).Word(), "generation_limit");
}

TEST(IssuedKeys, HoldWhatProvesThemAndNoSecret) {
  TestLedger ledger;
  ledger.Open("acme");
  const Outcome added = ledger.Add({"acme", "paris", 0, std::chrono::seconds(90)});
  const events::IssuedKey& key = added.events[1].key_issued().key();
  EXPECT_EQ(key.nonce().size(), 16u);
  EXPECT_EQ(key.master_key_id().size(), 8u);
  EXPECT_EQ(key.secret_sha256(), ledger.Redemption(1, 1, "ann").secret_sha256);
  EXPECT_EQ(key.expires_us(), ToMicros(ledger.clock().Now() + std::chrono::seconds(90)));

  const Outcome next = ledger.Generate({1, false, kWeek, "lost on the way"});
  const events::IssuedKey& second = next.events[0].key_regenerated().key();
  EXPECT_NE(second.nonce(), key.nonce());
  EXPECT_NE(second.secret_sha256(), key.secret_sha256());
  EXPECT_EQ(next.answer->generation, 2u);
  EXPECT_EQ(Unsealed(next.events[0].sealed()).reason(), "lost on the way");
  EXPECT_EQ(next.events[0].sealed().subject(),
            domain::ReadAccount(ledger.state(), "acme")->subject());

  const domain::KeyRow row = ledger.Key(1, 2);
  EXPECT_EQ(row.issued_us(), next.events[0].time_us());
  EXPECT_EQ(row.issued_by().token(), 1u);
  EXPECT_EQ(ledger.Key(1, 1).secret_sha256(), key.secret_sha256()) << "kept beside the new one";
}

TEST(IssuedKeys, ExpireByTheClockAlsoWhenItWasSetBack) {
  TestLedger ledger;
  ledger.Open("acme");
  // The clock was a day ahead; an operator set it right and accepted the time. Event times do not
  // go back, so a short key can expire before the time of its own event.
  ledger.clock().Step(-kDay);
  ledger.Add({"acme", "paris", 0, std::chrono::hours(1)});
  ledger.clock().Advance(std::chrono::minutes(59));
  EXPECT_EQ(ledger.FireTimers().events.size(), 0u);
  EXPECT_EQ(ledger.Redeem(ledger.Redemption(1, 1, "ann")).Word(), "created");
}

}  // namespace
}  // namespace latchkey::testing
