// Writes while very many streams are open that they do not concern.
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "tools/bench/fill.h"
#include "tools/bench/renames.h"
#include "tools/bench/run.h"

namespace latchkey::tools {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kStreamsOfOperator = 100;  // as many as the server allows
constexpr unsigned kStreamRounds = 3;
constexpr std::string_view kOtherAccount = "other";

// So many auditors of an account in which nothing happens, as Authorization fields.
Result<std::vector<std::string>> MakeAuditors(const ServedLedger& server, unsigned count) {
  const auto opened = server.Send("PUT", "/v1/accounts/" + std::string(kOtherAccount));
  if (!opened) return opened.error();
  std::vector<std::string> auditors;
  for (unsigned i = 0; i < count; ++i) {
    const auto made =
        server.Send("POST", "/v1/tokens",
                    fmt::format(R"({{"name":"auditor {}","role":"auditor","accounts":["{}"]}})", i,
                                kOtherAccount));
    if (!made) return made.error();
    boost::system::error_code bad;
    const auto body = boost::json::parse(made->body, bad);
    if (made->status != 201 || bad) {
      return Refuse(ErrorCode::kIo, "no token was made: " + made->body);
    }
    const std::string token(body.at("token").as_string());
    auditors.push_back("Authorization: Bearer " + token + "\r\n");
  }
  return auditors;
}

// Opens them all; they stay open as long as what is returned lives.
Result<std::unique_ptr<LoadClient>> OpenStreams(const ServedLedger& server,
                                                const std::vector<std::string>& auditors,
                                                unsigned count) {
  std::vector<std::string> requests;
  for (const std::string& auditor : auditors) {
    requests.push_back(ComposeRequest("GET", "/v1/events/stream", auditor, ""));
  }
  auto client = LoadClient::Connect(server.Management(count));
  if (!client) return client.error();
  std::vector<bool> asked(count);
  const LoadReport report = (*client)->Run(
      [&](unsigned i) {
        if (asked[i]) return std::string_view();
        asked[i] = true;
        return std::string_view(requests[i / kStreamsOfOperator]);
      },
      {}, 60s);
  if (report.by_class[2] != count) {
    return Refuse(ErrorCode::kIo, fmt::format("{} of {} streams began", report.by_class[2], count));
  }
  return client;
}

}  // namespace

Result<Figures> BenchStreams(BenchRun& run) {
  const unsigned count = run.Pick(5'000u, 200u);
  (void)RaiseOpenFiles();
  const auto data = run.Scratch("streams");
  if (auto filled = FillLedger(data, 2 * kBenchConnections, 0); !filled) return filled.error();
  auto server = run.Serve(data);
  if (!server) return server.error();
  auto client = LoadClient::Connect(server->Management(kBenchConnections));
  if (!client) return client.error();
  const auto auditors =
      MakeAuditors(*server, (count + kStreamsOfOperator - 1) / kStreamsOfOperator);
  if (!auditors) return auditors.error();
  Renames renames(server->authorization());
  const auto measure = [&] {
    return MeasureLoad(
        **client, *server, [&](unsigned i) { return renames.Next(i); }, run.Pick(4'000ms, 300ms));
  };
  // By turns, so that other load on the machine affects both.
  double without = 0;
  double with = 0;
  std::string spent;
  for (unsigned round = 0; round < kStreamRounds; ++round) {
    run.Say(fmt::format("writes by turns without and with {} streams, round {} of {}", count,
                        round + 1, kStreamRounds));
    const auto alone = measure();
    if (!alone) return alone.error();
    const auto streams = OpenStreams(*server, *auditors, count);
    if (!streams) return streams.error();
    const auto beside = measure();
    if (!beside) return beside.error();
    without += alone->report.PerSecond() / kStreamRounds;
    with += beside->report.PerSecond() / kStreamRounds;
    spent = fmt::format("{:.0f} us of the server's processor time for each write instead of {:.0f}",
                        beside->server_micros, alone->server_micros);
  }
  return Figures{
      {.what = fmt::format("writes beside {} idle streams of another account", count),
       .value = with,
       .unit = "/s",
       .floor = 0.9 * without,
       .baseline = "the same without streams",
       .baseline_value = without,
       .limit = "The floor is 90% of the speed without them. In the last round " + spent + "."}};
}

}  // namespace latchkey::tools
