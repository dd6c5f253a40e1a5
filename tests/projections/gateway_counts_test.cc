// Gateways to look at, counted in parts, compared with a reading of every row.
#include "projections/gateway_counts.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/projections/live_ledger.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;
using projections::GatewayCount;
using projections::GatewayCounts;
using projections::Presence;

class GatewayCountsTest : public ::testing::Test {
 protected:
  // Registered one after the other; every third has a renewed certificate, and some are gone.
  GatewayCountsTest() {
    ledger_.Grow(200);
    TestLedger& domain = ledger_.domain();
    domain.Open("many");
    for (int i = 0; i < kRegistered; ++i) {
      const std::uint64_t gateway =
          domain.Add({"many", "gateway " + std::to_string(i), 0, 7 * 24h}).answer->gateway;
      domain.Redeem(domain.Redemption(gateway, 1, "first"));
      domain.CheckIn(domain.CertificateOf(gateway, 1));
      if (i % 3 == 0) {
        domain.Renew(domain.CertificateOf(gateway, 1), "second");
        domain.CheckIn(domain.CertificateOf(gateway, "second"));
      }
      if (i % 7 == 0) domain.Deregister(gateway);
      if (i % 7 == 1) domain.Remove(gateway);
      domain.clock().Advance(24h);
    }
    ledger_.Grow(20);
    last_ = domain.LedgerTime();
    presence_ =
        Presence::Open(ledger_.Beside("presence"), ledger_.resources(), 150s, last_).value();
  }

  // By each gateway's row, with the times written out.
  GatewayCount Expected(Time now, Time since) {
    GatewayCount count;
    const domain::StateReader& state = ledger_.projections().state();
    for (std::uint64_t i = 1; i <= domain::ReadCounters(state).gateways(); ++i) {
      const auto row = domain::ReadGateway(state, i);
      if (row->removed() || !row->has_current()) continue;
      const domain::Registration& current = row->current();
      const std::int64_t end = current.not_after_us();
      const std::int64_t begin =
          current.renewed_us() != 0 ? current.renewed_us() : current.since_us();
      const std::int64_t overdue = end - (end - begin) / 6;
      if (ToMicros(now) >= end) {
        ++count.expired;
      } else if (ToMicros(now) > overdue) {
        ++count.ending;
      }
      if (FromMicros(current.since_us()) < since && !presence_->Get(i)) ++count.without_ca;
    }
    return count;
  }

  static constexpr int kRegistered = 30;
  LiveLedger ledger_;
  Time last_;
  std::unique_ptr<Presence> presence_;
};

TEST_F(GatewayCountsTest, InPartsIsAsAtOnce) {
  const std::uint64_t gateways = domain::ReadCounters(ledger_.projections().state()).gateways();
  for (std::uint64_t i = 1; i <= gateways; i += 2) presence_->Record(i, {last_, {}, ""});
  const Time since = last_ - 10 * 24h;
  GatewayCounts counts(since);
  bool any_ending = false;
  bool any_expired = false;
  for (Micros later = 0h; later < 500 * 24h; later += 20 * 24h) {
    const GatewayCount expected = Expected(last_ + later, since);
    for (const std::size_t part : {std::size_t(7), std::size_t(gateways + 1)}) {
      std::size_t calls = 1;
      while (!counts.CountOn(ledger_.projections(), *presence_, last_ + later, part)) ++calls;
      EXPECT_EQ(calls, (gateways + part - 1) / part) << "no more at once than was asked for";
      EXPECT_EQ(counts.Get().ending, expected.ending) << later.count();
      EXPECT_EQ(counts.Get().expired, expected.expired) << later.count();
      EXPECT_EQ(counts.Get().without_ca, expected.without_ca);
    }
    any_ending |= expected.ending != 0;
    any_expired |= expected.expired != 0;
    EXPECT_NE(expected.without_ca, 0u);
  }
  EXPECT_TRUE(any_ending && any_expired);
}

TEST_F(GatewayCountsTest, WithoutAnUnknownCaNobodyLacksIt) {
  GatewayCounts counts(std::nullopt);
  EXPECT_TRUE(counts.CountOn(ledger_.projections(), *presence_, last_, SIZE_MAX));
  EXPECT_EQ(counts.Get().without_ca, 0u);
}

}  // namespace
}  // namespace latchkey::testing
