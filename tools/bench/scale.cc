// Large ledgers: memory, start-up after a crash, and whether redemption slows down.
#include <string>
#include <vector>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "core/base/ids.h"
#include "core/base/units.h"
#include "tools/bench/fill.h"
#include "tools/bench/load_keys.h"
#include "tools/bench/run.h"

namespace latchkey::tools {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kFillPatience{900};
constexpr unsigned kCrashes = 3;

std::string RedemptionRequest(std::string_view key, std::string_view csr) {
  return ComposeRequest("POST", "/v1/registrations", "", RedemptionBody(key, csr));
}

// Sends each request once and returns the report; kIo when one is not answered with 2xx.
Result<LoadReport> SendAll(LoadClient& client, const std::vector<std::string>& requests,
                           const std::function<void(const LoadAnswer&)>& look = {}) {
  std::size_t next = 0;
  const LoadReport report = client.Run(
      [&](unsigned) { return next < requests.size() ? requests[next++] : std::string_view(); },
      [&](unsigned, const LoadAnswer& answer) {
        if (look) look(answer);
      },
      60s);
  if (report.by_class[2] != requests.size()) {
    return Refuse(ErrorCode::kIo, fmt::format("{} of {} requests were answered well",
                                              report.by_class[2], requests.size()));
  }
  return report;
}

// New keys for gateways 1 to `count`.
Result<std::vector<std::string>> GenerateKeys(LoadClient& client, const ServedLedger& server,
                                              std::uint64_t count) {
  std::vector<std::string> requests;
  for (std::uint64_t i = 1; i <= count; ++i) {
    requests.push_back(ComposeRequest("POST", "/v1/gateways/" + text::GatewayId(i) + "/key",
                                      server.authorization(), ""));
  }
  std::vector<std::string> keys;
  const auto sent = SendAll(client, requests, [&](const LoadAnswer& answer) {
    boost::system::error_code error;
    const auto body = boost::json::parse(answer.body, error);
    if (!error) keys.emplace_back(body.at("key").as_string());
  });
  if (!sent) return sent.error();
  return keys;
}

Result<double> RedeemAll(LoadClient& client, const std::vector<std::string>& keys,
                         const std::vector<std::string>& csrs) {
  std::vector<std::string> requests;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    requests.push_back(RedemptionRequest(keys[i], csrs[i % csrs.size()]));
  }
  return SendAll(client, requests).map([](const LoadReport& report) { return report.PerSecond(); });
}

}  // namespace

Result<Figures> BenchMemory(BenchRun& run) {
  const auto large = run.Large();
  if (!large) return large.error();
  auto server = run.Serve((*large)->data);
  if (!server) return server.error();
  const double started = static_cast<double>(server->process().ResidentBytes()) / kMegabyte;
  auto client = LoadClient::Connect(server->Management(kBenchConnections));
  if (!client) return client.error();
  run.Say("reading all over the large ledger");
  std::vector<std::string> requests(kBenchConnections);
  std::uint64_t turn = 0;
  const auto measured = MeasureLoad(
      **client, *server,
      [&](unsigned i) {
        const std::uint64_t gateway = (turn += 7'919) % (*large)->gateways + 1;
        requests[i] = ComposeRequest("GET", "/v1/gateways/" + text::GatewayId(gateway),
                                     server->authorization(), "");
        return std::string_view(requests[i]);
      },
      run.Pick(10'000ms, 300ms));
  if (!measured) return measured.error();
  return Figures{
      {.what =
           fmt::format("memory with {} gateways, after reading all over them", (*large)->gateways),
       .value = static_cast<double>(server->process().ResidentBytes()) / kMegabyte,
       .unit = " MB",
       .floor = 600,
       .at_most = true,
       .limit = fmt::format("{:.0f} MB when just started; the rest is the shared block cache and "
                            "write buffers, which are bounded, filling up. Reads went at {:.0f}/s.",
                            started, measured->report.PerSecond())}};
}

Result<Figures> BenchScale(BenchRun& run) {
  const auto large = run.Large();
  if (!large) return large.error();
  const auto few = run.Pick<std::uint64_t>(1'000, 50);
  const auto data = run.Scratch("small");
  if (auto filled = FillLedger(data, few, 0); !filled) return filled.error();
  auto small_server = run.Serve(data);
  if (!small_server) return small_server.error();
  auto large_server = run.Serve((*large)->data);
  if (!large_server) return large_server.error();
  auto operators = LoadClient::Connect(small_server->Management(kBenchConnections));
  auto small = LoadClient::Connect(small_server->Gateways(kBenchConnections));
  auto big = LoadClient::Connect(large_server->Gateways(kBenchConnections));
  if (!operators || !small || !big) return Refuse(ErrorCode::kIo, "cannot connect");
  std::vector<std::string> csrs;
  for (std::uint64_t i = 0; i < few; ++i) csrs.push_back(MakeKeyPair().csr_pem);

  // Alternately, so that other load on the machine affects both; the first round warms up.
  const std::size_t rounds = (*large)->keys.size() / few;
  std::vector<double> with_few;
  std::vector<double> with_many;
  for (std::size_t round = 0; round < rounds; ++round) {
    run.Say(fmt::format("redemptions by turns with few and many gateways, round {} of {}",
                        round + 1, rounds));
    const auto keys = GenerateKeys(**operators, *small_server, few);
    if (!keys) return keys.error();
    const auto slow = RedeemAll(**small, *keys, csrs);
    if (!slow) return slow.error();
    const auto from = (*large)->keys.begin() + static_cast<std::ptrdiff_t>(round * few);
    const auto fast = RedeemAll(**big, {from, from + static_cast<std::ptrdiff_t>(few)}, csrs);
    if (!fast) return fast.error();
    if (round == 0) continue;
    with_few.push_back(*slow);
    with_many.push_back(*fast);
  }
  const double thousand = Median(with_few);
  return Figures{{.what = fmt::format("redemption speed with {} gateways", (*large)->gateways),
                  .value = Median(with_many),
                  .unit = "/s",
                  .floor = 0.8 * thousand,
                  .baseline = fmt::format("the same with {} gateways", few),
                  .baseline_value = thousand,
                  .limit =
                      "The floor is 80% of the speed with few. What differs is reading rows of "
                      "gateways that no cache holds."}};
}

Result<Figures> BenchStart(BenchRun& run) {
  const auto events = run.Pick<std::uint64_t>(10'000'000, 3'000);
  const auto data = run.Scratch("start");
  run.Say(fmt::format("a ledger of {} events, killed while it grows", events));
  auto filler = ChildProcess::Start(
      {.arguments = {run.program(), "bench", "--fill", data, "--events", std::to_string(events)}});
  if (!filler) return filler.error();
  if (!filler->ReadLine(kFillPatience)) return Refuse(ErrorCode::kIo, "the ledger does not grow");
  filler->Kill();
  double worst = 0;
  std::string all;
  for (unsigned crash = 0; crash < kCrashes; ++crash) {
    auto server = run.Serve(data);
    if (!server) return server.error();
    worst = std::max(worst, server->start_up().count());
    all += fmt::format("{}{:.2f}", crash == 0 ? "" : ", ", server->start_up().count());
    server->process().Kill();
  }
  return Figures{{.what = fmt::format("start after kill -9 with {} events", events),
                  .value = worst,
                  .unit = " s",
                  .floor = 2,
                  .at_most = true,
                  .limit = "From the process to the first 200 of /readyz, the worst of " + all +
                           " s: RocksDB's write-ahead logs, the check of the log's tail, and the "
                           "events the projections had not written yet."}};
}

}  // namespace latchkey::tools
