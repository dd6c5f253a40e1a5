// Tables of rules: each row is one rule of docs/design.md §2 or §7 or one refusal of
// api/openapi.yaml, told as given, when, then. Gateways go by the name they were added under,
// certificates by gateway and generation, key pairs by the name of their holder.
#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/core/domain/ledger_fixture.h"

namespace latchkey::testing {

struct Step {
  std::string gateway;  // that it is about
  std::function<Outcome(TestLedger&)> run;
  bool may_be_refused = false;
};

struct Rule {
  explicit Rule(std::string words) : rule(std::move(words)) {}
  // None of these steps may be refused. Account acme is open before them.
  Rule& Given(std::vector<Step> steps) { return given = std::move(steps), *this; }
  Rule& When(Step step) { return when = std::move(step), *this; }
  // `answer` is Outcome::Word, `events` Describe, and `state` what TestLedger::Show shows
  // afterwards of the gateway that `when` is about.
  Rule& Then(std::string answer_word, std::vector<std::string> described, std::string shown) {
    answer = std::move(answer_word);
    events = std::move(described);
    state = std::move(shown);
    return *this;
  }

  std::string rule;
  std::vector<Step> given;
  Step when;
  std::string answer;
  std::vector<std::string> events;
  std::string state;
};

std::ostream& operator<<(std::ostream& out, const Rule& rule);

// Runs one row. Afterwards the rows found through gateways must follow from them, and Apply alone
// must give the same rows again.
void CheckRule(const Rule& rule);

// The row's rule as the name of a test.
std::string RuleName(const ::testing::TestParamInfo<Rule>& info);

inline constexpr std::chrono::seconds kDay{24 * 60 * 60};
inline constexpr std::chrono::seconds kWeek = 7 * kDay;
inline constexpr Micros kTick{1};

struct AddOptions {
  std::string account = "acme";
  std::string under{};  // the primary's name
  std::chrono::seconds lifetime = ledger_limits::kDefaultKeyLifetime;
  domain::Labels labels{};
  std::string note{};
};
struct KeyOptions {
  bool replace = false;
  std::chrono::seconds lifetime = ledger_limits::kDefaultKeyLifetime;
};

Step Open(std::string account);
Step Add(std::string gateway, AddOptions options = {});
Step Rename(std::string gateway, std::string name);
Step Label(std::string gateway, domain::Labels labels);
Step Note(std::string gateway, std::string note);
Step Remove(std::string gateway);
Step Generate(std::string gateway, KeyOptions options = {});
Step Replace(std::string gateway);  // Generate with replace: true
Step Reveal(std::string gateway);
Step Revoke(std::string gateway);
Step Deregister(std::string gateway);

Step Redeem(std::string gateway, std::uint32_t generation = 1, std::string party = "ann");
Step RedeemWithBadCsr(std::string gateway, std::uint32_t generation = 1);
Step RedeemWithWrongSecret(std::string gateway, std::uint32_t generation = 1);
Step CheckIn(std::string gateway, std::uint32_t generation = 1);
Step Fail(std::string gateway, std::uint32_t generation = 1, std::string reason = "disk_full");
Step RedeemAndConfirm(std::string gateway, std::uint32_t generation = 1, std::string party = "ann");
// With the certificate that `holder` got last, for the key pair of `party`.
Step Renew(std::string gateway, std::string party, std::string holder = "ann",
           Micros lifetime = ledger_limits::kRenewedLifetime);
Step CheckInAs(std::string gateway, std::string holder);
Step SuspectSharing(std::string gateway, std::string holder = "ann");
Step FailAs(std::string gateway, std::string holder);
Step DeregisterSelf(std::string gateway, std::string holder = "ann");
Step Register(std::string gateway, std::uint32_t generation = 1);  // Redeem by ann, then CheckIn

Step Send(std::string gateway,
          std::chrono::seconds lifetime = ledger_limits::kDefaultMessageLifetime);
Step Cancel(std::string gateway, std::uint64_t message = 1);
// With the certificate of that generation.
Step Acknowledge(std::string gateway, std::uint64_t message = 1, bool done = true,
                 std::uint32_t generation = 1);
Step AcknowledgeLate(std::string gateway, std::uint64_t message = 1);  // once its identity ended

Step AbandonTimer(std::string gateway, std::uint32_t generation = 1);
Step ExpireTimer(std::string gateway, std::uint32_t generation = 1);
Step Restore();  // from a backup of all so far
Step Accept(std::string gateway);
Step AcceptAll(std::string account = "");
Step Timers();  // all that are due
Step Disconnect(std::string gateway);
Step Wait(Micros time);
Step Restart(Micros downtime = Micros(0));

// The step, with If-Match.
Step IfMatch(std::uint64_t gateway_events, Step step);
// The step, which may be refused.
Step Try(Step step);

// These steps, and then more.
std::vector<Step> After(std::vector<Step> steps, std::vector<Step> more);

// The gateway paris, registered by ann.
inline const std::vector<Step> kRegistered{Add("paris"), Register("paris")};

}  // namespace latchkey::testing
