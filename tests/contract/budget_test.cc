// What a byte that a stranger sends costs us at most, in bytes of answers, of the log, of the
// ledger and of memory: for every route and every kind of refusal. The cases are made from the
// contract, so a new route is among them. docs/benchmarks.md has what it prints.
#include <gtest/gtest.h>
#include <spdlog/sinks/basic_file_sink.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <numeric>
#include <set>

#include <boost/json.hpp>

#include "api/http/limits.h"
#include "tests/contract/contract_ledger.h"
#include "tests/support/heap.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;
namespace limits = api::limits;
using namespace std::chrono_literals;

constexpr int kRepeats = 20;      // of a request
constexpr int kReconnects = 3;    // of one after which the server closes the connection
constexpr double kAnswered = 30;  // for each byte sent, but for documents
constexpr double kLogged = 10;
// What a client sends at least to open a connection anew: ClientHello and Finished.
constexpr std::size_t kHandshakeBytes = 300;
// Over all requests of a round, which are some thousands: caches that other threads fill.
constexpr std::size_t kHeapNoise = 256 * 1024;

struct Case {
  std::string kind;
  Operation operation;  // no path: a request that cannot be read, or of no route
  std::string bytes;
};

struct Cost {
  std::size_t sent = 0;
  std::size_t answered = 0;
  std::size_t logged = 0;
  bool document = false;             // limited by kDownloadsOfAddress instead
  std::set<std::string> requests{};  // by their ids

  double Answered() const { return static_cast<double>(answered) / static_cast<double>(sent); }
  double Logged() const { return static_cast<double>(logged) / static_cast<double>(sent); }
};

std::string Compose(const std::string& method, const std::string& target,
                    const std::string& fields = {}, const std::string& body = {}) {
  std::string bytes = method + " " + target + " HTTP/1.1\r\nHost: l\r\n" + fields;
  if (!body.empty()) {
    bytes +=
        "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  }
  return bytes + "\r\n" + body;
}

// A key and a token of another ledger: well-formed, and unknown here.
struct Unknown {
  std::string key;
  std::string token;
};

Unknown MakeUnknown() {
  ContractLedger other;
  return {other.Add().key, other.CreateToken("owner").secret};
}

void AddCasesOf(const Operation& operation, const Unknown& unknown, std::vector<Case>* cases) {
  std::string path = operation.path;
  while (path.find('{') != std::string::npos) {
    path.replace(path.find('{'), path.find('}') - path.find('{') + 1, "1");
  }
  const std::string& method = operation.method;
  const auto add = [&](const std::string& kind, const std::string& bytes) {
    cases->push_back({kind, operation, bytes});
  };
  const bool writes = method != "GET";
  add("no credentials", Compose(method, path, "", writes ? "{}" : ""));
  add("a query that cannot be read", Compose(method, path + "?%zz"));
  add("another method", Compose("OPTIONS", path));
  add("an unknown token",
      Compose(method, path, "Authorization: Bearer " + unknown.token + "\r\n", writes ? "{}" : ""));
  if (!writes) return;
  add("a body that is not JSON", Compose(method, path, "", "{"));
  add("a body that is too large", Compose(method, path, "Content-Length: 65537\r\n"));
  if (operation.path.starts_with("/v1/registrations")) {
    const json::object body{{"key", unknown.key}, {"csr", Identity().pair.csr_pem}};
    add("an unknown key", Compose(method, path, "", json::serialize(body)));
    add("a malformed key", Compose(method, path, "", R"({"key":"lk1-x"})"));
  }
  if (operation.path.ends_with("/simpleenroll")) {
    std::string fields;
    for (const auto& [name, value] : EstHeaders(unknown.key))
      fields += name + ": " + value + "\r\n";
    const std::string csr = Pkcs10(Identity());
    add("an unknown key",
        Compose(method, path, fields + "Content-Length: " + std::to_string(csr.size()) + "\r\n") +
            csr);
  }
  if (operation.path == "/v1/session") {
    add("an unknown token in a body",
        Compose(method, path, "", json::serialize(json::object{{"token", unknown.token}})));
  }
}

std::vector<Case> Cases() {
  const Unknown unknown = MakeUnknown();
  std::vector<Case> cases;
  for (const Operation& operation : OpenApi::Instance().Operations()) {
    AddCasesOf(operation, unknown, &cases);
  }
  for (const Listener listener : {Listener::kManagement, Listener::kGateways}) {
    const Operation none{listener, "", ""};
    cases.push_back({"no such path", none, Compose("GET", "/v1/nothing")});
    cases.push_back({"no HTTP", none, "HELLO\r\n\r\n"});
    cases.push_back({"no host", none, "GET / HTTP/1.1\r\n\r\n"});
    cases.push_back({"a head that is too large", none,
                     Compose("GET", "/", "X: " + std::string(limits::kMaxHeaderBytes, 'x'))});
  }
  return cases;
}

class BudgetTest : public ::testing::Test {
 protected:
  Cost Measure(const Case& one) {
    HttpClient client = one.operation.listener == Listener::kManagement ? ledger_->Management()
                                                                        : ledger_->Gateways();
    client.options().token.clear();
    client.options().check = false;
    Cost cost;
    for (int i = 0, most = kRepeats; i < most; ++i) {
      client.SendRaw(one.bytes);
      const HttpAnswer answer = client.ReceiveAnswer(one.operation.method, one.operation.path);
      EXPECT_GE(answer.status, 200) << one.bytes;
      cost.sent += one.bytes.size();
      cost.answered += answer.body.size();
      for (const auto& [name, value] : answer.headers) {
        cost.answered += name.size() + value.size() + 4;
      }
      cost.requests.insert(answer.Header("X-Request-Id").value_or(""));
      cost.document |= answer.status == 200 && answer.body.size() > limits::kShortAnswerBytes;
      if (!answer.close) continue;
      client.Close();
      cost.sent += kHandshakeBytes;
      most = std::min(most, kReconnects);
    }
    ledger_->AdvanceClock(1h);  // the limits of this address are as at first
    return cost;
  }

  std::vector<Cost> Measure(const std::vector<Case>& cases) {
    std::vector<Cost> costs;
    for (const Case& one : cases) costs.push_back(Measure(one));
    return costs;
  }

  // Ends the ledger, so that its log is whole, and adds its lines to the costs of their requests.
  void AddLog(std::vector<Cost>* costs) {
    ledger_.reset();
    std::ifstream lines(log_);
    for (std::string line; std::getline(lines, line);) {
      const json::object fields = json::parse(line).as_object();
      const json::value* id = fields.if_contains("request_id");
      if (id == nullptr) continue;
      for (Cost& cost : *costs) {
        if (cost.requests.contains(std::string(id->as_string()))) cost.logged += line.size() + 1;
      }
    }
  }

  TempDir directory_;
  const std::string log_ = directory_.path() / "log";
  std::optional<ContractLedger> ledger_{
      std::in_place, LimitLoopback(),
      api::MakeLogger(std::make_shared<spdlog::sinks::basic_file_sink_mt>(log_),
                      spdlog::level::info)};
};

void Print(const std::vector<Case>& cases, const std::vector<Cost>& costs) {
  std::map<std::string, std::pair<double, double>> dearest;  // by kind
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (costs[i].document) continue;
    auto& [answered, logged] = dearest[cases[i].kind];
    answered = std::max(answered, costs[i].Answered());
    logged = std::max(logged, costs[i].Logged());
  }
  std::printf("%-30s %22s %22s\n", "for each byte sent", "bytes answered", "bytes logged");
  for (const auto& [kind, most] : dearest) {
    std::printf("%-30s %22.1f %22.1f\n", kind.c_str(), most.first, most.second);
  }
}

