// A CA that expires while its ledger is served: no certificate is signed that could not be
// confirmed.
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <sstream>

#include "core/base/limits.h"
#include "core/crypto/certificates.h"
#include "tests/contract/contract_ledger.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

Time EndOfCa(const ContractLedger& ledger) {
  return crypto::ReadCertificate(ledger.Gateways().Get("/ca.pem").body)->not_after;
}

// Moves the clocks until `before` is left of the CA's life.
void GoTo(ContractLedger& ledger, Micros before) {
  ledger.AdvanceClock(EndOfCa(ledger) - before - ledger.Now());
}

class CaEndTest : public ::testing::Test {
 protected:
  HttpAnswer Redeem(const Added& gateway, const Identity& identity) {
    return ledger_.TryRedeem(gateway.key, identity);
  }
  HttpAnswer Preflight(const Added& gateway, const Identity& identity) {
    return ledger_.Gateways().Post("/v1/registrations/preflight",
                                   ledger_.Redemption(gateway.key, identity));
  }
  void ExpectRefused(const Added& gateway) {
    const Identity identity;
    for (const HttpAnswer& answer : {Redeem(gateway, identity), Preflight(gateway, identity)}) {
      EXPECT_EQ(answer.status, 503) << answer.body;
      EXPECT_EQ(answer.Code(), "read_only");
      EXPECT_NE(answer.body.find("rotate ca"), std::string::npos) << "says what is to be done";
    }
    const json::object shown = ledger_.Management().Get("/v1/gateways/" + gateway.id).Json();
    EXPECT_EQ(shown.at("registration_key").at("state"), "active") << "nothing is spent";
  }

  ContractLedger ledger_;
};

TEST_F(CaEndTest, NoKeyIsSpentOnACertificateThatEndsBeforeConfirmBy) {
  GoTo(ledger_, ledger_limits::kDefaultConfirmWindow);
  const Added last = ledger_.Add();
  const Identity holder = ledger_.Redeem(last);
  const Added late = ledger_.Add();
  const std::string position = ledger_.position();

  ledger_.AdvanceClock(Micros(1));
  ExpectRefused(late);
  EXPECT_EQ(Redeem(last, holder).status, 200) << "a repeat signs nothing";
  EXPECT_EQ(Preflight(last, holder).status, 200);
  json::object bad = ledger_.Redemption(late.key, holder);
  bad["csr"] = "none";
  const HttpAnswer answer = ledger_.Gateways().Post("/v1/registrations/preflight", bad);
  EXPECT_EQ(answer.Code(), "csr_invalid") << "what is wrong with the request comes first";
  EXPECT_EQ(ledger_.position(), position) << "nothing has happened";

  ledger_.AdvanceClock(ledger_limits::kDefaultConfirmWindow);
  ExpectRefused(late);
}

TEST(CaEndWarningTest, IsToldAhead) {
  std::ostringstream text;
  std::string metrics;
  {
    ContractLedger ledger({},
                          api::MakeLogger(std::make_shared<spdlog::sinks::ostream_sink_mt>(text),
                                          spdlog::level::warn));
    ledger.Tick();
    GoTo(ledger, 91 * 24h);
    ledger.Tick();
    metrics = ledger.Management().Get("/metrics").body;
    GoTo(ledger, 89 * 24h);
    for (int i = 0; i < 3; ++i) ledger.Tick();
  }
  EXPECT_NE(metrics.find("latchkey_ca_not_after_timestamp_seconds 2"), std::string::npos);
  const std::string log = text.str();
  EXPECT_NE(log.find("ca_ends"), std::string::npos) << log;
  EXPECT_EQ(log.find("ca_ends"), log.rfind("ca_ends")) << "once a day, and not too early: " << log;
}

}  // namespace
}  // namespace latchkey::testing
