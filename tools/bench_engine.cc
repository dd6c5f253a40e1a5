// The sequencer and replay, in process.
#include <fmt/format.h>

#include "core/log/rocks_log.h"
#include "tools/bench_baselines.h"
#include "tools/bench_fill.h"
#include "tools/bench_run.h"

namespace latchkey::tools {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kDepth = 64;

// The mean size of the last entries of a log.
std::size_t MeanEntryBytes(const log::Log& log) {
  constexpr std::uint64_t kSample = 10'000;
  const std::uint64_t size = log.size();
  const std::uint64_t from = size - std::min(size, kSample);
  std::size_t bytes = 0;
  (void)log.Scan(from, size, [&](std::uint64_t, std::string_view entry) {
    bytes += entry.size();
    return true;
  });
  return bytes / static_cast<std::size_t>(size - from);
}

}  // namespace

Result<Figures> BenchSequencer(BenchRun& run) {
  const auto gateways = run.Pick<std::uint64_t>(10'000, 500);
  const auto data = run.Scratch("sequencer");
  if (auto filled = FillLedger(data, gateways, 0); !filled) return tl::unexpected(filled.error());
  auto ledger = Ledger::Open({.data = data});
  if (!ledger) return tl::unexpected(ledger.error());
  run.Say("the sequencer alone, 64 deep");
  const Sequencer::Metrics& metrics = (*ledger)->sequencer().metrics();
  const std::uint64_t batches = metrics.batches;
  const std::uint64_t append = metrics.append_micros;
  const std::uint64_t decide = metrics.decide_micros;
  const std::uint64_t apply = metrics.apply_micros;
  std::uint64_t commands = 0;
  const auto begin = std::chrono::steady_clock::now();
  std::chrono::duration<double> elapsed{};
  {
    CommandPump pump(**ledger, kDepth);
    for (const auto limit = run.Pick(5000ms, 300ms); elapsed < limit;
         elapsed = std::chrono::steady_clock::now() - begin) {
      ++commands;
      pump.Submit(domain::AddGateway{std::string(kBenchAccount), fmt::format("added-{}", commands),
                                     0, limits::kDefaultKeyLifetime});
      ++commands;
      pump.Submit(
          domain::RenameGateway{commands / 2 % gateways + 1, fmt::format("renamed-{}", commands)});
    }
    if (auto drained = pump.Drain(); !drained) return tl::unexpected(drained.error());
  }
  elapsed = std::chrono::steady_clock::now() - begin;
  const auto per = [&](std::uint64_t total, std::uint64_t before) {
    return static_cast<double>(total - before) / static_cast<double>(commands);
  };
  const std::string limit = fmt::format(
      "A command every {:.1f} us. One thread takes {:.1f} to decide it; the other {:.1f} to append "
      "it "
      "({:.0f} commands share a sync), {:.1f} for the projections, and the rest to answer.",
      elapsed.count() * 1e6 / static_cast<double>(commands), per(metrics.decide_micros, decide),
      per(metrics.append_micros, append),
      static_cast<double>(commands) / static_cast<double>(metrics.batches - batches),
      per(metrics.apply_micros, apply));
  const std::size_t entry_bytes = MeanEntryBytes((*ledger)->log());
  ledger->reset();
  run.Say(fmt::format("raw RocksDB, synced batches of 64 entries of {} bytes", entry_bytes));
  const auto rocks =
      MeasureRocks(run.Scratch("rocks"), kDepth, entry_bytes, run.Pick(5000ms, 300ms));
  if (!rocks) return tl::unexpected(rocks.error());
  return Figures{{.what = "sequencer alone, 64 deep (adds and renames by turns)",
                  .value = static_cast<double>(commands) / elapsed.count(),
                  .unit = "/s",
                  .floor = 50'000,
                  .baseline = "raw RocksDB, synced batches of 64",
                  .baseline_value = *rocks,
                  .limit = limit}};
}

Result<Figures> BenchReplay(BenchRun& run) {
  const auto large = run.Large();
  if (!large) return tl::unexpected(large.error());
  const auto resources = rocks::Resources::Create();
  const auto log =
      log::RocksLog::Open((*large)->data / "ledger", resources, log::RocksLog::Mode::kReadOnly);
  if (!log) return tl::unexpected(log.error());
  const auto subjects = Subjects::Open((*large)->data / "subjects", resources, true);
  if (!subjects) return tl::unexpected(subjects.error());
  run.Say(fmt::format("replaying {} events", (*log)->size()));
  const auto begin = std::chrono::steady_clock::now();
  const auto rebuilt =
      projections::Projections::Open(run.Scratch("replayed"), resources, **log, **subjects);
  if (!rebuilt) return tl::unexpected(rebuilt.error());
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  const auto events = static_cast<double>((*log)->size());
  return Figures{{.what = "replay into new projections",
                  .value = events / elapsed.count(),
                  .unit = " events/s",
                  .floor = 200'000,
                  .limit = fmt::format("{:.1f} us an event for decoding, applying and RocksDB's "
                                       "memtables, {:.0f} events in all.",
                                       elapsed.count() * 1e6 / events, events)}};
}

}  // namespace latchkey::tools
