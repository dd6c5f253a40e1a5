// The trust domain: which names are possible, and that it is named once.
#include "core/domain/trust_domain.h"

#include <gtest/gtest.h>

#include "core/base/limits.h"
#include "tests/core/domain/derived_rows.h"
#include "tests/core/domain/describe.h"
#include "tests/core/domain/rule_table.h"

namespace latchkey::testing {
namespace {

Outcome NameDomain(TestLedger& ledger, const std::string& name) {
  return ledger.Submit(domain::NameTrustDomain{name}, domain::Actor());
}

TEST(TrustDomain, NamesAreThoseOfSpiffe) {
  for (const std::string& good :
       {std::string("example.org"), std::string("a"), std::string("0-1_2.x"),
        std::string(ledger_limits::kMaxTrustDomainChars, 'a')}) {
    EXPECT_TRUE(domain::IsTrustDomain(good)) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("Example.org"), std::string("example.org/"),
        std::string("example org"), std::string("exämple.org"), std::string("example.org:443"),
        std::string("spiffe://example.org"), std::string("a\0b", 3),
        std::string(ledger_limits::kMaxTrustDomainChars + 1, 'a')}) {
    EXPECT_FALSE(domain::IsTrustDomain(bad)) << bad;
  }
  const std::string derived = domain::TrustDomainOf(std::string(16, '\xab'));
  EXPECT_EQ(derived, "abababababababababababababababab.latchkey.internal");
  EXPECT_TRUE(domain::IsTrustDomain(derived));
}

TEST(TrustDomain, NamesAGatewayByAccountAndId) {
  EXPECT_EQ(domain::SpiffeId("example.org", "acme", 1),
            "spiffe://example.org/account/acme/gateway/gw_00000001");
}

TEST(TrustDomain, IsNamedOnceAndForGood) {
  TestLedger ledger;
  EXPECT_EQ(NameDomain(ledger, "Example").Word(), "validation_failed");
  const Outcome named = NameDomain(ledger, "example.org");
  EXPECT_EQ(named.Word(), "created");
  EXPECT_EQ(Describe(named.events), std::vector<std::string>{"TrustDomainNamed example.org"});
  EXPECT_EQ(domain::ReadLedger(ledger.state())->trust_domain(), "example.org");

  const Outcome again = NameDomain(ledger, "example.org");
  EXPECT_TRUE(again.answer);
  EXPECT_TRUE(again.events.empty());
  const Outcome other = NameDomain(ledger, "example.com");
  ASSERT_FALSE(other.answer);
  EXPECT_EQ(other.answer.error().code, ErrorCode::kUnusable);
  EXPECT_NE(other.answer.error().detail.find("example.org"), std::string::npos);
  EXPECT_TRUE(other.events.empty());
  EXPECT_EQ(Difference(DerivedRows(ledger.state(), ledger.events()), ledger.state().rows()), "");
}

TEST(TrustDomain, StaysWhenTheCaIsRotatedAndTheLedgerRestored) {
  TestLedger ledger;
  ASSERT_TRUE(NameDomain(ledger, "example.org").answer);
  ASSERT_TRUE(ledger.RotateCa("B").answer);
  ledger.Restore();
  EXPECT_EQ(domain::ReadLedger(ledger.state())->trust_domain(), "example.org");
  EXPECT_EQ(Difference(DerivedRows(ledger.state(), ledger.events()), ledger.state().rows()), "");
}

}  // namespace
}  // namespace latchkey::testing
