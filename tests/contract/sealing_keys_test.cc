// The disk refuses a sealing key: requests that need a new key are refused, monitoring shows it,
// and once the disk works the store is opened again.
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include "api/log.h"
#include "tests/contract/contract_ledger.h"
#include "tests/support/fault_fs.h"
#include "tests/support/http_client.h"
#include "tests/support/temp_dir.h"
#include "tools/serve/composition.h"

namespace latchkey::testing {
namespace {

using ::testing::HasSubstr;

class SealingKeysTest : public ::testing::Test {
 protected:
  void SetUp() override {
    tools::ServiceOptions options;
    options.ledger.data = directory_ / "data";
    options.ledger.clock = &clock_;
    options.ledger.resources = &disk_.resources;
    options.management = options.gateways = "127.0.0.1:0";
    options.housekeeping = std::chrono::milliseconds(0);
    options.logger = api::MakeLogger(std::make_shared<spdlog::sinks::ostream_sink_mt>(lines_),
                                     spdlog::level::info);
    auto started = tools::Service::Start(std::move(options));
    ASSERT_TRUE(started) << started.error().detail;
    service_ = *std::move(started);
    std::string token;
    std::ifstream(directory_ / "data" / "secrets" / "owner-token") >> token;
    const std::string url = service_->management_url();
    client_.emplace(HttpClientOptions{
        .listener = Listener::kManagement,
        .port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))),
        .token = token});
    EXPECT_EQ(client_->Send("PUT", "/v1/accounts/acme").status, 201);
    gateway_ = Member(client_->Post("/v1/accounts/acme/gateways", {{"name", "hq"}}), "id");
  }

  static std::string Member(const HttpAnswer& answer, std::string_view name) {
    return std::string(answer.Json().at(name).as_string());
  }
  // The reason is sealed under the account's key, which does not exist before the first call.
  HttpAnswer Generate() {
    return client_->Post("/v1/gateways/" + gateway_ + "/key", {{"reason", "second try"}});
  }
  bool Metric(const std::string& line) {
    return client_->Get("/metrics").body.find("\n" + line + "\n") != std::string::npos;
  }

  const TempDir directory_;
  FakeClock clock_{SystemClock().Now()};
  FaultyResources disk_;
  std::ostringstream lines_;
  std::unique_ptr<tools::Service> service_;
  std::optional<HttpClient> client_;
  std::string gateway_;
};

TEST_F(SealingKeysTest, AreToldWhenTheDiskRefusesThemAndMadeAgainWhenItIsWell) {
  EXPECT_TRUE(Metric("latchkey_sealing_keys_failed 0"));
  disk_.fs->FailSync("/subjects/");
  const HttpAnswer refused = Generate();
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(Member(refused, "code"), "read_only");
  EXPECT_EQ(client_->Get("/readyz").status, 503);
  EXPECT_TRUE(Metric("latchkey_sealing_keys_failed 1"));
  EXPECT_EQ(client_->Send("PUT", "/v1/accounts/other").status, 201) << "what needs no key goes on";

  service_->Tick();
  EXPECT_EQ(Generate().status, 503) << "the disk is as it was";
  disk_.fs->Heal();
  clock_.Advance(std::chrono::seconds(11));
  service_->Tick();
  EXPECT_EQ(client_->Get("/readyz").status, 200);
  EXPECT_TRUE(Metric("latchkey_sealing_keys_failed 0"));
  EXPECT_EQ(Generate().status, 201);
  service_->Stop(std::chrono::seconds(1));
  service_.reset();
  EXPECT_THAT(lines_.str(), HasSubstr("sealing_keys_reopened"));
}

}  // namespace
}  // namespace latchkey::testing
