// The single writer: one thread decides commands in the order they came in. What waits while a
// batch is on its way to the disk becomes the next one: two more threads (committer.h) append the
// events of a batch with one sync, apply them to the projections, and only then answer. So
// commands are decided on what is not durable yet; none is answered before all that it was decided
// on is.
//
// It also runs the domain's timers (confirm-by, key and token expiry) as commands of its own,
// watches the clock and the free space (read_only), and stops writing for good when an append ends
// unknown or refused.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/domain/decide.h"
#include "core/log/log.h"
#include "core/sequencer/head_watch.h"
#include "core/subjects/subjects.h"

namespace latchkey {

// What the answer to a command says. `sequence` is the last event of the ledger that the answer
// depends on: of the command's own events, or the head when it made none.
struct Outcome {
  Result<domain::Answer> answer;
  std::uint64_t sequence = 0;
  std::optional<std::uint64_t> first_event{};  // of the command's own events, when it made any
  bool replayed = false;  // an idempotent repeat: `sequence` is where the first run ended
};

// A finished request, as the projection of the last 24 hours remembers it: positions, never
// answers.
struct FinishedRequest {
  std::string request_sha256;
  std::uint64_t first_sequence;
  std::uint64_t last_sequence;
};

// Consecutive events on their way into the projections. How a ledger is cut
// into batches must make no difference to the rows in the end: live it is cut by load, in a replay
// by a fixed number.
struct EventBatch {
  std::uint64_t first_sequence;
  std::span<const events::Event> events;
  const domain::Rows* rows =
      nullptr;  // of the domain, after the batch, where they are known already

  std::uint64_t end() const { return first_sequence + events.size(); }
};

// What the sequencer needs of the projections. Implemented by projections::Projections and by the
// in-memory one of the tests.
class ProjectionSet {
 public:
  virtual ~ProjectionSet() = default;
  // The state that Decide reads, as of the last Show. Thread-safe.
  virtual const domain::StateReader& state() const = 0;
  // The next events, which may not be durable yet: works out what they change and lets nobody see
  // it. Either Show follows, until when the batch must be there, or nothing ever does. One thread
  // for both; they never fail (they stop the process).
  virtual void Prepare(const EventBatch& batch) = 0;
  // Makes what was prepared visible to every reader. Its events are durable.
  virtual void Show() = 0;
  void Apply(const EventBatch& batch) {
    Prepare(batch);
    Show();
  }
  // A request finished at `since` or later. Thread-safe.
  virtual std::optional<FinishedRequest> Finished(std::string_view key_sha256,
                                                  Time since) const = 0;
  // Calls `visit` with each deadline of `kind` in [from, until) in time order until it says false.
  // Thread-safe.
  virtual void ScanDeadlines(domain::DeadlineKind kind, Time from, Time until,
                             const std::function<bool(const domain::Deadline&)>& visit) const = 0;
  // Calls `visit` with each operator token, revoked ones too. Thread-safe.
  virtual void ScanTokens(const std::function<void(const domain::TokenRow&)>& visit) const = 0;
};

// How the wall clock was when it was taken as right, and what became of it.
struct AcceptedTime {
  Time now;
  Micros moved;                    // from what was expected: ahead of it, or behind (negative)
  std::optional<Error> problem{};  // why writes are refused all the same
};

class Sequencer {
 public:
  struct Options {
    domain::Settings settings;
    std::function<std::uint64_t()> free_bytes;  // of the ledger's file system; empty: not watched
    bool accept_time = false;  // take the clock as it is, even behind the last event
    std::function<void()>
        on_stopped;  // once, from a thread of the sequencer, when writing ends for good
    // How often timers, clock and free space are looked at, busy or idle.
    std::chrono::milliseconds tick{100};
  };
  struct Metrics {  // read by anyone, at any time
    std::atomic<std::uint64_t> commands{0}, events{0}, batches{0}, refused_full{0}, queue{0};
    std::atomic<std::uint64_t> ticks{0};  // looks at clock, space and timers
    std::atomic<std::uint64_t> append_micros{0}, decide_micros{0}, apply_micros{0};
    std::atomic<bool> read_only{false};
  };
  using Callback = std::function<void(Outcome)>;

  // All references outlive the sequencer. Starts its thread; `projections` stand at log.size().
  Sequencer(log::Log& log, ProjectionSet& projections, Subjects& subjects,
            const domain::KeyMint& mint, const Clock& clock, Random& random, Options options);
  // Finishes what is queued, then ends the threads.
  ~Sequencer();

  // Queues a request; `done` is called once, from a thread of the sequencer, and must not block.
  // Returns kOverloaded (queue full), kReadOnly, kOutcomeUnknown (writer stopped), or
  // kRequestInProgress (a request with the same Idempotency-Key still runs) at once, and then never
  // calls it. Thread-safe.
  Status Submit(domain::Request request, Callback done);

  // The time by which keys, tokens and certificates expire, wherever that is judged: the wall clock
  // or, when that is later, the latest time that the ledger has shown (see ClockGuard).
  // Thread-safe.
  Time LedgerTime() const;
  // Takes the wall clock as right from now on: it was set right by hand, or stood while the machine
  // was suspended. Ready after the next look at the clock; broken when the sequencer ends before.
  // Thread-safe.
  std::future<AcceptedTime> AcceptTime();

  const Metrics& metrics() const;
  // Why writes are refused now, or nothing. Thread-safe.
  std::optional<Error> WriteProblem() const;
  std::uint64_t head() const;  // size of the log that projections have reached. Thread-safe.
  HeadWatch& head_watch();     // tells when head() has moved. Thread-safe.

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey
