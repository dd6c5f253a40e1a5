// Certificates that nobody renews are told of, in the metrics and once a day in the log.
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <sstream>

#include "tests/contract/contract_ledger.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;

std::size_t Times(const std::string& text, const std::string& word) {
  std::size_t count = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
  return count;
}

class OldCertificatesTest : public ::testing::Test {
 protected:
  void ExpectMetrics(int ending, int expired) {
    ledger_->Tick();
    const std::string text = ledger_->Management().Get("/metrics").body;
    const std::string name = "\nlatchkey_gateway_certificates{state=\"";
    EXPECT_NE(text.find(name + "ending\"} " + std::to_string(ending) + "\n"), std::string::npos);
    EXPECT_NE(text.find(name + "expired\"} " + std::to_string(expired) + "\n"), std::string::npos);
  }
  std::string Log() {
    ledger_.reset();
    return text_.str();
  }

  std::ostringstream text_;
  std::unique_ptr<ContractLedger> ledger_ = std::make_unique<ContractLedger>(
      api::ThrottleOptions(),
      api::MakeLogger(std::make_shared<spdlog::sinks::ostream_sink_mt>(text_),
                      spdlog::level::warn));
};

TEST_F(OldCertificatesTest, AreCountedAndTold) {
  const Micros lifetime = 365 * 24h;
  const Added renewed = ledger_->Add();
  Identity holder = ledger_->Install(renewed);
  const Added silent = ledger_->Add();
  ledger_->Install(silent);
  ledger_->Add();  // never registered
  ExpectMetrics(0, 0);
  ledger_->AdvanceClock(lifetime / 6 * 5 - 1h);
  holder = ledger_->Renew(holder);
  ASSERT_EQ(ledger_->Gateways(holder).Post("/v1/check-in", {}).status, 200);
  ExpectMetrics(0, 0);
  ledger_->AdvanceClock(2h);
  for (int i = 0; i < 3; ++i) ExpectMetrics(1, 0);
  ledger_->AdvanceClock(lifetime / 6);
  ExpectMetrics(0, 1);
  HttpClient owner = ledger_->Management();
  ASSERT_EQ(owner.Post("/v1/gateways/" + silent.id + "/deregister", {}).status, 200);
  ExpectMetrics(0, 0);

  const std::string log = Log();
  EXPECT_EQ(Times(log, "certificates_ending"), 1u) << "once a day: " << log;
  EXPECT_EQ(Times(log, "certificates_expired"), 1u) << log;
}

}  // namespace
}  // namespace latchkey::testing
