// The whole path: TLS, HTTP, sequencer, sync, answer; the server in a process of its own.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/base/ids.h"
#include "tools/bench/fill.h"
#include "tools/bench/load_keys.h"
#include "tools/bench/run.h"

namespace latchkey::tools {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kReadGateways = 10'000;
constexpr std::uint64_t kQuickReadGateways = 500;

// Requests that differ only in a number, which is overwritten in place: composing each request
// would cost the load generator more than sending it.
class NumberedRequest {
 public:
  // `request` has `digits` zeros in a row at the place of the number, and not before it.
  NumberedRequest(std::string request, std::size_t digits)
      : request_(std::move(request)),
        at_(request_.find(std::string(digits, '0'))),
        digits_(digits) {}

  std::string_view With(std::uint64_t number) {
    for (std::size_t i = digits_; i > 0; --i, number /= 10) {
      request_[at_ + i - 1] = static_cast<char>('0' + number % 10);
    }
    return request_;
  }

 private:
  std::string request_;
  std::size_t at_;
  std::size_t digits_;
};

constexpr std::size_t kDigits = 9;
const std::string kZeros(kDigits, '0');

// Adds and renames gateways alternately; each connection has its own requests because they must not
// move until the answer has arrived.
class WriteMix {
 public:
  WriteMix(const std::string& authorization, std::uint64_t gateways) : gateways_(gateways) {
    for (unsigned i = 0; i < kBenchConnections; ++i) {
      adds_.emplace_back(
          ComposeRequest("POST", "/v1/accounts/" + std::string(kBenchAccount) + "/gateways",
                         authorization, "{\"name\":\"added-" + kZeros + "\"}"),
          kDigits);
      renames_.emplace_back();
    }
    authorization_ = authorization;
  }

  std::string_view Next(unsigned connection) {
    const std::uint64_t number = ++count_;
    if (number % 2 == 0) return adds_[connection].With(number);
    std::string& rename = renames_[connection];
    rename =
        ComposeRequest("PATCH", "/v1/gateways/" + text::GatewayId(number / 2 % gateways_ + 1),
                       authorization_, "{\"name\":\"renamed-" + std::to_string(number) + "\"}");
    return rename;
  }

 private:
  const std::uint64_t gateways_;
  std::string authorization_;
  std::vector<NumberedRequest> adds_;
  std::vector<std::string> renames_;
  std::uint64_t count_ = 0;
};

}  // namespace

Result<Figures> BenchWrites(BenchRun& run) {
  const std::uint64_t gateways = run.Pick(kReadGateways, kQuickReadGateways);
  const auto data = run.Scratch("writes");
  if (auto filled = FillLedger(data, gateways, 0); !filled) return filled.error();
  auto server = run.Serve(data);
  if (!server) return server.error();
  auto client = LoadClient::Connect(server->Management(kBenchConnections));
  if (!client) return client.error();
  run.Say("writes over 64 connections");
  WriteMix mix(server->authorization(), gateways);
  const auto measured = MeasureLoad(
      **client, *server, [&](unsigned i) { return mix.Next(i); }, run.Pick(10'000ms, 500ms));
  if (!measured) return measured.error();
  const auto postgres = run.Postgres();
  return Figures{{.what = "durable management writes (a gateway added, one renamed, by turns)",
                  .value = measured->report.PerSecond(),
                  .unit = "/s",
                  .floor = 15'000,
                  .baseline = "PostgreSQL 15, single-use update",
                  .baseline_value = postgres.value_or(0),
                  .limit = LimitOf(*measured, "Waiting for synced appends")}};
}

Result<Figures> BenchRedemptions(BenchRun& run) {
  const auto count = run.Pick<std::uint64_t>(30'000, 400);
  const auto data = run.Scratch("redemptions");
  run.Say(fmt::format("making {} keys and signing requests", count));
  std::vector<std::string> keys;
  const auto filled = FillLedger(data, count, 0, [&](Ledger& ledger) {
    for (std::uint64_t i = 1; i <= count; ++i) keys.push_back(KeyText(ledger, i));
  });
  if (!filled) return filled.error();
  std::vector<std::string> requests;
  for (const auto& key : keys) {
    requests.push_back(ComposeRequest("POST", "/v1/registrations", "",
                                      RedemptionBody(key, MakeKeyPair().csr_pem)));
  }
  auto server = run.Serve(data);
  if (!server) return server.error();
  auto client = LoadClient::Connect(server->Gateways(kBenchConnections));
  if (!client) return client.error();
  run.Say("redemptions over 64 connections");
  std::size_t next = 0;
  const auto measured = MeasureLoad(
      **client, *server,
      [&](unsigned) { return next < requests.size() ? requests[next++] : std::string_view(); },
      run.Pick(10'000ms, 500ms));
  if (!measured) return measured.error();
  const auto postgres = run.Postgres();
  return Figures{{.what = "full redemptions (key, CSR check, certificate, sync)",
                  .value = measured->report.PerSecond(),
                  .unit = "/s",
                  .floor = 1'500,
                  .baseline = "PostgreSQL 15, single-use update",
                  .baseline_value = postgres.value_or(0),
                  .limit = LimitOf(*measured, "Waiting for synced appends")}};
}

Result<Figures> BenchReads(BenchRun& run) {
  const std::uint64_t gateways = run.Pick(kReadGateways, kQuickReadGateways);
  const auto data = run.Scratch("reads");
  const auto filled = FillLedger(data, gateways, gateways / 2);
  if (!filled) return filled.error();
  auto server = run.Serve(data);
  if (!server) return server.error();
  auto client = LoadClient::Connect(server->Management(kBenchConnections));
  if (!client) return client.error();
  run.Say("reads over 64 connections");
  std::vector<std::string> requests;
  for (std::uint64_t i = 1; i <= gateways; ++i) {
    requests.push_back(
        ComposeRequest("GET", "/v1/gateways/" + text::GatewayId(i), server->authorization(), ""));
  }
  std::uint64_t turn = 0;
  // Strides through all gateways, so that neighbours are not read one after another.
  const auto measured = MeasureLoad(
      **client, *server,
      [&](unsigned) { return std::string_view(requests[(turn += 7'919) % gateways]); },
      run.Pick(10'000ms, 500ms));
  if (!measured) return measured.error();
  const auto sample = server->Get("/v1/gateways/" + text::GatewayId(1));
  if (!sample) return sample.error();
  server->Stop();
  const auto responder = run.Responder(sample->head.size() + sample->body.size());
  if (!responder) return responder.error();
  return Figures{{.what = "reads of one gateway",
                  .value = measured->report.PerSecond(),
                  .unit = "/s",
                  .floor = 30'000,
                  .baseline = "bare Beast over TLS, same answer size",
                  .baseline_value = *responder,
                  .limit = LimitOf(*measured, "Waiting for the server's threads")}};
}

}  // namespace latchkey::tools