TEST_F(BudgetTest, AStrangersByteCostsSoMuch) {
  const std::vector<Case> cases = Cases();
  const std::string position = ledger_->position();
  (void)Measure(cases);  // fills what is filled once
  const std::size_t heap = HeapBytes();
  (void)Measure(cases);
  const std::size_t heap_after = HeapBytes();
  EXPECT_LT(heap_after, heap + kHeapNoise);
  std::vector<Cost> costs = Measure(cases);
  EXPECT_EQ(ledger_->position(), position) << "strangers grow the ledger";
  AddLog(&costs);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(cases[i].kind + ": " + ::testing::PrintToString(cases[i].operation));
    if (!costs[i].document) {
      EXPECT_LT(costs[i].Answered(), kAnswered);
    }
    EXPECT_LT(costs[i].Logged(), kLogged);
  }
  Print(cases, costs);
  const std::size_t sent =
      std::accumulate(costs.begin(), costs.end(), std::size_t{0},
                      [](std::size_t sum, const Cost& cost) { return sum + cost.sent; });
  std::printf("%zu bytes sent: the ledger grew by 0 bytes, memory by %td\n", sent,
              static_cast<std::ptrdiff_t>(heap_after) - static_cast<std::ptrdiff_t>(heap));
}

// The longest answer that anyone gets, until the address has had its share.
TEST_F(BudgetTest, AnAddressDownloadsSoMuch) {
  HttpClient client = ledger_->Management();
  client.options().token.clear();
  client.options().check = false;
  constexpr std::size_t kMost = limits::kDownloadsOfAddress.at_once * std::size_t{1024};
  std::size_t downloaded = 0;
  HttpAnswer answer;
  while (downloaded <= 2 * kMost) {
    answer = client.Get("/openapi.yaml");
    if (answer.status != 200) break;
    downloaded += answer.body.size();
  }
  EXPECT_GT(downloaded, kMost);
  EXPECT_LT(downloaded, kMost + kMost / 8);
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.Code(), "rate_limited");
  EXPECT_EQ(client.Get("/ca.pem").status, 401) << "a refusal stays what it is";
  EXPECT_EQ(client.Send("HEAD", "/openapi.yaml").status, 200);
  EXPECT_EQ(client.Get("/healthz").status, 200) << "short answers are not counted";
  EXPECT_EQ(ledger_->Management().Get("/v1/ledger").status, 200);
  ledger_->AdvanceClock(1s);
  EXPECT_EQ(client.Get("/openapi.yaml").status, 200);
}

}  // namespace
}  // namespace latchkey::testing
