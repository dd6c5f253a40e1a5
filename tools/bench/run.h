// Shared by the measurements of one bench: the scratch directory, baselines measured once, servers.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "tools/bench/load_client.h"
#include "tools/bench/load_server.h"
#include "tools/bench/options.h"

namespace latchkey::tools {

// One line of the table.
struct Figure {
  std::string what;
  double value = 0;
  std::string unit;        // "/s", "MB", "s", "ms"; "%" for a share
  double floor = 0;        // the least this project wants, on two cores
  bool at_most = false;    // … or at most
  std::string baseline{};  // "PostgreSQL 15"; empty: nothing to compare with
  double baseline_value = 0;
  std::string limit{};  // one sentence: what limits it now
};

using Figures = std::vector<Figure>;

inline constexpr unsigned kBenchConnections = 64;

// A ledger of very many gateways, and some of their keys.
struct LargeLedger {
  std::filesystem::path data;
  std::uint64_t gateways = 0;
  std::uint64_t events = 0;
  std::vector<std::string> keys;  // active keys, of gateways all over the ledger
};

// One thread.
class BenchRun {
 public:
  BenchRun(const BenchOptions& options, std::ostream& progress);
  ~BenchRun();  // removes the scratch directory
  BenchRun(const BenchRun&) = delete;
  BenchRun& operator=(const BenchRun&) = delete;

  // The size for a full or for a quick run.
  template <typename T>
  T Pick(T full, T quick) const {
    return options_.quick ? quick : full;
  }
  // For `recovery`; 0: as it chooses.
  std::uint64_t events() const { return options_.events; }
  void Say(const std::string& what) { progress_ << "bench: " << what << std::endl; }

  std::filesystem::path Scratch(const std::string& name) const { return directory_ / name; }
  const std::filesystem::path& program() const { return program_; }

  // With further options of `serve`; `gateways` is where gateways connect.
  Result<ServedLedger> Serve(const std::filesystem::path& data,
                             std::vector<std::string> arguments = {},
                             const std::string& gateways = "127.0.0.1:0") const;

  // Baselines; the first call measures.
  Result<double> Postgres();                           // single-use updates per second
  Result<double> Responder(std::size_t answer_bytes);  // answers per second

  // The first call makes it.
  Result<const LargeLedger*> Large();

 private:
  BenchOptions options_;
  std::ostream& progress_;
  std::filesystem::path directory_;
  std::filesystem::path program_;
  std::optional<Result<double>> postgres_;
  std::map<std::size_t, double> responders_;
  std::optional<LargeLedger> large_;
};

// A run of load against a server, and the processor time of both sides.
struct Measured {
  LoadReport report;
  double server_micros = 0;  // processor time per answer
  double client_micros = 0;
  double busy = 0;    // share of the machine's processors that the two kept busy
  double others = 0;  // share that everything else on the machine took
};

// Warms up for a tenth of `duration`, then measures; `look` sees every answer. kIo when any answer
// is not 2xx or is lost.
Result<Measured> MeasureLoad(LoadClient& client, const ChildProcess& server,
                             const LoadClient::Next& next, std::chrono::milliseconds duration,
                             const LoadClient::Done& look = {});
inline Result<Measured> MeasureLoad(LoadClient& client, const ServedLedger& server,
                                    const LoadClient::Next& next,
                                    std::chrono::milliseconds duration) {
  return MeasureLoad(client, server.process(), next, duration);
}

// Of an even number the higher of the middle two; there is at least one.
double Median(std::vector<double> values);

// "The processors are full: …" or what the server waits for, with numbers; and a warning when other
// programs used so much of the machine that the figure says little.
std::string LimitOf(const Measured& measured, const std::string& when_waiting);

// Replays the ledger at `data` into new projections in `scratch`.
Result<Figure> MeasureReplay(BenchRun& run, const std::filesystem::path& data,
                             const std::filesystem::path& scratch);

// This process and the servers that it starts, which inherit the limit, may open as many files as
// the system allows. Returns how many.
std::uint64_t RaiseOpenFiles();

// The measurements.
Result<Figures> BenchWrites(BenchRun& run);
Result<Figures> BenchRedemptions(BenchRun& run);
Result<Figures> BenchEnrol(BenchRun& run);
Result<Figures> BenchReads(BenchRun& run);
Result<Figures> BenchStreams(BenchRun& run);
Result<Figures> BenchMessages(BenchRun& run);
Result<Figures> BenchReplay(BenchRun& run);
Result<Figures> BenchRecovery(BenchRun& run);
Result<Figures> BenchProof(BenchRun& run);
Result<Figures> BenchFair(BenchRun& run);
Result<Figures> BenchSequencer(BenchRun& run);
Result<Figures> BenchMemory(BenchRun& run);
Result<Figures> BenchStart(BenchRun& run);
Result<Figures> BenchScale(BenchRun& run);

}  // namespace latchkey::tools
