// Whether a client certificate is valid, for each way in which it can end.
#include <gtest/gtest.h>

#include "core/domain/judge.h"
#include "tests/core/domain/rule_table.h"

namespace latchkey::testing {
namespace {

using std::chrono::hours;

struct Certificate {
  std::string name;
  std::vector<Step> given;  // about gateway "paris"
  std::uint32_t generation;
  std::string worth;  // "" when it is accepted
};

const std::vector<Step> kPending{Add("paris"), Redeem("paris")};

const Certificate kCertificates[] = {
    {"pending", kPending, 1, ""},
    {"pending after confirm by", After(kPending, {Wait(hours(2))}), 1, ""},
    {"pending in its last microsecond", After(kPending, {Wait(kCertificateLifetime - kTick)}), 1,
     ""},
    {"pending and expired", After(kPending, {Wait(kCertificateLifetime)}), 1,
     "certificate_expired"},
    {"current", kRegistered, 1, ""},
    {"current and silent", After(kRegistered, {Disconnect("paris")}), 1, ""},
    {"current in its last microsecond", After(kRegistered, {Wait(kCertificateLifetime - kTick)}), 1,
     ""},
    {"current and expired", After(kRegistered, {Wait(kCertificateLifetime)}), 1,
     "certificate_expired"},
    {"failed", After(kPending, {Fail("paris")}), 1, "registration_abandoned"},
    {"timed out", After(kPending, {Wait(hours(1)), Timers()}), 1, "registration_abandoned"},
    {"gave way to a new key", After(kPending, {Generate("paris")}), 1, "registration_abandoned"},
    {"pending when deregistered", After(kPending, {Deregister("paris")}), 1,
     "registration_abandoned"},
    {"pending when removed", After(kPending, {Remove("paris")}), 1, "registration_abandoned"},
    {"failed and expired", After(kPending, {Fail("paris"), Wait(kCertificateLifetime)}), 1,
     "registration_abandoned"},
    {"deregistered", After(kRegistered, {Deregister("paris")}), 1, "certificate_revoked"},
    {"removed", After(kRegistered, {Remove("paris")}), 1, "certificate_revoked"},
    {"deregistered and expired",
     After(kRegistered, {Deregister("paris"), Wait(kCertificateLifetime)}), 1,
     "certificate_revoked"},
    {"to be replaced", After(kRegistered, {Replace("paris"), Redeem("paris", 2)}), 1, ""},
    {"about to replace", After(kRegistered, {Replace("paris"), Redeem("paris", 2)}), 2, ""},
    {"replaced", After(kRegistered, {Replace("paris"), Register("paris", 2)}), 1,
     "certificate_revoked"},
    {"that replaced", After(kRegistered, {Replace("paris"), Register("paris", 2)}), 2, ""},
    {"failed to replace",
     After(kRegistered, {Replace("paris"), Redeem("paris", 2), Fail("paris", 2)}), 2,
     "registration_abandoned"},
    {"kept when the replacement failed",
     After(kRegistered, {Replace("paris"), Redeem("paris", 2), Fail("paris", 2)}), 1, ""},
    {"of a name used again", After(kRegistered, {Rename("paris", "lyon"), Add("nice")}), 1, ""},
};

std::ostream& operator<<(std::ostream& out, const Certificate& row) { return out << row.name; }

class CertificateRules : public ::testing::TestWithParam<Certificate> {};

TEST_P(CertificateRules, Hold) {
  const Certificate& row = GetParam();
  TestLedger ledger;
  ledger.Open("acme");
  for (const Step& step : row.given) ASSERT_TRUE(step.run(ledger).answer);
  const std::uint64_t gateway = ledger.Named("paris");
  const std::string sha256 = ledger.CertificateOf(gateway, row.generation);

  const auto worth = domain::JudgeCertificate(ledger.state(), sha256, ledger.clock().Now());
  EXPECT_EQ(worth ? "" : CodeName(worth.error().code), row.worth);
  if (worth) {
    EXPECT_EQ(worth->gateway(), gateway);
    EXPECT_EQ(worth->account(), "acme");
    EXPECT_EQ(worth->generation(), row.generation);
  }

  // A refused certificate can neither check in nor report, and leaves nothing.
  if (worth) return;
  const std::size_t size = ledger.events().size();
  EXPECT_EQ(ledger.CheckIn(sha256).Word(), row.worth);
  EXPECT_EQ(ledger.ReportFailure(sha256, "disk_full").Word(), row.worth);
  EXPECT_EQ(ledger.events().size(), size);
}

std::string CertificateName(const ::testing::TestParamInfo<Certificate>& info) {
  return RuleName({Rule(info.param.name), info.index});
}
INSTANTIATE_TEST_SUITE_P(Worth, CertificateRules, ::testing::ValuesIn(kCertificates),
                         CertificateName);

// The last moment for a redemption is the one whose confirm-by is the CA's end.
TEST(Certificates, AreSignedWhileTheCaLastsUntilConfirmBy) {
  const Time now = FakeClock().Now();
  const struct {
    Micros left;  // of the CA's life
    bool signs;
  } rows[] = {{std::chrono::hours(24), true},
              {std::chrono::hours(1), true},
              {std::chrono::hours(1) - Micros(1), false},
              {Micros(0), false},
              {-std::chrono::hours(1), false}};
  for (const auto& row : rows) {
    const Status judged = domain::CheckCaLasts(now + row.left, now, std::chrono::hours(1));
    EXPECT_EQ(judged.has_value(), row.signs) << row.left.count();
    if (!row.signs) {
      EXPECT_EQ(judged.error().code, ErrorCode::kReadOnly);
    }
  }
}

TEST(Certificates, UnknownToTheLedgerAreRefused) {
  TestLedger ledger;
  ledger.Open("acme");
  ledger.Add({"acme", "paris", 0, kWeek});
  // Offered for a redemption that was refused, so that it was never recorded.
  ledger.Redeem(ledger.Redemption(1, 1, "ann"));
  const domain::RedeemKey late = ledger.Redemption(1, 1, "bob");
  EXPECT_EQ(ledger.Redeem(late).Word(), "key_already_redeemed");
  for (const std::string& sha256 : {late.offer->sha256, std::string(32, 'x'), std::string()}) {
    EXPECT_EQ(ledger.CheckIn(sha256).Word(), "unauthenticated");
    EXPECT_EQ(ledger.ReportFailure(sha256, "disk_full").Word(), "unauthenticated");
  }
}

}  // namespace
}  // namespace latchkey::testing
