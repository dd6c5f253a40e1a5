// Gateways that wait for messages: what each costs in memory, how fast messages go there and back,
// and what it takes when all of them come back at once.
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "core/base/ids.h"
#include "tools/bench/fill.h"
#include "tools/bench/load_keys.h"
#include "tools/bench/run.h"
#include "tools/bench/storm.h"

namespace latchkey::tools {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kConnectedAtOnce = 500;  // before they wait
constexpr auto kHeldAtMost = 300s;
constexpr auto kRestWithin = 60s;
constexpr auto kRest = 500ms;
constexpr unsigned kTalking = 64;            // gateways that get messages
constexpr std::size_t kMessageIdBytes = 12;  // msg_00000001

// Registers the first `count` gateways of a new ledger, whose keys are given.
Result<std::vector<LoadIdentity>> RegisterAll(const ServedLedger& server,
                                              const std::vector<std::string>& keys) {
  std::vector<LoadKeyPair> pairs;
  std::vector<std::string> requests;
  for (const std::string& key : keys) {
    pairs.push_back(MakeKeyPair());
    requests.push_back(
        ComposeRequest("POST", "/v1/registrations", "", RedemptionBody(key, pairs.back().csr_pem)));
  }
  auto client = LoadClient::Connect(server.Gateways(kBenchConnections));
  if (!client) return client.error();
  std::vector<LoadIdentity> identities(keys.size());
  std::vector<std::size_t> asked(kBenchConnections);
  std::size_t next = 0;
  const LoadReport report = (*client)->Run(
      [&](unsigned i) {
        if (next == requests.size()) return std::string_view();
        asked[i] = next;
        return std::string_view(requests[next++]);
      },
      [&](unsigned i, const LoadAnswer& answer) {
        boost::system::error_code bad;
        const auto body = boost::json::parse(answer.body, bad);
        if (bad || answer.status != 201) return;
        identities[asked[i]] = {std::string(body.at("certificate").as_string()),
                                pairs[asked[i]].key_pem};
      },
      120s);
  if (report.by_class[2] != keys.size()) {
    return Refuse(ErrorCode::kIo, fmt::format("{} of {} gateways were registered",
                                              report.by_class[2], keys.size()));
  }
  return identities;
}

// Connections with one request each, which may wait for its answer.
class Held {
 public:
  ~Held() {
    for (std::thread& run : runs_) run.join();
  }

  // Opens `count` more.
  Status Open(LoadOptions options, const std::vector<LoadIdentity>& identities, unsigned count,
              const std::string& request) {
    for (const unsigned until = open_ + count; open_ < until;) {
      options.connections = std::min(kConnectedAtOnce, until - open_);
      if (!identities.empty()) {
        const auto from = identities.begin() + open_;
        options.identities = {from, from + options.connections};
      }
      auto client = LoadClient::Connect(options);
      if (!client) return client.error();
      open_ += options.connections;
      runs_.emplace_back([&client = *clients_.emplace_back(*std::move(client)), &request,
                          asked = std::vector<bool>(options.connections)]() mutable {
        client.Run(
            [&](unsigned i) {
              if (asked[i]) return std::string_view();
              asked[i] = true;
              return std::string_view(request);
            },
            {}, kHeldAtMost);
      });
    }
    return {};
  }

 private:
  unsigned open_ = 0;
  std::vector<std::unique_ptr<LoadClient>> clients_;
  std::vector<std::thread> runs_;
};

// The memory of `process` for each of the connections between a quarter of `count` and all, as soon
// as `reached` says that so many have come to rest.
Result<double> SlopeOf(const ChildProcess& process, const LoadOptions& options,
                       const std::vector<LoadIdentity>& identities, unsigned count,
                       const std::string& request, Held* held,
                       const std::function<bool(unsigned count)>& reached) {
  std::array<double, 2> bytes{};
  const std::array<unsigned, 2> steps{count / 4, count};
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const unsigned more = steps[i] - (i == 0 ? 0 : steps[i - 1]);
    if (Status opened = held->Open(options, identities, more, request); !opened) {
      return opened.error();
    }
    const auto until = std::chrono::steady_clock::now() + kRestWithin;
    while (!reached(steps[i])) {
      if (std::chrono::steady_clock::now() > until) {
        return Refuse(ErrorCode::kIo, fmt::format("{} connections do not come to rest", steps[i]));
      }
      std::this_thread::sleep_for(kRest);
    }
    std::this_thread::sleep_for(kRest);
    bytes[i] = static_cast<double>(process.ResidentBytes());
  }
  return (bytes[1] - bytes[0]) / (steps[1] - steps[0]) / 1024;
}

Result<Figure> MeasureWaiting(BenchRun& run, ServedLedger& server,
                              const std::vector<LoadIdentity>& identities) {
  const auto count = static_cast<unsigned>(identities.size());
  run.Say(fmt::format("{} check-ins wait", count));
  const std::string wait = ComposeRequest("POST", "/v1/check-in", "", R"({"wait_seconds":300})");
  Held waiting;
  const auto ours = SlopeOf(server.process(), server.Gateways(1), identities, count, wait, &waiting,
                            [&](unsigned waiters) { return AreWaiting(server, waiters); });
  (void)server.Stop();  // answers them all
  if (!ours) return ours.error();
  auto bare = ChildProcess::Start({.arguments = {run.program(), "bench", "--responder", "100"}});
  if (!bare) return bare.error();
  const auto address = bare->ReadLine(10s);
  if (!address) return Refuse(ErrorCode::kIo, "the bare responder does not start");
  const std::string get = ComposeRequest("GET", "/", "", "");
  Held idle;
  const auto baseline =
      SlopeOf(*bare, {.address = *address}, {}, count, get, &idle, [](unsigned) { return true; });
  if (!baseline) return baseline.error();
  return Figure{.what = fmt::format("memory of a check-in that waits, of {}", count),
                .value = *ours,
                .unit = " KiB",
                .floor = 24,
                .at_most = true,
                .baseline = "bare Beast over TLS, idle",
                .baseline_value = *baseline,
                .limit = fmt::format("The growth from {} to {} of them.", count / 4, count)};
}

