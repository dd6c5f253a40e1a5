// Sixteen installers redeem one key at the same moment, over connections that are already open.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <span>

#include "tests/e2e/e2e_ledger.h"

namespace latchkey::testing {
namespace {

constexpr unsigned kContestants = 16;
constexpr unsigned kAtOnce = 4;        // contests side by side, each on connections of its own
constexpr std::uint64_t kBlock = 100;  // gateways added in one go
constexpr std::uint64_t kRefusalsRecorded = 8;  // of fifteen: the first eight, the next at sixteen

struct Said {
  int status = 0;
  std::string code;
  std::string certificate;
};

class ContestTest : public E2eTest {
 protected:
  void SetUp() override {
    E2eTest::SetUp();
    OpenAccount("contest");
    operators_ = Connect(server().Management(kContestants));
    installers_ = Connect(server().Gateways(kContestants * kAtOnce));
    for (auto& pair : pairs_) pair = tools::MakeKeyPair();
  }

  static std::unique_ptr<tools::LoadClient> Connect(const tools::LoadOptions& options) {
    auto client = tools::LoadClient::Connect(options);
    EXPECT_TRUE(client) << client.error().detail;
    return client ? std::move(*client) : nullptr;
  }

  // All contestants of `gateways` (at most kAtOnce) at once; returns their answers, by gateway.
  std::vector<std::vector<Said>> Hold(std::span<const AddedGateway> gateways, bool same_key_pair) {
    std::vector<std::string> requests;
    for (const AddedGateway& gateway : gateways) {
      for (unsigned i = 0; i < kContestants; ++i) {
        requests.push_back(RedemptionRequest(gateway.key, pairs_[same_key_pair ? 0 : i].csr_pem));
      }
    }
    std::vector<std::vector<Said>> said(gateways.size());
    // The connections start gateway by gateway in one run and by contestant in the next.
    const bool mixed = (++held_ % 2) == 0;
    const auto gateway_of = [&](unsigned connection) {
      return mixed ? connection % gateways.size() : connection / kContestants;
    };
    const auto request_of = [&](unsigned connection) {
      return mixed ? connection % gateways.size() * kContestants + connection / gateways.size()
                   : connection;
    };
    installers_->Run(
        [&](unsigned i) {
          return i < requests.size() ? requests[request_of(i)] : std::string_view();
        },
        [&](unsigned i, const tools::LoadAnswer& answer) {
          said[gateway_of(i)].push_back(
              {answer.status, Code(answer.body), Member(answer.body, "certificate")});
        },
        std::chrono::seconds(0), std::chrono::seconds(60));
    return said;
  }

  // Runs `count` contests and hands each with its gateway to `judge`.
  template <typename Judge>
  void HoldMany(std::uint64_t count, bool same_key_pair, Judge judge) {
    const auto begin = std::chrono::steady_clock::now();
    for (std::uint64_t done = 0; done < count && !HasFailure();) {
      const auto gateways = AddGateways(*operators_, "contest", "g" + std::to_string(done) + "-",
                                        std::min(kBlock, count - done));
      for (std::size_t at = 0; at < gateways.size(); at += kAtOnce) {
        const auto some =
            std::span(gateways).subspan(at, std::min<std::size_t>(kAtOnce, gateways.size() - at));
        const auto said = Hold(some, same_key_pair);
        for (std::size_t i = 0; i < some.size(); ++i) judge(some[i], said[i]);
      }
      done += gateways.size();
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::printf("%llu contests of %u in %.1f s\n", static_cast<unsigned long long>(count),
                kContestants, took.count());
  }

  // How many events of `type` each gateway has, read off the whole ledger page by page.
  std::map<std::string, std::uint64_t> CountByGateway(const std::string& type) {
    std::map<std::string, std::uint64_t> counts;
    for (std::string after;;) {
      const auto page = Get("/v1/events?limit=1000&type=" + type + after);
      if (!page.is_object()) return counts;
      for (const auto& event : page.at("events").as_array()) {
        ++counts[std::string(event.at("gateway").as_string())];
      }
      if (page.at("next").is_null()) return counts;
      after = "&after=" + (page.at("next").is_string()
                               ? std::string(page.at("next").as_string())
                               : std::to_string(page.at("next").to_number<std::uint64_t>()));
    }
  }

  std::array<tools::LoadKeyPair, kContestants> pairs_;
  std::unique_ptr<tools::LoadClient> operators_;
  std::unique_ptr<tools::LoadClient> installers_;
  std::uint64_t held_ = 0;
};

TEST_F(ContestTest, OfSixteenPublicKeysExactlyOneGetsTheCertificate) {
  const std::uint64_t count = FromEnvironment("LATCHKEY_CONTESTS", 300);
  HoldMany(count, false, [](const AddedGateway& gateway, const std::vector<Said>& said) {
    ASSERT_EQ(said.size(), kContestants) << gateway.id;
    EXPECT_EQ(std::ranges::count(said, 201, &Said::status), 1) << gateway.id;
    EXPECT_EQ(std::ranges::count(said, 409, &Said::status), kContestants - 1) << gateway.id;
    EXPECT_EQ(std::ranges::count(said, "key_already_redeemed", &Said::code), kContestants - 1);
  });
  const auto redeemed = CountByGateway("KeyRedeemed");
  const auto refused = CountByGateway("RedemptionRefused");
  EXPECT_EQ(redeemed.size(), count);
  EXPECT_EQ(refused.size(), count);
  for (const auto& [gateway, events] : redeemed) EXPECT_EQ(events, 1u) << gateway;
  for (const auto& [gateway, events] : refused) EXPECT_EQ(events, kRefusalsRecorded) << gateway;
}

TEST_F(ContestTest, OneInstallerAskingSixteenTimesGetsOneCertificateSixteenTimes) {
  const std::uint64_t count = FromEnvironment("LATCHKEY_CONTESTS", 100);
  HoldMany(count, true, [](const AddedGateway& gateway, const std::vector<Said>& said) {
    ASSERT_EQ(said.size(), kContestants) << gateway.id;
    EXPECT_EQ(std::ranges::count(said, 201, &Said::status), 1) << gateway.id;
    EXPECT_EQ(std::ranges::count(said, 200, &Said::status), kContestants - 1) << gateway.id;
    EXPECT_FALSE(said[0].certificate.empty());
    EXPECT_EQ(std::ranges::count(said, said[0].certificate, &Said::certificate), kContestants);
  });
  const auto redeemed = CountByGateway("KeyRedeemed");
  EXPECT_EQ(redeemed.size(), count);
  for (const auto& [gateway, events] : redeemed) EXPECT_EQ(events, 1u) << gateway;
  EXPECT_TRUE(CountByGateway("RedemptionRefused").empty());
}

}  // namespace
}  // namespace latchkey::testing
