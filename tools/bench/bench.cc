#include "tools/bench/bench.h"

#include <algorithm>
#include <array>
#include <iostream>
#include <thread>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "tools/bench/responder.h"
#include "tools/bench/run.h"

namespace latchkey::tools {
namespace {

struct Measurement {
  std::string_view name;
  std::string_view about;
  Result<Figures> (*run)(BenchRun&);
};

// Measurements on large ledgers come last: filling those takes most of the time.
constexpr std::array<Measurement, 14> kMeasurements{{
    {"writes", "durable management writes over TLS", BenchWrites},
    {"redemptions", "full redemptions over TLS", BenchRedemptions},
    {"enrol", "whole enrolments over kept and new connections", BenchEnrol},
    {"reads", "reads of one gateway over TLS", BenchReads},
    {"streams", "writes while thousands of streams wait for other events", BenchStreams},
    {"messages", "messages to gateways that wait, and what waiting costs", BenchMessages},
    {"fair", "gateways' check-ins while each route is driven at its dearest", BenchFair},
    {"sequencer", "the sequencer alone, in process, 64 deep", BenchSequencer},
    {"replay", "events replayed into new projections", BenchReplay},
    {"recovery", "replay, backups beside writes, a restore up to the first answer", BenchRecovery},
    {"proof", "proofs, verification, and what checkpoints and a witness cost", BenchProof},
    {"memory", "memory of a server with a million gateways", BenchMemory},
    {"scale", "redemptions with a million gateways and with a thousand", BenchScale},
    {"start", "start after kill -9 with ten million events", BenchStart},
}};

std::string Number(double value, const std::string& unit) {
  if (unit == " s") return fmt::format("{:.2f}{}", value, unit);
  if (unit == " ms") return fmt::format("{:.1f}{}", value, unit);
  std::string digits = fmt::format("{:.0f}", value);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits + unit;
}

bool ReachesFloor(const Figure& figure) {
  return figure.at_most ? figure.value <= figure.floor : figure.value >= figure.floor;
}

void PrintTable(const Figures& figures, std::ostream& out) {
  constexpr std::string_view kRow = "{:<64} {:>18} {:>20}  {}\n";
  out << fmt::format(kRow, "figure", "here", "wanted", "ratio");
  for (const Figure& figure : figures) {
    std::string ratio;
    if (figure.baseline_value > 0) {
      ratio = fmt::format("{:.2f} x {} ({})", figure.value / figure.baseline_value, figure.baseline,
                          Number(figure.baseline_value, figure.unit));
    } else if (!figure.baseline.empty()) {
      ratio = figure.baseline + ": not measured";
    }
    out << fmt::format(kRow, figure.what, Number(figure.value, figure.unit),
                       (figure.at_most ? "at most " : "at least ") +
                           Number(figure.floor, figure.unit) + (ReachesFloor(figure) ? "" : " !"),
                       ratio);
  }
  out << "\nWhat limits each:\n";
  for (const Figure& figure : figures) out << "- " << figure.what << ": " << figure.limit << "\n";
}

void PrintJson(const Figures& figures, std::ostream& out) {
  boost::json::array list;
  for (const Figure& figure : figures) {
    boost::json::object one{{"figure", figure.what},
                            {"value", figure.value},
                            {"unit", figure.unit.substr(figure.unit.find_first_not_of(" /"))},
                            {figure.at_most ? "at_most" : "at_least", figure.floor},
                            {"holds", ReachesFloor(figure)},
                            {"limit", figure.limit}};
    if (figure.baseline_value > 0) {
      one["baseline"] = figure.baseline;
      one["baseline_value"] = figure.baseline_value;
      one["ratio"] = figure.value / figure.baseline_value;
    }
    list.push_back(std::move(one));
  }
  out << boost::json::serialize(list) << "\n";
}

}  // namespace

std::vector<std::pair<std::string_view, std::string_view>> BenchNames() {
  std::vector<std::pair<std::string_view, std::string_view>> names;
  for (const Measurement& one : kMeasurements) names.emplace_back(one.name, one.about);
  return names;
}

ExitCode RunBench(const BenchOptions& options, std::ostream& out, std::ostream& progress) {
  for (const std::string& name : options.names) {
    if (std::ranges::find(kMeasurements, name, &Measurement::name) == kMeasurements.end()) {
      progress << "bench: there is no benchmark " << name << "; see latchkey bench --help\n";
      return ExitCode::kUsage;
    }
  }
  Figures figures;
  bool all = true;
  BenchRun run(options, progress);
  for (const Measurement& one : kMeasurements) {
    if (!options.names.empty() &&
        std::ranges::find(options.names, one.name) == options.names.end()) {
      continue;
    }
    auto measured = one.run(run);
    if (measured) {
      std::ranges::move(*measured, std::back_inserter(figures));
    } else {
      run.Say(fmt::format("{} could not be measured: {}", one.name, measured.error().detail));
      all = false;
    }
  }
  if (options.json) {
    PrintJson(figures, out);
  } else {
    PrintTable(figures, out);
  }
  return all ? ExitCode::kDone : ExitCode::kFailed;
}

ExitCode RunBenchResponder(std::size_t body_bytes, std::ostream& out) {
  const unsigned threads = std::max(std::thread::hardware_concurrency(), 1u);
  const auto ran = RunResponder(body_bytes, threads,
                                [&](const std::string& address) { out << address << std::endl; });
  return ran ? ExitCode::kDone : ExitCode::kFailed;
}

}  // namespace latchkey::tools
