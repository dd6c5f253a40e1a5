#include "tests/core/domain/rule_table.h"

#include <cctype>
#include <utility>

#include "core/domain/decision.h"
#include "tests/core/domain/derived_rows.h"
#include "tests/core/domain/describe.h"

namespace latchkey::testing {
namespace {

// A step about one gateway, by its number.
template <typename Verb>
Step About(std::string gateway, Verb verb) {
  return {gateway,
          [=](TestLedger& ledger) -> Outcome { return verb(ledger, ledger.Named(gateway)); }};
}

Outcome Done() { return {domain::Answer(), {}}; }

}  // namespace

std::ostream& operator<<(std::ostream& out, const Rule& rule) { return out << rule.rule; }

void CheckRule(const Rule& rule) {
  TestLedger ledger;
  ledger.Open("acme");
  for (std::size_t i = 0; i < rule.given.size(); ++i) {
    const Outcome outcome = rule.given[i].run(ledger);
    ASSERT_TRUE(outcome.answer || rule.given[i].may_be_refused)
        << "given step " << i + 1 << " was refused: " << outcome.Word();
  }
  const std::string before = ledger.Show(ledger.Named(rule.when.gateway));
  const std::size_t size = ledger.events().size();
  const Outcome outcome = rule.when.run(ledger);
  EXPECT_EQ(outcome.Word(), rule.answer) << "given " << before;
  EXPECT_EQ(Describe(outcome.events), rule.events) << "given " << before;
  EXPECT_EQ(ledger.Show(ledger.Named(rule.when.gateway)), rule.state) << "given " << before;
  EXPECT_EQ(ledger.events().size(), size + outcome.events.size());

  const Rows& rows = ledger.state().rows();
  EXPECT_EQ(Difference(DerivedRows(ledger.state(), ledger.events()), rows), "");
  EXPECT_EQ(Difference(Rebuild(ledger.events()).rows(), rows), "");
}

std::string RuleName(const ::testing::TestParamInfo<Rule>& info) {
  std::string name;
  for (const char c : info.param.rule) {
    if (std::isalnum(static_cast<unsigned char>(c))) {
      name += c;
    } else if (!name.empty() && name.back() != '_') {
      name += '_';
    }
  }
  return name;
}

Step Open(std::string account) {
  return {"", [=](TestLedger& ledger) { return ledger.Open(account); }};
}

Step Add(std::string gateway, AddOptions options) {
  return {gateway, [=](TestLedger& ledger) {
            const std::uint64_t primary = options.under.empty() ? 0 : ledger.Named(options.under);
            return ledger.Add({options.account, gateway, primary, options.lifetime, options.labels,
                               options.note});
          }};
}

Step Rename(std::string gateway, std::string name) {
  return About(gateway,
               [=](TestLedger& ledger, std::uint64_t g) { return ledger.Rename(g, name); });
}

Step Label(std::string gateway, domain::Labels labels) {
  return About(gateway, [=](TestLedger& ledger, std::uint64_t g) {
    return ledger.Change({.gateway = g, .labels = labels});
  });
}

Step Note(std::string gateway, std::string note) {
  return About(gateway, [=](TestLedger& ledger, std::uint64_t g) {
    return ledger.Change({.gateway = g, .note = note});
  });
}

Step Remove(std::string gateway) {
  return About(gateway, [](TestLedger& ledger, std::uint64_t g) { return ledger.Remove(g); });
}

Step Generate(std::string gateway, KeyOptions options) {
  return About(gateway, [=](TestLedger& ledger, std::uint64_t g) {
    return ledger.Generate({g, options.replace, options.lifetime, ""});
  });
}

Step Replace(std::string gateway) { return Generate(gateway, {.replace = true}); }

Step Reveal(std::string gateway) {
  return About(gateway, [](TestLedger& ledger, std::uint64_t g) { return ledger.Reveal(g); });
}

Step Revoke(std::string gateway) {
  return About(gateway, [](TestLedger& ledger, std::uint64_t g) { return ledger.Revoke(g); });
}

Step Deregister(std::string gateway) {
  return About(gateway, [](TestLedger& ledger, std::uint64_t g) { return ledger.Deregister(g); });
}

Step Redeem(std::string gateway, std::uint32_t generation, std::string party) {
  return About(gateway, [=](TestLedger& ledger, std::uint64_t g) {
    return ledger.Redeem(ledger.Redemption(g, generation, party));
  });
}

Step RedeemWithBadCsr(std::string gateway, std::uint32_t generation) {
  return About(gateway, [=](TestLedger& ledger, std::uint64_t g) {
    domain::RedeemKey command = ledger.Redemption(g, generation, "");
    command.public_key_sha256.clear();
    command.offer.reset();
    command.csr_problem = "This is no CSR.";
    return ledger.Redeem(command);
  });
}

Step RedeemWithWrongSecret(std::string gateway, std::uint32_t generation) {
  return About(gateway, [=](TestLedger& ledger, std::uint64_t g) {
    domain::RedeemKey command = ledger.Redemption(g, generation, "ann");
    command.secret_sha256.back() ^= 1;
    return ledger.Redeem(command);
  });
}

Step CheckIn(std::string gateway, std::uint32_t generation) {
  return About(gateway, [=](TestLedger& ledger, std::uint64_t g) {
    return ledger.CheckIn(ledger.CertificateOf(g, generation));
  });
}

Step Fail(std::string gateway, std::uint32_t generation, std::string reason) {
  return About(gateway, [=](TestLedger& ledger, std::uint64_t g) {
    return ledger.ReportFailure(ledger.CertificateOf(g, generation), reason);
  });
}

Step RedeemAndConfirm(std::string gateway, std::uint32_t generation, std::string party) {
  return About(gateway, [=](TestLedger& ledger, std::uint64_t g) {
    domain::RedeemKey command = ledger.Redemption(g, generation, party);
    command.confirm = true;
    return ledger.Redeem(command);
  });
}

Step Renew(std::string gateway, std::string party, std::string holder, Micros lifetime) {
  return About(gateway, [=](TestLedger& ledger, std::uint64_t g) {
    return ledger.Renew(ledger.CertificateOf(g, holder), party, lifetime);
  });
}

Step CheckInAs(std::string gateway, std::string holder) {
  return About(gateway, [=](TestLedger& ledger, std::uint64_t g) {
    return ledger.CheckIn(ledger.CertificateOf(g, holder));
  });
}

Step SuspectSharing(std::string gateway, std::string holder) {
  return About(gateway, [=](TestLedger& ledger, std::uint64_t g) {
    return ledger.SuspectSharing(ledger.CertificateOf(g, holder), "203.0.113.9");
  });
}

Step FailAs(std::string gateway, std::string holder) {
  return About(gateway, [=](TestLedger& ledger, std::uint64_t g) {
    return ledger.ReportFailure(ledger.CertificateOf(g, holder), "disk_full");
  });
}

Step DeregisterSelf(std::string gateway, std::string holder) {
  return About(gateway, [=](TestLedger& ledger, std::uint64_t g) {
    return ledger.DeregisterSelf(ledger.CertificateOf(g, holder));
  });
}

Step Register(std::string gateway, std::uint32_t generation) {
  return {gateway, [=](TestLedger& ledger) {
            const Outcome redeemed = Redeem(gateway, generation).run(ledger);
            return redeemed.answer ? CheckIn(gateway, generation).run(ledger) : redeemed;
          }};
}

Step AbandonTimer(std::string gateway, std::uint32_t generation) {
  return About(gateway,
               [=](TestLedger& ledger, std::uint64_t g) { return ledger.Abandon(g, generation); });
}

Step ExpireTimer(std::string gateway, std::uint32_t generation) {
  return About(gateway,
               [=](TestLedger& ledger, std::uint64_t g) { return ledger.Expire(g, generation); });
}

Step Restore() {
  return {"", [](TestLedger& ledger) { return ledger.Restore(); }};
}

Step Accept(std::string gateway) {
  return About(gateway, [](TestLedger& ledger, std::uint64_t g) { return ledger.Accept(g); });
}

Step AcceptAll(std::string account) {
  return {"", [=](TestLedger& ledger) { return ledger.AcceptAll(account); }};
}

Step Timers() {
  return {"", [](TestLedger& ledger) { return ledger.FireTimers(); }};
}

Step Send(std::string gateway, std::chrono::seconds lifetime) {
  return About(gateway, [=](TestLedger& ledger, std::uint64_t g) {
    return ledger.Send(g, "config", lifetime);
  });
}

Step Cancel(std::string gateway, std::uint64_t message) {
  return About(gateway,
               [=](TestLedger& ledger, std::uint64_t g) { return ledger.Cancel(g, message); });
}

Step Acknowledge(std::string gateway, std::uint64_t message, bool done, std::uint32_t generation) {
  return About(gateway, [=](TestLedger& ledger, std::uint64_t g) {
    return ledger.Acknowledge(ledger.CertificateOf(g, generation), message, done);
  });
}

Step AcknowledgeLate(std::string gateway, std::uint64_t message) {
  return About(gateway, [=](TestLedger& ledger, std::uint64_t g) {
    return ledger.Acknowledge(ledger.CertificateOf(g, 1), message, true, true);
  });
}

Step Disconnect(std::string gateway) {
  return About(gateway, [](TestLedger& ledger, std::uint64_t g) { return ledger.Disconnect(g); });
}

Step Wait(Micros time) {
  return {"", [=](TestLedger& ledger) {
            ledger.clock().Advance(time);
            return Done();
          }};
}

Step Restart(Micros downtime) {
  return {"", [=](TestLedger& ledger) {
            ledger.Restart(downtime);
            return Done();
          }};
}

Step IfMatch(std::uint64_t gateway_events, Step step) {
  return {step.gateway,
          [=](TestLedger& ledger) {
            ledger.Expect(gateway_events);
            return step.run(ledger);
          },
          step.may_be_refused};
}

Step Try(Step step) {
  step.may_be_refused = true;
  return step;
}

std::vector<Step> After(std::vector<Step> steps, std::vector<Step> more) {
  steps.insert(steps.end(), more.begin(), more.end());
  return steps;
}

}  // namespace latchkey::testing
