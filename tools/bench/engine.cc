// The sequencer and replay, in process.
#include <atomic>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "core/log/rocks_log.h"
#include "tools/bench/baselines.h"
#include "tools/bench/fill.h"
#include "tools/bench/run.h"

namespace latchkey::tools {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kDepth = 64;

// Processor time of this process so far, all threads together. For an engine in process it tells
// more than wall-clock time when other programs run at the same time.
double ProcessorMicros() { return static_cast<double>(std::clock()) * 1e6 / CLOCKS_PER_SEC; }

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

// Callers in process, each of which submits its next command as soon as the last is answered: adds
// and renames alternately.
class Callers {
 public:
  Callers(Ledger& ledger, std::uint64_t gateways) : ledger_(ledger), gateways_(gateways) {}

  void Start(unsigned callers) {
    {
      const std::lock_guard lock(mutex_);
      running_ = callers;
    }
    for (unsigned i = 0; i < callers; ++i) Next();
  }

  // Waits for commands in flight, and returns how many were answered.
  Result<std::uint64_t> Stop() {
    stopping_ = true;
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return running_ == 0; });
    if (problem_) return *problem_;
    return count_.load();
  }

 private:
  domain::Command Make(std::uint64_t count) const {
    if (count % 2 == 0) {
      return domain::ChangeGateway{count / 2 % gateways_ + 1, fmt::format("renamed-{}", count)};
    }
    return domain::AddGateway{std::string(kBenchAccount), fmt::format("added-{}", count), 0,
                              ledger_limits::kDefaultKeyLifetime};
  }

  void Next() {
    const Status queued = ledger_.sequencer().Submit(
        {Make(++count_), {}, "", std::nullopt, std::nullopt}, [this](const Outcome& outcome) {
          if (!outcome.answer) return End(outcome.answer.error());
          if (stopping_) return End(std::nullopt);
          Next();
        });
    if (!queued) End(queued.error());
  }

  void End(std::optional<Error> problem) {
    const std::lock_guard lock(mutex_);
    if (problem && !problem_) problem_ = std::move(problem);
    if (--running_ == 0) ended_.notify_all();
  }

  Ledger& ledger_;
  const std::uint64_t gateways_;
  std::atomic<std::uint64_t> count_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable ended_;
  unsigned running_ = 0;
  std::optional<Error> problem_;
};

}  // namespace

Result<Figures> BenchSequencer(BenchRun& run) {
  const auto gateways = run.Pick<std::uint64_t>(10'000, 500);
  const auto data = run.Scratch("sequencer");
  if (auto filled = FillLedger(data, gateways, 0); !filled) return filled.error();
  auto ledger = Ledger::Open({.data = data});
  if (!ledger) return ledger.error();
  run.Say("the sequencer alone, 64 deep");
  const SequencerMetrics& metrics = (*ledger)->sequencer().metrics();
  const std::uint64_t batches = metrics.batches;
  const std::uint64_t append = metrics.append_micros;
  const std::uint64_t decide = metrics.decide_micros;
  const std::uint64_t apply = metrics.apply_micros;
  Callers callers(**ledger, gateways);
  const double spent = ProcessorMicros();
  const auto begin = std::chrono::steady_clock::now();
  callers.Start(kDepth);
  std::this_thread::sleep_for(run.Pick(5000ms, 300ms));
  const Result<std::uint64_t> stopped = callers.Stop();
  if (!stopped) return stopped.error();
  const std::uint64_t commands = *stopped;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  const double processor = (ProcessorMicros() - spent) / static_cast<double>(commands);
  const auto per = [&](std::uint64_t total, std::uint64_t before) {
    return static_cast<double>(total - before) / static_cast<double>(commands);
  };
  const std::string limit = fmt::format(
      "A command every {:.1f} us, {:.1f} of processor time. One thread takes {:.1f} to decide it; "
      "the second {:.1f} to append it ({:.0f} commands share a sync); the third {:.1f} for the "
      "projections, and some more to answer.",
      elapsed.count() * 1e6 / static_cast<double>(commands), processor,
      per(metrics.decide_micros, decide), per(metrics.append_micros, append),
      static_cast<double>(commands) / static_cast<double>(metrics.batches - batches),
      per(metrics.apply_micros, apply));
  const std::size_t entry_bytes = MeanEntryBytes((*ledger)->log());
  ledger->reset();
  run.Say(fmt::format("raw RocksDB, synced batches of 64 entries of {} bytes", entry_bytes));
  const auto rocks =
      MeasureRocks(run.Scratch("rocks"), kDepth, entry_bytes, run.Pick(5000ms, 300ms));
  if (!rocks) return rocks.error();
  return Figures{{.what = "sequencer alone, 64 deep (adds and renames by turns)",
                  .value = static_cast<double>(commands) / elapsed.count(),
                  .unit = "/s",
                  .floor = 50'000,
                  .baseline = "raw RocksDB, synced batches of 64",
                  .baseline_value = *rocks,
                  .limit = limit}};
}

Result<Figure> MeasureReplay(BenchRun& run, const std::filesystem::path& data,
                             const std::filesystem::path& scratch) {
  const auto resources = rocks::Resources::Create();
  const auto log =
      log::RocksLog::Open(data / "ledger", resources, {.mode = log::RocksLog::Mode::kReadOnly});
  if (!log) return log.error();
  const auto subjects = Subjects::Open(data / "subjects", resources, Subjects::Access::kRead);
  if (!subjects) return subjects.error();
  run.Say(fmt::format("replaying {} events", (*log)->size()));
  const double spent = ProcessorMicros();
  const auto begin = std::chrono::steady_clock::now();
  const auto rebuilt = projections::Projections::Open(scratch, resources, **log, **subjects);
  if (!rebuilt) return rebuilt.error();
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  const auto events = static_cast<double>((*log)->size());
  const double processor = (ProcessorMicros() - spent) / events;
  return Figure{.what = fmt::format("replay of {:.0f} events into new projections", events),
                .value = events / elapsed.count(),
                .unit = " events/s",
                .floor = 500'000,
                .limit = fmt::format("{:.2f} us an event, {:.2f} of processor time, for decoding, "
                                     "applying and writing RocksDB's tables.",
                                     elapsed.count() * 1e6 / events, processor)};
}

Result<Figures> BenchReplay(BenchRun& run) {
  const auto large = run.Large();
  if (!large) return large.error();
  const auto replay = MeasureReplay(run, (*large)->data, run.Scratch("replayed"));
  if (!replay) return replay.error();
  return Figures{*replay};
}

}  // namespace latchkey::tools
