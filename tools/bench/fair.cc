// Check-ins and new connections of gateways while each route is driven at its dearest, by each role
// and by strangers.
#include <array>
#include <atomic>
#include <thread>

#include <fmt/format.h>
#include <boost/algorithm/string/replace.hpp>
#include <boost/json.hpp>

#include "core/base/ids.h"
#include "tools/bench/fair_rows.h"
#include "tools/bench/fill.h"
#include "tools/bench/load_keys.h"
#include "tools/bench/run.h"

namespace latchkey::tools {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr std::uint64_t kFairGateways = 20'000;
constexpr std::uint64_t kQuickFairGateways = 400;
constexpr unsigned kDrivers = 32;  // connections that drive a route
constexpr unsigned kQuickDrivers = 4;
constexpr std::chrono::milliseconds kBetweenProbes = 2ms;
constexpr double kFloorMillis = 50;
constexpr double kShare = 0.99;
constexpr std::string_view kRoles[] = {"owner", "operator", "helpdesk", "auditor"};

// What the placeholders of the rows stand for.
struct Placeholders {
  std::uint64_t gateways = 0;
  std::string token{};
  std::string secret{};
  std::string key{};
  std::string redemption{};
  std::string first{};
  std::uint64_t number = 0;  // the last {n}
};

// Who drives: what its requests and connections carry.
struct Driver {
  std::string name;
  LoadOptions connections;
  std::string headers{};
};

struct Latencies {
  LatencyHistogram check_ins;
  LatencyHistogram handshakes;
  unsigned failed = 0;
};

double Millis(const LatencyHistogram& latencies) {
  return std::chrono::duration<double, std::milli>(latencies.Percentile(kShare)).count();
}

// The object that was answered, when the request was successful.
Result<boost::json::object> ObjectOf(const Result<Fetched>& answer) {
  if (!answer) return answer.error();
  boost::system::error_code bad;
  boost::json::value body = boost::json::parse(answer->body, bad);
  if (answer->status / 100 != 2 || bad || !body.is_object()) {
    return Refuse(ErrorCode::kIo, fmt::format("answered {}: {}", answer->status, answer->body));
  }
  return std::move(body.as_object());
}

std::string TextOf(const boost::json::object& object, std::string_view member) {
  return std::string(object.at(member).as_string());
}

// A new gateway, registered as an installer does it. `*placeholders` receives what that took.
Result<LoadOptions> Register(const ServedLedger& server, std::string_view name,
                             Placeholders* placeholders) {
  const auto answer = server.Send("POST", fmt::format("/v1/accounts/{}/gateways", kBenchAccount),
                                  fmt::format(R"({{"name":"{}"}})", name));
  const auto added = ObjectOf(answer);
  if (!added) return added.error();
  const std::string_view position = HeaderValue(answer->head, "Latchkey-Position");
  placeholders->first = std::string(position.substr(0, position.find('-'))) + "-0";
  const LoadKeyPair pair = MakeKeyPair();
  placeholders->key = TextOf(*added, "key");
  placeholders->redemption = RedemptionBody(placeholders->key, pair.csr_pem);
  LoadOptions options = server.Gateways(1);
  const auto registered = ObjectOf(
      Fetch(options, ComposeRequest("POST", "/v1/registrations", "", placeholders->redemption)));
  if (!registered) return registered.error();
  options.identities = {{TextOf(*registered, "certificate"), pair.key_pem}};
  const auto confirmed = ObjectOf(Fetch(options, ComposeRequest("POST", "/v1/check-in", "", "")));
  if (!confirmed) return confirmed.error();
  return options;
}

// A gateway that connects and checks in, each time over a new connection.
class Probe {
 public:
  explicit Probe(const LoadOptions& gateway) : gateway_(gateway) {
    thread_ = std::thread([this] {
      while (!stopping_) CheckIn();
    });
  }
  ~Probe() { (void)Stop(); }

  const Latencies& Stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    return latencies_;
  }

 private:
  void CheckIn() {
    const auto begin = SteadyClock::now();
    const auto client = LoadClient::Connect(gateway_);
    const auto connected = SteadyClock::now();
    bool asked = false;
    int status = 0;
    if (client) {
      latencies_.handshakes.Add(connected - begin);
      (*client)->Run(
          [&](unsigned) { return std::exchange(asked, true) ? std::string_view() : request_; },
          [&](unsigned, const LoadAnswer& answer) { status = answer.status; }, 1s);
      latencies_.check_ins.Add(SteadyClock::now() - connected);
    }
    if (status != 200) ++latencies_.failed;
    std::this_thread::sleep_for(kBetweenProbes);
  }

  const LoadOptions gateway_;
  const std::string text_ = ComposeRequest("POST", "/v1/check-in", "", "");
  const std::string_view request_ = text_;
  Latencies latencies_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

// Makes requests out of a row, for one driver.
class Requests {
 public:
  Requests(const FairRow& row, const Driver& driver, Placeholders* placeholders)
      : row_(row),
        driver_(driver),
        placeholders_(*placeholders),
        made_(driver.connections.connections) {}

  std::string_view Next(unsigned connection) {
    std::string& made = made_[connection];
    made = ComposeRequest(row_.route.substr(0, row_.route.find(' ')), Filled(row_.target),
                          driver_.headers, Filled(row_.body));
    ++placeholders_.number;
    return made;
  }

