// What proving costs: proofs and filtered pages of a large ledger, its verification, and what
// checkpoints and a witness take from writes.
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/base/ids.h"
#include "core/log/note.h"
#include "core/witness/witness_client.h"
#include "tools/bench/fill.h"
#include "tools/bench/run.h"

namespace latchkey::tools {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::uint64_t kProvedEvents = 1'000'000;
constexpr std::uint64_t kQuickProvedEvents = 3'000;
// Events of a gateway that registers: two when it is added, three more when it does. So many in ten
// register.
constexpr std::uint64_t kRegisteredInTen = 6;
constexpr double kEventsEach = 2 + 3 * 0.6;
constexpr std::chrono::hours kVerifyPatience{1};
constexpr std::chrono::seconds kWitnessPatience{10};
constexpr unsigned kWriters = 64;  // commands in flight
constexpr double kAllowedWithCheckpoints = 0.97;
constexpr double kAllowedWithWitness = 0.95;
constexpr double kHashesPerSecond = 500'000;
constexpr double kFactsPerSecond = 350'000;
constexpr double kSignaturesPerSecond = 10'000;
constexpr double kProofMilliseconds = 1;
constexpr double kPageMilliseconds = 5;

// A large ledger, what is asked of it, and what verifies it.
class Proving {
 public:
  explicit Proving(BenchRun& run) : run_(run), data_(run.Scratch("proved")) {}

  Result<Figures> Measure() {
    return Fill()
        .and_then([&] { return AskServer(); })
        .and_then([&] { return VerifyAll(); })
        .map([&] { return std::move(figures_); });
  }

 private:
  Status Fill() {
    const std::uint64_t wanted =
        run_.events() != 0 ? run_.events() : run_.Pick(kProvedEvents, kQuickProvedEvents);
    gateways_ = static_cast<std::uint64_t>(static_cast<double>(wanted) / kEventsEach) + 1;
    run_.Say(fmt::format("filling a ledger with {} events", wanted));
    return FillLedger(data_, gateways_, gateways_ * kRegisteredInTen / 10,
                      [&](Ledger& ledger) { events_ = ledger.log().size(); });
  }

