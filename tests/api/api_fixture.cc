#include "tests/api/api_fixture.h"

#include <future>
#include <sstream>
#include <thread>
#include <utility>

#include "core/base/base32.h"
#include "core/base/limits.h"
#include "core/crypto/hash.h"
#include "core/domain/decision.h"
#include "core/domain/key_mint.h"
#include "events/codec.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 20s;

std::uint16_t PortOf(const std::string& address) {
  return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

std::string MetricFrom(HttpClient* client, const std::string& series) {
  const std::string all = "\n" + client->Get("/metrics").body;
  const auto at = all.find("\n" + series);
  if (at == std::string::npos) return "";
  const auto space = all.find(' ', at);
  return all.substr(space + 1, all.find('\n', space) - space - 1);
}

}  // namespace

ApiTest::ApiTest()
    : resources_(rocks::Resources::Create()),
      ledger_id_(random_.Bytes(16)),
      epoch_(random_.Bytes(10)),
      token_(domain::NewOperatorToken(random_)) {
  const auto material = crypto::CertificateAuthority::Create("Test CA", clock_.Now(), random_);
  ca_ = *crypto::CertificateAuthority::Load(material);
  mint_ = std::make_unique<domain::KeyMint>(crypto::Secret(random_.Bytes(32)), ledger_id_, epoch_);
  Open();
  CreateLedger();
  Serve();
}

ApiTest::~ApiTest() {
  gated_.Open();  // held appends are answered before the teardown
}

void ApiTest::Open() {
  subjects_ = *Subjects::Open(directory_ / "subjects", resources_, Subjects::Access::kMake);
  projections_ =
      *projections::Projections::Open(directory_ / "projections", resources_, log_, *subjects_);
  presence_ = *projections::Presence::Open(directory_ / "presence", resources_, 150s, clock_.Now());
  Sequencer::Options options;
  options.settings = {ledger_limits::kDefaultConfirmWindow, ledger_limits::kDowntimeGrace};
  sequencer_ = std::make_unique<Sequencer>(gated_, *projections_, *subjects_, *mint_, clock_,
                                           random_, std::move(options));
}

void ApiTest::Serve() {
  parts_.emplace(api::Parts{gated_, *sequencer_, *projections_, *presence_, *subjects_, *mint_,
                            *ca_, clock_, random_, sessions_,
                            text::ToBase32(epoch_, text::kBase32Lower), 60s,
                            ledger_limits::kDefaultConfirmWindow, 24h});
  parts_->trust = &documents_;
  auto served = ca_->SignServer({"localhost"}, clock_.Now(), 24h, random_);
  api::ServerOptions server_options{*api::BoundPort::Bind("127.0.0.1:0"),
                                    *api::BoundPort::Bind("127.0.0.1:0")};
  server_options.certificate_pem = served.certificate_pem;
  server_options.key_pem = std::string(served.key_pem.view());
  server_options.threads = 2;
  server_options.patience = patience_;
  server_options.logger = api::MakeLogger(lines_, spdlog::level::info);
  server_ = *api::Server::Start(*parts_, std::move(server_options));
}

void ApiTest::ServeWith(const api::limits::Patience& patience) {
  server_.reset();
  patience_ = patience;
  Serve();
}

void ApiTest::Restart(const std::function<void()>& meanwhile) {
  gated_.Open();
  server_.reset();
  sequencer_.reset();
  presence_.reset();
  projections_.reset();
  subjects_.reset();
  meanwhile();
  Open();
  Serve();
}

void ApiTest::CreateLedger() {
  std::promise<Result<domain::Answer>> answered;
  const Status queued = sequencer_->Submit(
      {domain::CreateLedger{ledger_id_, epoch_, "test", ca_->certificate_der(), random_.Bytes(32),
                            crypto::Sha256(token_.view())},
       {},
       "",
       {},
       {}},
      [&](latchkey::Outcome outcome) { answered.set_value(std::move(outcome.answer)); });
  EXPECT_TRUE(queued);
  EXPECT_TRUE(answered.get_future().get());
}

HttpClient ApiTest::Client(Listener listener, std::string token) {
  HttpClientOptions options;
  options.listener = listener;
  options.port = PortOf(listener == Listener::kManagement ? server_->management_address()
                                                          : server_->gateways_address());
  options.token = std::move(token);
  return HttpClient(std::move(options));
}

HttpClient ApiTest::Follow(std::string_view target, std::string token) {
  HttpClient client = Owner();
  if (token.empty()) token = this->token();
  client.SendRaw("GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" +
                 "Authorization: Bearer " + token + "\r\n\r\n");
  EXPECT_EQ(client.ReceiveHead("GET", target).status, 200);
  return client;
}

std::string ApiTest::ReadUntil(HttpClient* client, const std::string& text) {
  std::string all;
  std::size_t looked_at = 0;  // `text` does not begin before
  while (all.find(text, looked_at) == std::string::npos) {
    looked_at = all.size() < text.size() ? 0 : all.size() - text.size();
    const std::string some = client->ReceiveSome();
    if (some.empty()) break;
    all += some;
  }
  return all;
}

std::string ApiTest::AwaitLine(const std::string& text) {
  const auto give_up = std::chrono::steady_clock::now() + 20s;
  do {
    std::istringstream lines(lines_->Text());
    for (std::string line; std::getline(lines, line);) {
      if (line.find(text) != std::string::npos) return line;
    }
    std::this_thread::yield();
  } while (std::chrono::steady_clock::now() < give_up);
  return "";
}

std::string ApiTest::Metric(const std::string& series) {
  HttpClient client = Owner();
  return MetricFrom(&client, series);
}

bool ApiTest::AwaitMetric(const std::string& series, const std::string& value) {
  HttpClient client = Owner();
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (MetricFrom(&client, series) != value) {
    if (std::chrono::steady_clock::now() > until) return false;
  }
  return true;
}

std::string ApiTest::AddToken(const std::function<void(events::OperatorTokenCreated&)>& change) {
  const crypto::Secret made = domain::NewOperatorToken(random_);
  Restart([&] {
    events::Event event = Next(events::Event::kOperatorTokenCreated);
    events::OperatorTokenCreated& fact = *event.mutable_operator_token_created();
    fact.set_token(fact.token() + 1);
    fact.set_token_sha256(crypto::Sha256(made.view()));
    change(fact);
    log_.AppendElsewhere(events::Encode(event));
  });
  return std::string(made.view());
}

events::Event ApiTest::Next(events::Event::FactCase fact) {
  events::Event next;
  EXPECT_TRUE(log_.Scan(0, log_.size(), [&](std::uint64_t, std::string_view entry) {
    const events::Event event = events::Decode(entry).value();
    if (event.fact_case() == fact) next = event;
    return true;
  }));
  next.set_sequence(log_.size());
  return next;
}

std::string ApiTest::Bytes(std::string_view method, std::string_view target,
                           std::string_view headers, std::string_view body) const {
  std::string bytes(method);
  bytes.append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n");
  bytes.append("Authorization: Bearer ").append(token_.view()).append("\r\n").append(headers);
  if (!body.empty()) bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return bytes.append("\r\n").append(body);
}

}  // namespace latchkey::testing
