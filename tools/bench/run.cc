#include "tools/bench/run.h"

#include <sys/resource.h>

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "core/base/random.h"
#include "core/crypto/random.h"
#include "tools/bench/baselines.h"
#include "tools/bench/fill.h"

namespace latchkey::tools {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kHelperPatience{20};
constexpr double kFull = 0.85;    // above this the processors are the limit
constexpr double kNoticed = 0.1;  // share of other programs; above this the figure says little

// Of the bare responder's answers; the rest of an answer of a given size is its body.
constexpr std::size_t kResponderHeadBytes = 74;

// Processor time of the whole machine since it started, in ticks.
struct MachineTime {
  double busy = 0;
  double idle = 0;
};

MachineTime ReadMachineTime() {
  std::ifstream file("/proc/stat");
  std::string skipped;
  MachineTime time;
  double ticks = 0;
  file >> skipped;
  for (int field = 0; field < 8 && file >> ticks; ++field) {
    (field == 3 || field == 4 ? time.idle : time.busy) += ticks;  // idle and waiting for disks
  }
  return time;
}

}  // namespace

BenchRun::BenchRun(const BenchOptions& options, std::ostream& progress)
    : options_(options), progress_(progress), program_(options.program) {
  if (program_.empty()) program_ = OwnProgram();
  std::string pattern = options.directory / "latchkey-bench-XXXXXX";
  if (::mkdtemp(pattern.data()) != nullptr) directory_ = pattern;
}

BenchRun::~BenchRun() {
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

Result<ServedLedger> BenchRun::Serve(const std::filesystem::path& data,
                                     std::vector<std::string> arguments,
                                     const std::string& gateways) const {
  return ServedLedger::Start({.program = program_,
                              .data = data,
                              .log = directory_ / "serve.log",
                              .arguments = std::move(arguments),
                              .gateways = gateways});
}

std::uint64_t RaiseOpenFiles() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return 0;
  files.rlim_cur = files.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &files);
  return files.rlim_cur;
}

Result<double> BenchRun::Postgres() {
  if (!postgres_) {
    Say("PostgreSQL 15: single-use updates, 64 clients");
    // Other users may enter the directory, as PostgreSQL's user must.
    std::filesystem::permissions(directory_, std::filesystem::perms::others_exec,
                                 std::filesystem::perm_options::add);
    postgres_ =
        MeasurePostgres(Scratch("postgres"), {.keys = Pick<std::uint64_t>(1'000'000, 20'000),
                                              .clients = kBenchConnections,
                                              .duration = Pick(10s, 1s)});
  }
  return *postgres_;
}

Result<double> BenchRun::Responder(std::size_t answer_bytes) {
  const auto known = responders_.find(answer_bytes);
  if (known != responders_.end()) return known->second;
  Say("bare Beast over TLS, answers of " + std::to_string(answer_bytes) + " bytes");
  const std::size_t body = answer_bytes - std::min(answer_bytes, kResponderHeadBytes);
  auto responder =
      ChildProcess::Start({.arguments = {program_, "bench", "--responder", std::to_string(body)}});
  if (!responder) return responder.error();
  const auto address = responder->ReadLine(kHelperPatience);
  if (!address) return Refuse(ErrorCode::kIo, "the bare responder does not start");
  auto client = LoadClient::Connect({.address = *address, .connections = kBenchConnections});
  if (!client) return client.error();
  const std::string request = ComposeRequest("GET", "/v1/gateways/gw_00000001", "", "");
  const auto next = [&](unsigned) { return std::string_view(request); };
  const auto duration = Pick(5000ms, 300ms);
  (*client)->Run(next, nullptr, duration / 10);
  const LoadReport report = (*client)->Run(next, nullptr, duration);
  if (report.lost > 0) return Refuse(ErrorCode::kIo, "the bare responder lost requests");
  return responders_[answer_bytes] = report.PerSecond();
}

Result<const LargeLedger*> BenchRun::Large() {
  if (large_) return &*large_;
  LargeLedger large{Scratch("large"), Pick<std::uint64_t>(1'000'000, 2'000), 0, {}};
  Say(fmt::format("filling a ledger with {} gateways", large.gateways));
  const std::uint64_t registered = large.gateways / 10;
  const auto wanted = Pick<std::uint64_t>(6'000, 200);
  const auto filled = FillLedger(large.data, large.gateways, registered, [&](Ledger& ledger) {
    large.events = ledger.log().size();
    // Evenly over gateways with an active key.
    const std::uint64_t step = (large.gateways - registered) / wanted;
    for (std::uint64_t i = 0; i < wanted; ++i) {
      large.keys.push_back(KeyText(ledger, registered + 1 + i * step));
    }
  });
  if (!filled) return filled.error();
  large_ = std::move(large);
  return &*large_;
}

Result<Measured> MeasureLoad(LoadClient& client, const ChildProcess& server,
                             const LoadClient::Next& next, std::chrono::milliseconds duration,
                             const LoadClient::Done& look) {
  int refused = 0;
  const auto done = [&](unsigned connection, const LoadAnswer& answer) {
    if (answer.status / 100 != 2) refused = answer.status;
    if (look) look(connection, answer);
  };
  client.Run(next, done, duration / 10);
  const MachineTime machine = ReadMachineTime();
  const auto before = server.Cpu();
  Measured measured{client.Run(next, done, duration)};
  const auto server_cpu = server.Cpu() - before;
  const MachineTime now = ReadMachineTime();
  const LoadReport& report = measured.report;
  if (refused != 0 || report.lost > 0) {
    return Refuse(ErrorCode::kIo,
                  fmt::format("the server answered {} and lost {} requests", refused, report.lost));
  }
  const auto answered = static_cast<double>(std::max<std::uint64_t>(report.answered, 1));
  measured.server_micros = server_cpu.count() * 1e6 / answered;
  measured.client_micros = report.cpu.count() * 1e6 / answered;
  measured.busy = (server_cpu + report.cpu).count() /
                  (report.elapsed.count() * std::max(std::thread::hardware_concurrency(), 1u));
  const double all = now.busy - machine.busy + now.idle - machine.idle;
  if (all > 0) measured.others = std::max((now.busy - machine.busy) / all - measured.busy, 0.0);
  return measured;
}

double Median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

std::string LimitOf(const Measured& measured, const std::string& when_waiting) {
  const std::string spent = fmt::format(
      "the server spends {:.0f} us of processor time on each, the load generator {:.0f} us; p50 "
      "{:.1f} ms, p99 {:.1f} ms",
      measured.server_micros, measured.client_micros,
      static_cast<double>(measured.report.latency.Percentile(0.5).count()) / 1000,
      static_cast<double>(measured.report.latency.Percentile(0.99).count()) / 1000);
  const std::string others =
      measured.others < kNoticed
          ? ""
          : fmt::format(
                " Other programs took {:.0f}% of the processors: run it again when they rest.",
                measured.others * 100);
  if (measured.busy + measured.others >= kFull)
    return "The processors are full: " + spent + "." + others;
  return fmt::format("{} (processors {:.0f}% busy: {}).{}", when_waiting, measured.busy * 100,
                     spent, others);
}

}  // namespace latchkey::tools