  // The p99 of one connection that asks for one target after another.
  Result<double> Tail(const ServedLedger& server, const std::function<std::string()>& target) {
    auto client = LoadClient::Connect(server.Management(1));
    if (!client) return client.error();
    std::string request;
    const auto measured = MeasureLoad(
        **client, server,
        [&](unsigned) {
          request = ComposeRequest("GET", target(), server.authorization(), "");
          return std::string_view(request);
        },
        run_.Pick(10'000ms, 300ms));
    if (!measured) return measured.error();
    return measured->report.latency.Percentile(0.99).count() / 1e3;
  }

  Status AskServer() {
    auto server = run_.Serve(data_);
    if (!server) return server.error();
    run_.Say("proofs of events all over the ledger");
    const auto proof =
        Tail(*server, [&] { return fmt::format("/v1/events/{}/proof", random_() % events_); });
    if (!proof) return proof.error();
    figures_.push_back({.what = fmt::format("proof of one of {} events, p99", events_),
                        .value = *proof,
                        .unit = " ms",
                        .floor = kProofMilliseconds,
                        .at_most = true,
                        .limit = "Over TLS, one after another: one or two tiles of each level."});
    run_.Say("filtered pages");
    unsigned turn = 0;
    const auto page = Tail(*server, [&]() -> std::string {
      const std::string gateway = text::GatewayId(random_() % gateways_ + 1);
      switch (turn++ % 3) {
        case 0:
          return "/v1/events?limit=100&gateway=" + gateway;
        case 1:
          return "/v1/events?limit=100&order=desc&type=KeyRedeemed";
        default:
          return fmt::format("/v1/events?limit=100&order=desc&account={}", kBenchAccount);
      }
    });
    if (!page) return page.error();
    figures_.push_back({.what = fmt::format("filtered page of {} events, p99", events_),
                        .value = *page,
                        .unit = " ms",
                        .floor = kPageMilliseconds,
                        .at_most = true,
                        .limit = "By gateway, by type, by account, 100 events at most."});
    if (server->Stop() == 0) return {};
    return Refuse(ErrorCode::kIo, "the server did not end well");
  }

  Status VerifyAll() {
    run_.Say("verifying all of it");
    const auto begin = std::chrono::steady_clock::now();
    auto process = ChildProcess::Start(
        {.arguments = {run_.program(), "verify", "--data", data_, "--scratch", run_.Scratch("")}});
    if (!process) return process.error();
    const auto out = process->ReadAll(kVerifyPatience);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    double hashes = 0, facts = 0, signing = 0;
    unsigned long long signatures = 0;
    const std::size_t at = out ? out->find("Processor time:") : std::string::npos;
    if (at == std::string::npos ||
        std::sscanf(out->c_str() + at,
                    "Processor time: hashes and tree %lf s, facts %lf s, %llu signatures %lf s",
                    &hashes, &facts, &signatures, &signing) != 4) {
      return Refuse(ErrorCode::kIo, "verify did not say what it did");
    }
    const auto all = static_cast<double>(events_);
    const auto rate = [&](const char* what, double count, double seconds, double floor,
                          std::string limit) {
      figures_.push_back({.what = fmt::format("verify, a core: {}", what),
                          .value = count / std::max(seconds, 0.1),
                          .unit = " /s",
                          .floor = floor,
                          .limit = std::move(limit)});
    };
    rate("hashes and tree", all, hashes, kHashesPerSecond, "SHA-256 of each entry and node.");
    rate("facts", all, facts, kFactsPerSecond, "Reading, decoding, and the rules.");
    rate("signatures", static_cast<double>(signatures), signing, kSignaturesPerSecond,
         fmt::format("{} certificates, of all processors together. All of verify, projections "
                     "too, took {:.1f} s: {:.0f} events/s.",
                     signatures, took.count(), all / took.count()));
    return {};
  }

  BenchRun& run_;
  const fs::path data_;
  std::uint64_t gateways_ = 0;
  std::uint64_t events_ = 0;
  std::minstd_rand random_;  // the same each time
  Figures figures_;
};

// Three ledgers that take the same writes: without checkpoints while they grow, with them, and with
// a witness.
class CheckpointedWrites {
 public:
  explicit CheckpointedWrites(BenchRun& run) : run_(run) {}

  Result<Figures> Measure() {
    if (Status begun = Begin(); !begun) return begun.error();
    const unsigned rounds = run_.Pick(9u, 1u);
    std::vector<std::vector<double>> rates(ledgers_.size());
    // By turns, so that other load on the machine affects all.
    for (unsigned round = 0; round < rounds; ++round) {
      run_.Say(
          fmt::format("writes without and with checkpoints, round {} of {}", round + 1, rounds));
      for (std::size_t i = 0; i < ledgers_.size(); ++i) {
        const auto rate = Write(*ledgers_[i]);
        if (!rate) return rate.error();
        rates[i].push_back(*rate);
      }
    }
    const double without = Median(rates[0]);
    const auto figure = [&](const char* what, std::size_t i, double allowed) {
      return Figure{.what = what,
                    .value = Median(rates[i]),
                    .unit = " /s",
                    .floor = allowed * without,
                    .baseline = "the same without checkpoints",
                    .baseline_value = without,
                    .limit = "In process, 64 deep: the sequencer, without HTTP."};
    };
    return Figures{figure("writes with a checkpoint each second", 1, kAllowedWithCheckpoints),
                   figure("writes with a checkpoint and a witness", 2, kAllowedWithWitness)};
  }

 private:
  Status Begin() {
    gateways_ = run_.Pick<std::uint64_t>(10'000, 100);
    log::NoteKey key;
    std::vector<LedgerOptions> options;
    for (const char* name : {"bare", "checkpointed", "witnessed"}) {
      options.push_back({.data = run_.Scratch(name)});
      const Status filled = FillLedger(options.back().data, gateways_, 0, [&](Ledger& ledger) {
        key = {ledger.row().origin(), ledger.row().checkpoint_public_key()};
      });
      if (!filled) return filled;
    }
    options[0].checkpoint_every = 1h;
    if (Status witnessed = StartWitness(key, &options[2]); !witnessed) return witnessed;
    for (const LedgerOptions& each : options) {
      auto opened = Ledger::Open(each);
      if (!opened) return opened.error();
      ledgers_.push_back(*std::move(opened));
    }
    return {};
  }

  Status StartWitness(const log::NoteKey& log, LedgerOptions* options) {
    auto started = ChildProcess::Start(
        {.arguments = {run_.program(), "witness", "--data", run_.Scratch("witness"), "--listen",
                       "127.0.0.1:0", "--log", log::VerifierKey(log)}});
    if (!started) return started.error();
    witness_.emplace(*std::move(started));
    std::string vkey, url;
    while (url.empty()) {
      const auto line = witness_->ReadLine(kWitnessPatience);
      if (!line) return Refuse(ErrorCode::kIo, "the witness does not start");
      const auto word = [&](std::string_view label) -> std::string {
        const auto at = line->find(label);
        if (at == std::string::npos) return "";
        const auto from = line->find_first_not_of(' ', at + label.size());
        return line->substr(from, line->find(' ', from) - from);
      };
      if (const std::string found = word("verifier key"); !found.empty()) vkey = found;
      url = word("listens at");
    }
    auto address = witness::ParseWitness(vkey + "@" + url);
    if (!address) return address.error();
    options->witnesses.witnesses = {*std::move(address)};
    return {};
  }

  Result<double> Write(Ledger& ledger) {
    CommandPump pump(ledger, kWriters);
    const auto begin = std::chrono::steady_clock::now();
    const auto end = begin + run_.Pick(2'500ms, 200ms);
    std::uint64_t count = 0;
    while (std::chrono::steady_clock::now() < end) {
      pump.Submit(domain::ChangeGateway{count % gateways_ + 1, fmt::format("name-{}", ++names_)});
      ++count;
    }
    if (Status drained = pump.Drain(); !drained) return drained.error();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    return static_cast<double>(count) / took.count();
  }

  BenchRun& run_;
  std::uint64_t gateways_ = 0;
  std::uint64_t names_ = 0;
  std::optional<ChildProcess> witness_;
  std::vector<std::unique_ptr<Ledger>> ledgers_;
};

}  // namespace

Result<Figures> BenchProof(BenchRun& run) {
  auto figures = Proving(run).Measure();
  if (!figures) return figures;
  const auto writes = CheckpointedWrites(run).Measure();
  if (!writes) return writes.error();
  figures->insert(figures->end(), writes->begin(), writes->end());
  return figures;
}

}  // namespace latchkey::tools
