#include "tools/bench/storm.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <boost/json/parse.hpp>

namespace latchkey::tools {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kRetryAfter = 250ms;
constexpr auto kBackWithin = 120s;
constexpr auto kBetweenLooks = 50ms;
constexpr auto kStormAtMost = 600s;
constexpr unsigned kSources = 16;  // addresses that the gateways come from: no address may hold all
constexpr double kReadMillis = 250;

// Gateways that check in, wait, and come back for as long as this lives.
class Fleet {
 public:
  static Result<std::unique_ptr<Fleet>> Start(LoadOptions options,
                                              const std::vector<LoadIdentity>& identities) {
    options.connections = static_cast<unsigned>(identities.size());
    options.connect_each = true;
    options.identities = identities;
    options.retry = kRetryAfter;
    for (unsigned i = 1; i <= kSources; ++i)
      options.sources.push_back(fmt::format("127.0.1.{}", i));
    auto client = LoadClient::Connect(options);
    if (!client) return client.error();
    return std::unique_ptr<Fleet>(new Fleet(*std::move(client)));
  }
  ~Fleet() {
    ended_ = true;
    client_->Cut();
    thread_.join();
  }

  void Cut() { client_->Cut(); }

 private:
  explicit Fleet(std::unique_ptr<LoadClient> client) : client_(std::move(client)) {
    thread_ = std::thread([this] {
      client_->Run(
          [this](unsigned) { return ended_ ? std::string_view() : std::string_view(request_); }, {},
          kStormAtMost, 0s);
    });
  }

  const std::string request_ =
      ComposeRequest("POST", "/v1/check-in", "", R"({"wait_seconds":300})");
  std::atomic<bool> ended_{false};
  std::unique_ptr<LoadClient> client_;
  std::thread thread_;
};

// An operator who reads a gateway again and again without a pause, for as long as this lives.
class Reader {
 public:
  static Result<std::unique_ptr<Reader>> Start(const ServedLedger& server) {
    auto client = LoadClient::Connect(server.Management(1));
    if (!client) return client.error();
    return std::unique_ptr<Reader>(
        new Reader(*std::move(client),
                   ComposeRequest("GET", "/v1/gateways/gw_00000001", server.authorization(), "")));
  }
  ~Reader() { (void)Stop(); }

  const LoadReport& Stop() {
    ended_ = true;
    if (thread_.joinable()) thread_.join();
    return report_;
  }

 private:
  Reader(std::unique_ptr<LoadClient> client, std::string request)
      : request_(std::move(request)), client_(std::move(client)) {
    thread_ = std::thread([this] {
      report_ = client_->Run(
          [this](unsigned) { return ended_ ? std::string_view() : std::string_view(request_); }, {},
          kStormAtMost);
    });
  }

  const std::string request_;
  std::atomic<bool> ended_{false};
  std::unique_ptr<LoadClient> client_;
  LoadReport report_;
  std::thread thread_;
};

Status AwaitWaiting(const ServedLedger& server, std::size_t count) {
  for (const auto until = SteadyClock::now() + kBackWithin; !AreWaiting(server, count);) {
    if (SteadyClock::now() > until) {
      return Refuse(ErrorCode::kIo, fmt::format("{} gateways do not come back", count));
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
  return {};
}

// How many events the ledger has; none when the server does not say.
std::optional<std::int64_t> SizeOf(const ServedLedger& server) {
  const auto answer = server.Get("/v1/ledger");
  if (!answer) return std::nullopt;
  boost::system::error_code bad;
  const boost::json::value ledger = boost::json::parse(answer->body, bad);
  const auto* size = bad ? nullptr : ledger.find_pointer("/size", bad);
  if (size == nullptr || !size->is_int64()) return std::nullopt;
  return size->get_int64();
}

// From `begin` until all are back, beside an operator who reads.
Result<Figures> MeasureReturn(const ServedLedger& server, Reader& reader, std::size_t count,
                              SteadyClock::time_point begin, const std::string& after) {
  if (Status back = AwaitWaiting(server, count); !back) return back.error();
  const std::chrono::duration<double> elapsed = SteadyClock::now() - begin;
  const LoadReport& read = reader.Stop();
  if (read.answered == 0 || read.by_class[2] != read.answered || read.lost != 0) {
    return Refuse(ErrorCode::kIo, "an operator's reads failed meanwhile");
  }
  const std::chrono::duration<double, std::milli> p99 = read.latency.Percentile(0.99);
  return Figures{
      {.what = fmt::format("all {} that wait are back after {}", count, after),
       .value = elapsed.count(),
       .unit = " s",
       .floor = std::chrono::duration<double>(kBackWithin).count(),
       .at_most = true,
       .limit =
           "Handshakes with client certificates, of both sides on one machine: 500 at a time."},
      {.what = fmt::format("p99 of an operator's reads meanwhile, after {}", after),
       .value = p99.count(),
       .unit = " ms",
       .floor = kReadMillis,
       .at_most = true,
       .limit = "The processors, which handshakes fill."}};
}

}  // namespace

bool AreWaiting(const ServedLedger& server, std::size_t count) {
  const auto metrics = server.Get("/metrics");
  return metrics && metrics->body.find(fmt::format("\nlatchkey_waiting_check_ins {}\n", count)) !=
                        std::string::npos;
}

Result<Figures> MeasureStorm(BenchRun& run, const std::filesystem::path& data,
                             const std::vector<LoadIdentity>& identities) {
  auto server = run.Serve(data);
  if (!server) return server.error();
  const std::string address = server->Gateways(1).address;
  run.Say(fmt::format("{} gateways are cut off and come back, twice", identities.size()));
  auto fleet = Fleet::Start(server->Gateways(1), identities);
  if (!fleet) return fleet.error();
  if (Status all = AwaitWaiting(*server, identities.size()); !all) return all.error();
  const auto before = SizeOf(*server);

  auto reader = Reader::Start(*server);
  if (!reader) return reader.error();
  auto begin = SteadyClock::now();
  (*fleet)->Cut();
  while (AreWaiting(*server, identities.size())) std::this_thread::sleep_for(kBetweenLooks);
  const auto cut = MeasureReturn(*server, **reader, identities.size(), begin, "a cut");
  if (!cut) return cut.error();

  begin = SteadyClock::now();
  server->process().Kill();
  server = run.Serve(data, {}, address);
  if (!server) return server.error();
  reader = Reader::Start(*server);
  if (!reader) return reader.error();
  const auto killed = MeasureReturn(*server, **reader, identities.size(), begin, "kill -9");
  if (!killed) return killed.error();
  if (const auto now = SizeOf(*server); !before || now != before) {
    return Refuse(ErrorCode::kIo, fmt::format("the ledger went from {} to {} events by that",
                                              before.value_or(-1), now.value_or(-1)));
  }
  Figures figures = *cut;
  figures.insert(figures.end(), killed->begin(), killed->end());
  return figures;
}

}  // namespace latchkey::tools
