// Whole enrolments, by clients that the server has never seen, beside step-ca: each opens a TLS
// connection, spends a single-use credential on a certificate for its own key, and closes.
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "tools/bench/fill.h"
#include "tools/bench/load_keys.h"
#include "tools/bench/run.h"
#include "tools/bench/step_ca.h"

namespace latchkey::tools {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kRounds = 5;
constexpr double kWantedRatio = 3.5;      // to step-ca, whatever its store
constexpr double kWantedConfirmed = 0.2;  // in enrolments here without it
constexpr double kWantedAlone = 500;      // a second, where there is nothing to compare with

// Clients that enrol over and over, each time as another one: one request an enrolment, or two.
class Enrolments {
 public:
  // Certificates of servers are not checked: that costs only the load generator.
  Enrolments(std::string name, const ChildProcess& server, const std::string& address,
             bool connect_each = true)
      : name_(std::move(name)), server_(server), options_{.address = address} {
    options_.connections = kBenchConnections;
    options_.connect_each = connect_each;
  }
  virtual ~Enrolments() = default;

  void Add(std::string request) { requests_.push_back(std::move(request)); }

  // One round; kIo when an enrolment failed.
  Status Measure(std::chrono::milliseconds duration) {
    options_.identity = [this](unsigned i) { return Identity(i); };
    const auto client = LoadClient::Connect(options_);
    if (!client) return client.error();
    const auto measured = MeasureLoad(
        **client, server_, [this](unsigned i) { return Next(i); }, duration,
        [this](unsigned i, const LoadAnswer& answer) { Answered(i, answer); });
    if (!measured) return Refuse(ErrorCode::kIo, name_ + ": " + measured.error().detail);
    last_ = *measured;
    rates_.push_back(last_.report.PerSecond() / requests_each());
    micros_.push_back(last_.server_micros * requests_each());
    return {};
  }

  const std::string& name() const { return name_; }
  const Measured& last() const { return last_; }
  double last_rate() const { return rates_.back(); }
  // Medians of all rounds.
  double rate() const { return Median(rates_); }
  double micros() const { return Median(micros_); }  // of the server's processor time, each

 protected:
  virtual unsigned requests_each() const { return 1; }
  virtual const LoadIdentity* Identity(unsigned) { return nullptr; }
  virtual std::string_view Next(unsigned) {
    return sent_ < requests_.size() ? requests_[sent_++] : std::string_view();
  }
  virtual void Answered(unsigned, const LoadAnswer&) {}

 private:
  std::string name_;
  const ChildProcess& server_;
  LoadOptions options_;
  std::vector<std::string> requests_;
  std::size_t sent_ = 0;
  Measured last_;
  std::vector<double> rates_;
  std::vector<double> micros_;
};

// With the check-in that confirms the registration, over another connection, by the certificate
// that was issued.
class ConfirmedEnrolments : public Enrolments {
 public:
  using Enrolments::Enrolments;

  void AddWithKey(std::string request, std::string key_pem) {
    Add(std::move(request));
    keys_.push_back(std::move(key_pem));
  }

 private:
  struct Gateway {
    LoadIdentity identity;
    bool issued = false;
  };

  unsigned requests_each() const override { return 2; }

  const LoadIdentity* Identity(unsigned i) override {
    return gateways_[i].issued ? &gateways_[i].identity : nullptr;
  }

  std::string_view Next(unsigned i) override {
    if (gateways_[i].issued) return check_in_;
    if (!keys_.empty()) {
      gateways_[i].identity.key_pem = std::move(keys_.front());
      keys_.pop_front();
    }
    return Enrolments::Next(i);
  }

  void Answered(unsigned i, const LoadAnswer& answer) override {
    Gateway& gateway = gateways_[i];
    gateway.issued = !gateway.issued && answer.status / 100 == 2;
    if (!gateway.issued) return;
    boost::system::error_code error;
    const auto body = boost::json::parse(answer.body, error);
    if (!error) gateway.identity.certificate_pem = std::string(body.at("certificate").as_string());
  }

  const std::string check_in_ = ComposeRequest("POST", "/v1/check-in", "", "");
  std::deque<std::string> keys_;  // of the requests not yet sent, in their order
  std::vector<Gateway> gateways_ = std::vector<Gateway>(kBenchConnections);
};

// The same server twice: clients that open a connection for each enrolment, and clients that keep
// theirs, which shows what the connections cost.
struct Server {
  Enrolments fresh;
  Enrolments kept;

  Server(const std::string& name, const ChildProcess& process, const std::string& address)
      : fresh(name, process, address), kept(name + ", connections kept", process, address, false) {}
};

// step-ca with one of its stores.
struct Foreign {
  StepCa ca;
  Server server;

  static Result<std::unique_ptr<Foreign>> Start(BenchRun& run, StepCa::Store store) {
    const bool badger = store == StepCa::Store::kBadger;
    auto ca = StepCa::Start(run.Scratch(badger ? "step-ca-badger" : "step-ca-bbolt"), store);
    if (!ca) return ca.error();
    return std::make_unique<Foreign>(std::move(*ca), badger);
  }

  Foreign(StepCa started, bool badger)
      : ca(std::move(started)),
        server(badger ? "step-ca with Badger, its default" : "step-ca with bbolt", ca.process(),
               ca.address()) {}