// One gateway's side: acknowledges what the last answer brought.
class Talk {
 public:
  std::string_view Next() {
    std::string acknowledge;
    for (const std::string& id : given_) {
      acknowledge += fmt::format(R"({}{{"message":"{}","result":"done"}})",
                                 acknowledge.empty() ? "" : ",", id);
    }
    acknowledged_ += given_.size();
    given_.clear();
    request_ = ComposeRequest("POST", "/v1/check-in", "",
                              R"({"wait_seconds":1,"acknowledge":[)" + acknowledge + "]}");
    return request_;
  }
  void Take(std::string_view body) {
    constexpr std::string_view kId = R"("id":")";
    for (auto at = body.find(kId); at != std::string_view::npos; at = body.find(kId, at + 1)) {
      given_.emplace_back(body.substr(at + kId.size(), kMessageIdBytes));
    }
  }
  std::size_t acknowledged() const { return acknowledged_; }

 private:
  std::vector<std::string> given_;
  std::string request_;
  std::size_t acknowledged_ = 0;
};

Result<Figure> MeasureTalk(BenchRun& run, ServedLedger& server,
                           const std::vector<LoadIdentity>& identities) {
  const auto wanted = run.Pick<std::size_t>(40'000, 400);
  run.Say(fmt::format("{} messages to {} gateways, sent, delivered and acknowledged", wanted,
                      kTalking));
  LoadOptions to_gateways = server.Gateways(kTalking);
  to_gateways.identities.assign(identities.begin(), identities.begin() + kTalking);
  auto gateways = LoadClient::Connect(to_gateways);
  auto operators = LoadClient::Connect(server.Management(kTalking));
  if (!gateways) return gateways.error();
  if (!operators) return operators.error();
  std::vector<std::string> requests;
  for (unsigned i = 0; i < kTalking; ++i) {
    requests.push_back(ComposeRequest(
        "POST", "/v1/gateways/" + text::GatewayId(i + 1) + "/messages", server.authorization(),
        R"({"kind":"config.changed","body":{"level":3,"until":"2027-01-01"}})"));
  }
  std::atomic<std::size_t> sent{0};
  const auto begin = std::chrono::steady_clock::now();
  std::thread sender([&] {
    (*operators)
        ->Run(
            [&](unsigned i) {
              return sent < wanted ? std::string_view(requests[i]) : std::string_view();
            },
            [&](unsigned, const LoadAnswer& answer) { sent += answer.status == 201 ? 1 : 0; },
            300s);
  });
  std::vector<Talk> talks(kTalking);
  const auto acknowledged = [&] {
    std::size_t all = 0;
    for (const Talk& talk : talks) all += talk.acknowledged();
    return all;
  };
  (*gateways)->Run(
      [&](unsigned i) { return acknowledged() < wanted ? talks[i].Next() : std::string_view(); },
      [&](unsigned i, const LoadAnswer& answer) { talks[i].Take(answer.body); }, 300s);
  sender.join();
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  return Figure{.what = "messages sent, delivered and acknowledged",
                .value = static_cast<double>(acknowledged()) / elapsed.count(),
                .unit = "/s",
                .floor = 4'000,
                .limit = "Two synced events a message; sixteen acknowledgements share a request."};
}

}  // namespace

Result<Figures> BenchMessages(BenchRun& run) {
  const std::uint64_t files = RaiseOpenFiles();
  // Half of few files are for other connections (api/server.cc).
  const auto count = std::min<std::uint64_t>(run.Pick(16'000u, 200u), files / 2 - 2'500);
  const auto data = run.Scratch("messages");
  std::vector<std::string> keys;
  const auto filled = FillLedger(data, count, 0, [&](Ledger& ledger) {
    for (std::uint64_t i = 1; i <= count; ++i) keys.push_back(KeyText(ledger, i));
  });
  if (!filled) return filled.error();
  auto server = run.Serve(data, {"--messages-per-second", "100000", "--open-messages", "256"});
  if (!server) return server.error();
  run.Say(fmt::format("registering {} gateways", count));
  const auto identities = RegisterAll(*server, keys);
  if (!identities) return identities.error();
  const auto talk = MeasureTalk(run, *server, *identities);
  if (!talk) return talk.error();
  // Anew, so that no memory of what came before is used again.
  (void)server->Stop();
  server = run.Serve(data);
  if (!server) return server.error();
  // Others than those that may have messages still.
  const std::vector<LoadIdentity> others(identities->begin() + kTalking, identities->end());
  const auto waiting = MeasureWaiting(run, *server, others);
  if (!waiting) return waiting.error();
  const auto storm = MeasureStorm(run, data, others);
  if (!storm) return storm.error();
  Figures figures = *storm;
  figures.insert(figures.begin(), {*talk, *waiting});
  return figures;
}

}  // namespace latchkey::tools