 private:
  std::string Filled(std::string_view text) const {
    std::string filled(text);
    if (filled.find('{') == std::string::npos) return filled;
    const std::uint64_t half = placeholders_.gateways / 2;
    for (const auto& [name, value] :
         {std::pair<const char*, std::string>{"{account}", std::string(kBenchAccount)},
          {"{gateway}", text::GatewayId(1 + placeholders_.number % half)},
          {"{doomed}", text::GatewayId(1 + half + placeholders_.number % half)},
          {"{token}", placeholders_.token},
          {"{secret}", placeholders_.secret},
          {"{key}", placeholders_.key},
          {"{redemption}", placeholders_.redemption},
          {"{first}", placeholders_.first},
          {"{n}", std::to_string(placeholders_.number)}}) {
      boost::algorithm::replace_all(filled, name, value);
    }
    return filled;
  }

  const FairRow& row_;
  const Driver& driver_;
  Placeholders& placeholders_;
  std::vector<std::string> made_;
};

// Sends a driver's requests over all its connections for `duration`. The server may refuse them and
// close connections: new ones are opened then. Returns how many were answered, by class of status.
std::array<std::uint64_t, 6> Drive(Requests& requests, const FairRow& row, const Driver& driver,
                                   std::chrono::milliseconds duration) {
  std::array<std::uint64_t, 6> answered{};
  const auto until = SteadyClock::now() + duration;
  while (SteadyClock::now() < until) {
    const auto client = LoadClient::Connect(driver.connections);
    if (!client) continue;
    std::vector<bool> asked(driver.connections.connections);
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - SteadyClock::now());
    const LoadReport report = (*client)->Run(
        [&](unsigned i) {
          if (row.stream && asked[i]) return std::string_view();
          asked[i] = true;
          return requests.Next(i);
        },
        {}, std::max(left, 0ms), 2s);
    for (std::size_t i = 0; i < answered.size(); ++i) answered[i] += report.by_class[i];
  }
  return answered;
}

Result<std::vector<Driver>> ManagementDrivers(const ServedLedger& server, unsigned connections,
                                              Placeholders* placeholders) {
  std::vector<Driver> drivers;
  const auto make_token = [&](std::string_view role) {
    return ObjectOf(server.Send("POST", "/v1/tokens",
                                fmt::format(R"({{"name":"fair {}","role":"{}"}})", role, role)));
  };
  for (const std::string_view role : kRoles) {
    const auto made = make_token(role);
    if (!made) return made.error();
    placeholders->secret = TextOf(*made, "token");
    drivers.push_back({std::string(role), server.Management(connections),
                       "Authorization: Bearer " + placeholders->secret + "\r\n"});
  }
  const auto spare = make_token("auditor");
  if (!spare) return spare.error();
  placeholders->token = TextOf(*spare, "id");
  drivers.push_back({"stranger", server.Management(connections)});
  return drivers;
}

}  // namespace

Result<Figures> BenchFair(BenchRun& run) {
  Placeholders placeholders{run.Pick(kFairGateways, kQuickFairGateways)};
  const unsigned connections = run.Pick(kDrivers, kQuickDrivers);
  const auto data = run.Scratch("fair");
  if (auto filled = FillLedger(data, placeholders.gateways, placeholders.gateways / 2); !filled) {
    return filled.error();
  }
  auto server = run.Serve(data);
  if (!server) return server.error();
  const auto management = ManagementDrivers(*server, connections, &placeholders);
  if (!management) return management.error();
  const auto probed = Register(*server, "fair probe", &placeholders);
  if (!probed) return probed.error();
  auto gateway = Register(*server, "fair driver", &placeholders);
  if (!gateway) return gateway.error();
  gateway->connections = connections;
  const std::vector<Driver> gateways = {{"gateway", *gateway},
                                        {"stranger", server->Gateways(connections)}};

  struct Worst {
    double millis = 0;
    std::string when;
    void Take(double other, const std::string& whose) {
      if (other > millis) *this = {other, whose};
    }
  } check_in, handshake;
  Probe quiet(*probed);
  std::this_thread::sleep_for(run.Pick(2'000ms, 50ms));
  const Latencies alone = quiet.Stop();
  unsigned failed = alone.failed;
  const auto measure = [&](const FairRow& row, const Driver& driver) {
    Requests requests(row, driver, &placeholders);
    Probe probe(*probed);
    const auto answered = Drive(requests, row, driver, run.Pick(1'000ms, 20ms));
    const Latencies& seen = probe.Stop();
    const std::string what = fmt::format("{} by {}: {}", row.route, driver.name, row.target);
    run.Say(fmt::format("check-in {:.1f} ms, handshake {:.1f} ms ({} answered 2xx, {} 4xx): {}",
                        Millis(seen.check_ins), Millis(seen.handshakes), answered[2], answered[4],
                        what));
    check_in.Take(Millis(seen.check_ins), what);
    handshake.Take(Millis(seen.handshakes), what);
    failed += seen.failed;
  };
  for (const FairRow& row : FairManagementRows()) {
    for (const Driver& driver : *management) measure(row, driver);
  }
  for (const FairRow& row : FairGatewayRows()) {
    for (const Driver& driver : gateways) measure(row, driver);
  }
  if (failed > 0) return Refuse(ErrorCode::kIo, fmt::format("{} check-ins failed", failed));
  const auto figure = [](std::string what, const Worst& worst, const LatencyHistogram& quietly) {
    return Figure{.what = std::move(what),
                  .value = worst.millis,
                  .unit = " ms",
                  .floor = kFloorMillis,
                  .at_most = true,
                  .baseline = "without other load",
                  .baseline_value = Millis(quietly),
                  .limit = "Worst with " + worst.when + "."};
  };
  return Figures{figure("check-in while any route is driven, p99", check_in, alone.check_ins),
                 figure("new connection of a gateway meanwhile, p99", handshake, alone.handshakes)};
}

}  // namespace latchkey::tools