  void Prepare(std::size_t fresh, std::size_t kept) {
    for (std::size_t i = 1; i <= fresh + kept; ++i) {
      (i <= fresh ? server.fresh : server.kept)
          .Add(ca.SignRequest(BenchGatewayName(i), MakeKeyPair().csr_pem));
    }
  }
};

// Both stores, Badger first, or none when step-ca is not installed.
Result<std::vector<std::unique_ptr<Foreign>>> StartForeign(BenchRun& run) {
  std::vector<std::unique_ptr<Foreign>> all;
  if (!StepCa::IsInstalled()) {
    run.Say("step-ca is not installed: enrolments are measured here alone");
    return all;
  }
  run.Say("making tokens and signing requests for step-ca");
  for (const StepCa::Store store : {StepCa::Store::kBadger, StepCa::Store::kBbolt}) {
    auto foreign = Foreign::Start(run, store);
    if (!foreign) return foreign.error();
    (*foreign)->Prepare(run.Pick<std::size_t>(12'000, 100), run.Pick<std::size_t>(20'000, 100));
    all.push_back(std::move(*foreign));
  }
  return all;
}

// Our server, with gateways whose keys nobody has used.
struct Ours {
  static constexpr std::string_view kName = "latchkey";

  ServedLedger ledger;
  Server server;
  ConfirmedEnrolments confirmed;

  static Result<std::unique_ptr<Ours>> Start(BenchRun& run) {
    const auto fresh = run.Pick<std::size_t>(30'000, 200);
    const auto kept = run.Pick<std::size_t>(70'000, 400);
    const std::size_t count = fresh + kept + run.Pick<std::size_t>(12'000, 200);
    const auto data = run.Scratch("enrol");
    run.Say(fmt::format("making {} keys and signing requests", count));
    std::vector<std::string> keys;
    const auto filled = FillLedger(data, count, 0, [&](Ledger& ledger) {
      for (std::size_t i = 1; i <= count; ++i) keys.push_back(KeyText(ledger, i));
    });
    if (!filled) return filled.error();
    auto served = run.Serve(data);
    if (!served) return served.error();
    auto ours = std::make_unique<Ours>(std::move(*served));
    for (std::size_t i = 0; i < count; ++i) {
      LoadKeyPair pair = MakeKeyPair();
      std::string request =
          ComposeRequest("POST", "/v1/registrations", "", RedemptionBody(keys[i], pair.csr_pem));
      if (i < fresh + kept) {
        (i < fresh ? ours->server.fresh : ours->server.kept).Add(std::move(request));
      } else {
        ours->confirmed.AddWithKey(std::move(request), std::move(pair.key_pem));
      }
    }
    return ours;
  }

  explicit Ours(ServedLedger served)
      : ledger(std::move(served)),
        server(std::string(kName), ledger.process(), ledger.Gateways(1).address),
        confirmed("latchkey with the check-in", ledger.process(), ledger.Gateways(1).address) {}
};

// By turns, so that other load on the machine affects all.
Status MeasureByTurns(BenchRun& run, const std::vector<Enrolments*>& all) {
  const unsigned rounds = run.Pick(kRounds, 1u);
  for (unsigned round = 1; round <= rounds; ++round) {
    std::string rates;
    for (Enrolments* one : all) {
      if (auto measured = one->Measure(run.Pick(2'000ms, 200ms)); !measured) return measured;
      rates +=
          fmt::format("{}{} {:.0f}/s", rates.empty() ? "" : "; ", one->name(), one->last_rate());
    }
    run.Say(fmt::format("enrolments, round {} of {}: {}", round, rounds, rates));
  }
  return {};
}

Figure FigureOf(std::string what, const Enrolments& ours, const Enrolments* other, double ratio) {
  Figure figure{.what = std::move(what),
                .value = ours.rate(),
                .unit = "/s",
                .floor = kWantedAlone,
                .baseline = "step-ca",
                .limit = LimitOf(ours.last(), "Waiting for synced appends")};
  if (other == nullptr) return figure;
  figure.floor = ratio * other->rate();
  figure.baseline = other->name();
  figure.baseline_value = other->rate();
  figure.limit += fmt::format(
      " Medians of all rounds: {} spent {:.0f} us of processor time on each, {} {:.0f} us.",
      ours.name(), ours.micros(), other->name(), other->micros());
  return figure;
}

}  // namespace

Result<Figures> BenchEnrol(BenchRun& run) {
  const auto ours = Ours::Start(run);
  if (!ours) return ours.error();
  const auto foreign = StartForeign(run);
  if (!foreign) return foreign.error();
  Server& server = (*ours)->server;
  std::vector<Enrolments*> all = {&server.fresh, &server.kept};
  for (const auto& one : *foreign) {
    all.insert(all.end(), {&one->server.fresh, &one->server.kept});
  }
  all.push_back(&(*ours)->confirmed);
  if (auto measured = MeasureByTurns(run, all); !measured) return measured.error();
  const Server* badger = foreign->empty() ? nullptr : &foreign->at(0)->server;
  const Server* bbolt = foreign->empty() ? nullptr : &foreign->at(1)->server;
  Figures figures = {FigureOf("enrolments over connections that are kept", server.kept,
                              badger == nullptr ? nullptr : &badger->kept, kWantedRatio),
                     FigureOf("enrolments, each over a new TLS connection", server.fresh,
                              badger == nullptr ? nullptr : &badger->fresh, kWantedRatio)};
  if (bbolt != nullptr) {
    figures.push_back(FigureOf("enrolments over kept connections, the other store beside",
                               server.kept, &bbolt->kept, kWantedRatio));
    figures.push_back(FigureOf("enrolments over new connections, the other store beside",
                               server.fresh, &bbolt->fresh, kWantedRatio));
  }
  figures.push_back(FigureOf("enrolments with a check-in over a second new connection",
                             (*ours)->confirmed, &server.fresh, kWantedConfirmed));
  return figures;
}

}  // namespace latchkey::tools
