// Which gateways somebody should look at: a row for each rule.
#include "core/domain/attention.h"

#include <gtest/gtest.h>

#include <functional>

#include "core/base/limits.h"
#include "core/domain/renewals.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;
using domain::GatewayRow;

const Time kAttentionNow = FromMicros(1'800'000'000'000'000);
constexpr Micros kInstant(1);

void HoldKey(GatewayRow* row, domain::KeyState state, Micros left = 48h) {
  row->mutable_key()->set_generation(1);
  row->mutable_key()->set_state(state);
  row->mutable_key()->set_expires_us(ToMicros(kAttentionNow + left));
}

// Registered, with a certificate that has `left` of its year.
void HoldCertificate(GatewayRow* row, Micros left) {
  HoldKey(row, domain::KEY_REDEEMED);
  row->mutable_current()->set_not_after_us(ToMicros(kAttentionNow + left));
  row->mutable_current()->set_since_us(ToMicros(kAttentionNow + left - 365 * 24h));
  row->set_connected(true);
}

void HoldPending(GatewayRow* row) {
  row->mutable_pending()->set_confirm_by_us(ToMicros(kAttentionNow + 1h));
}

struct AttentionRow {
  const char* name;
  std::function<void(GatewayRow*)> make;
  bool needed;
};

const AttentionRow kAttentionRows[] = {
    {"without_a_key", [](GatewayRow*) {}, false},
    {"with_a_key_for_days", [](GatewayRow* row) { HoldKey(row, domain::KEY_ACTIVE); }, false},
    {"with_a_key_for_a_day",
     [](GatewayRow* row) { HoldKey(row, domain::KEY_ACTIVE, ledger_limits::kKeyEndsSoon); }, false},
    {"with_a_key_for_less",
     [](GatewayRow* row) {
       HoldKey(row, domain::KEY_ACTIVE, ledger_limits::kKeyEndsSoon - kInstant);
     },
     true},
    {"with_a_key_past_its_time",
     [](GatewayRow* row) { HoldKey(row, domain::KEY_ACTIVE, -kInstant); }, true},
    {"with_an_expired_key", [](GatewayRow* row) { HoldKey(row, domain::KEY_EXPIRED); }, true},
    {"with_a_revoked_key", [](GatewayRow* row) { HoldKey(row, domain::KEY_REVOKED); }, true},
    {"with_a_revoked_replacement_key",
     [](GatewayRow* row) {
       HoldCertificate(row, 300 * 24h);
       HoldKey(row, domain::KEY_REVOKED);
     },
     false},
    {"with_an_expired_replacement_key",
     [](GatewayRow* row) {
       HoldCertificate(row, 300 * 24h);
       HoldKey(row, domain::KEY_EXPIRED);
     },
     true},
    {"being_installed",
     [](GatewayRow* row) {
       HoldKey(row, domain::KEY_REDEEMED);
       HoldPending(row);
     },
     false},
    {"failed",
     [](GatewayRow* row) {
       HoldKey(row, domain::KEY_REDEEMED);
       row->mutable_last_failure()->set_reason("no_route");
     },
     true},
    {"failed_and_being_installed_again",
     [](GatewayRow* row) {
       HoldKey(row, domain::KEY_REDEEMED);
       row->mutable_last_failure()->set_reason("no_route");
       HoldPending(row);
     },
     false},
    {"green", [](GatewayRow* row) { HoldCertificate(row, 300 * 24h); }, false},
    {"red",
     [](GatewayRow* row) {
       HoldCertificate(row, 300 * 24h);
       row->set_connected(false);
     },
     true},
    {"overdue_for_renewal", [](GatewayRow* row) { HoldCertificate(row, 365 * 4h - kInstant); },
     true},
    {"to_be_renewed", [](GatewayRow* row) { HoldCertificate(row, 365 * 4h + 1h); }, false},
    {"with_a_certificate_that_ended", [](GatewayRow* row) { HoldCertificate(row, 0h); }, true},
};

class AttentionTest : public ::testing::TestWithParam<AttentionRow> {};

TEST_P(AttentionTest, IsNeeded) {
  GatewayRow row;
  GetParam().make(&row);
  EXPECT_EQ(domain::NeedsAttention(row, kAttentionNow), GetParam().needed)
      << row.ShortDebugString();
}

INSTANTIATE_TEST_SUITE_P(Rows, AttentionTest, ::testing::ValuesIn(kAttentionRows),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace latchkey::testing
