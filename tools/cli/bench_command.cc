#include <cstdint>
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "tools/bench/bench.h"
#include "tools/bench/fill.h"
#include "tools/cli/commands.h"

namespace latchkey::tools {
namespace {

constexpr std::uint64_t kMinEvents = 1'000;
constexpr std::uint64_t kMaxEvents = 100'000'000;

struct BenchArguments {
  BenchOptions options;
  std::string directory;
  std::size_t responder = 0;
  std::string fill;
};

ExitCode Bench(BenchArguments& given, Io& io) {
  if (given.responder > 0) return RunBenchResponder(given.responder, io.out);
  if (!given.fill.empty()) return RunBenchFill(given.fill, given.options.events, io.out);
  if (!given.directory.empty()) given.options.directory = given.directory;
  return RunBench(given.options, io.out, io.err);
}

}  // namespace

void AddBench(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<BenchArguments>();
  std::string about =
      "Measure this build on this machine, beside PostgreSQL, step-ca, bare Beast and bare RocksDB."
      "\nTakes some minutes and up to 10 GB for a while. Names:";
  for (const auto& [name, what] : BenchNames()) about += fmt::format("\n  {:<12} {}", name, what);
  CLI::App* bench = app.add_subcommand("bench", about);
  bench->add_option("NAME", given->options.names, "Which benchmarks to run; all unless given");
  bench
      ->add_option("--events", given->options.events,
                   "Events in the ledger of recovery; 200,000 unless given")
      ->check(CLI::Range(kMinEvents, kMaxEvents));
  bench->add_flag("--quick", given->options.quick,
                  "Seconds instead of minutes: a check that it works, not a measurement");
  bench->add_flag("--json", given->options.json, "For programs");
  bench
      ->add_option(
          "--directory", given->directory,
          "Directory for its ledgers while it runs (/var/tmp unless given); on a real disk")
      ->check(CLI::ExistingDirectory);
  // Processes that a bench starts from its own program; not for people.
  bench->add_option("--responder", given->responder)->group("");
  bench->add_option("--fill", given->fill)->group("");
  bench->callback([given, &context] { context.exit = Bench(*given, context.io); });
}

}  // namespace latchkey::tools
