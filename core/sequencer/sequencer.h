// The single writer of the ledger, in three threads. The decider decides commands in order of
// arrival. Commands that wait while a batch is written form the next batch: the appender
// (committer.h) appends the events of a batch with one sync, the shower applies them to the
// projections and answers. So commands are decided on events that are not durable yet; none is
// answered before all events that it was decided on are durable.
//
// The decider also runs the domain's timers (confirm-by, key and token expiry) as commands of its
// own, watches the clock and the free space (read_only), and stops writing for good when an append
// ends unknown or refused.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/domain/commands.h"
#include "core/domain/decision.h"
#include "core/domain/key_mint.h"
#include "core/log/log.h"
#include "core/sequencer/head_watch.h"
#include "core/sequencer/outcome.h"
#include "core/sequencer/projection_set.h"
#include "core/sequencer/sequencer_metrics.h"
#include "core/subjects/subjects.h"

namespace latchkey {

// The state of the wall clock when it was accepted as right, and the result.
struct AcceptedTime {
  Time now;
  Micros moved;                    // from the expected time: ahead of it, or behind (negative)
  std::optional<Error> problem{};  // why writes are still refused
};

class Sequencer {
 public:
  struct Options {
    domain::Settings settings;
    std::function<std::uint64_t()>
        free_bytes;            // free space of the ledger's file system; empty: not watched
    bool accept_time = false;  // accept a clock behind the last event
    bool read_only = false;    // refuse every command, and run no timers, for as long as it lives
    std::function<void()>
        on_stopped;  // once, from a thread of the sequencer, when writing ends for good
    // How often timers, clock and free space are checked, busy or idle.
    std::chrono::milliseconds tick{100};
  };
  using Callback = std::function<void(Outcome)>;

  // All references outlive the sequencer. Starts the threads; `projections` are at log.size().
  Sequencer(log::Log& log, ProjectionSet& projections, Subjects& subjects,
            const domain::KeyMint& mint, const Clock& clock, Random& random, Options options);
  // Finishes queued commands, then ends the threads.
  ~Sequencer();

  // Queues a request; `done` is called once, from a thread of the sequencer, and must not block.
  // Returns kOverloaded (queue full), kReadOnly, kOutcomeUnknown (writer stopped), or
  // kRequestInProgress (a request with the same Idempotency-Key is still running) at once, and then
  // never calls `done`. Thread-safe.
  Status Submit(domain::Submission submission, Callback done);

  // The time by which keys, tokens and certificates expire everywhere: the wall clock
  // or, when that is later, the latest time that the ledger has shown (see ClockGuard).
  // Thread-safe.
  Time LedgerTime() const;
  // Accepts the wall clock as right from now on: it was corrected by hand, or stopped while the
  // machine was suspended. Ready after the next check of the clock; broken when the sequencer ends
  // before. Thread-safe.
  std::future<AcceptedTime> AcceptTime();

  const SequencerMetrics& metrics() const;
  // Why writes are refused now; null if they are not. Thread-safe.
  std::optional<Error> WriteProblem() const;
  std::uint64_t head() const;  // size of the log that projections have reached. Thread-safe.
  HeadWatch& head_watch();     // tells when head() has moved. Thread-safe.

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey
