#include "core/sequencer/sequencer.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <utility>

#include "core/base/limits.h"
#include "core/sequencer/clock_guard.h"
#include "core/sequencer/refusal_counts.h"
#include "core/sequencer/stamp.h"
#include "events/codec.h"

namespace latchkey {
namespace {

using std::chrono::steady_clock;

// How often timers, clock and free space are looked at, busy or idle.
constexpr std::chrono::milliseconds kTick{100};
constexpr std::size_t kMaxTimersPerTick = 256;

struct Pending {
  domain::Request request;
  Sequencer::Callback done;  // empty for the timers' own commands
};

std::uint64_t MicrosSince(steady_clock::time_point start) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<Micros>(steady_clock::now() - start).count());
}

Time LastEventTime(const log::Log& log) {
  const std::uint64_t size = log.size();
  if (size == 0) return Time();
  const Result<std::string> entry = log.Read(size - 1);
  events::Event event;
  std::string why;
  // The projections have read this entry before, so it is there and can be read.
  if (!entry || !events::Decode(*entry, &event, &why)) std::abort();
  return FromMicros(event.time_us());
}

}  // namespace

struct Sequencer::Impl {
  Impl(log::Log& log, ProjectionSet& projections, Subjects& subjects, const domain::KeyMint& mint,
       const Clock& clock, Random& random, Options options)
      : log_(log),
        projections_(projections),
        subjects_(subjects),
        mint_(mint),
        clock_(clock),
        random_(random),
        options_(std::move(options)),
        last_time_(LastEventTime(log)),
        clock_guard_(clock, last_time_, options_.accept_time),
        started_at_(clock.Now()),
        overlay_(projections.state()),
        size_(log.size()) {
    head_ = size_;
    CheckHealth();
    thread_ = std::thread([this] { Run(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  Status Submit(domain::Request request, Callback done);

  // The thread.
  void Run();
  std::vector<Pending> Take();
  void Tick(std::vector<Pending>* batch);
  void CheckHealth();
  void AddDueTimers(std::vector<Pending>* batch);

  // One batch.
  struct Batch {
    std::vector<std::string> entries;
    std::vector<Outcome> outcomes;
    DurableBatch durable;
    std::size_t bytes = 0;
  };
  void RunBatch(std::vector<Pending> pending);
  Outcome DecideOne(const domain::Request& request, Batch* batch);
  std::optional<Outcome> FindFinished(const domain::Request& request);
  Status StampAll(domain::Decision decision, const domain::Request& request, Time now,
                  Batch* batch);
  bool Commit(Batch* batch);
  void Answer(std::vector<Pending>* pending, std::vector<Outcome> outcomes);
  void StopWriting(Error error);
  void SetProblem(std::optional<Error> problem);

  log::Log& log_;
  ProjectionSet& projections_;
  Subjects& subjects_;
  const domain::KeyMint& mint_;
  const Clock& clock_;
  Random& random_;
  const Options options_;

  // Of the thread alone.
  Time last_time_;
  ClockGuard clock_guard_;
  const Time started_at_;
  domain::Overlay overlay_;
  std::uint64_t size_;
  RefusalCounts refusals_;
  steady_clock::time_point next_tick_{};
  bool stopped_ = false;  // for good
  bool reported_stopped_ = false;

  // Shared.
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Pending> queue_;
  std::unordered_set<std::string> running_;  // digests of Idempotency-Keys
  std::optional<Error> problem_;
  bool ending_ = false;
  std::atomic<std::uint64_t> head_{0};
  HeadWatch head_watch_;
  Metrics metrics_;
  std::thread thread_;
};

Status Sequencer::Impl::Submit(domain::Request request, Callback done) {
  {
    const std::lock_guard lock(mutex_);
    if (problem_) return tl::unexpected(*problem_);
    if (queue_.size() >= limits::kMaxQueuedCommands) {
      ++metrics_.refused_full;
      return Refuse(ErrorCode::kOverloaded,
                    "Too many requests are waiting. Send it again shortly.");
    }
    if (request.idempotency && !running_.insert(request.idempotency->key_sha256).second) {
      return Refuse(ErrorCode::kRequestInProgress,
                    "A request with this Idempotency-Key is still running. Send it again shortly.");
    }
    queue_.push_back({std::move(request), std::move(done)});
    metrics_.queue = queue_.size();
  }
  wake_.notify_one();
  return {};
}

void Sequencer::Impl::Run() {
  while (true) {
    std::vector<Pending> batch = Take();
    if (batch.empty()) {
      const std::lock_guard lock(mutex_);
      if (ending_ && queue_.empty()) return;
    }
    if (steady_clock::now() >= next_tick_) Tick(&batch);
    if (!batch.empty()) RunBatch(std::move(batch));
  }
}

std::vector<Pending> Sequencer::Impl::Take() {
  std::unique_lock lock(mutex_);
  wake_.wait_until(lock, next_tick_, [this] { return !queue_.empty() || ending_; });
  const std::size_t count = std::min(queue_.size(), limits::kMaxBatchCommands);
  std::vector<Pending> batch(std::make_move_iterator(queue_.begin()),
                             std::make_move_iterator(queue_.begin() + static_cast<long>(count)));
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<long>(count));
  metrics_.queue = queue_.size();
  return batch;
}

void Sequencer::Impl::Tick(std::vector<Pending>* batch) {
  next_tick_ = steady_clock::now() + kTick;
  CheckHealth();
  if (!metrics_.read_only) AddDueTimers(batch);
  ++metrics_.ticks;
}

void Sequencer::Impl::CheckHealth() {
  if (stopped_) return;
  if (const auto clock_problem = clock_guard_.Check()) {
    return SetProblem(Error{ErrorCode::kReadOnly, *clock_problem});
  }
  if (options_.free_bytes && options_.free_bytes() < limits::kFreeSpaceReserveBytes) {
    return SetProblem(Error{ErrorCode::kReadOnly,
                            "The ledger's disk is nearly full. Free some space; writing resumes by "
                            "itself."});
  }
  SetProblem(std::nullopt);
}

void Sequencer::Impl::SetProblem(std::optional<Error> problem) {
  const std::lock_guard lock(mutex_);
  problem_ = std::move(problem);
  metrics_.read_only = problem_.has_value();
}

void Sequencer::Impl::AddDueTimers(std::vector<Pending>* batch) {
  const Time now = clock_.Now();
  const std::size_t most = batch->size() + kMaxTimersPerTick;
  const auto add = [&](const domain::Deadline& deadline) {
    domain::Request request;
    if (deadline.kind == domain::DeadlineKind::kConfirmBy) {
      request.command = domain::AbandonRegistration{deadline.gateway, deadline.generation};
    } else {
      request.command = domain::ExpireKey{deadline.gateway, deadline.generation};
    }
    batch->push_back({std::move(request), {}});
    return batch->size() < most;
  };
  const auto scan = [&](domain::DeadlineKind kind, Time from, Time last) {
    if (from <= last) projections_.ScanDeadlines(kind, from, last + Micros(1), add);
  };
  // Confirm-by deadlines from before this start fall due together, when their grace is over.
  if (now >= domain::AbandonAt(started_at_, started_at_, options_.settings)) {
    scan(domain::DeadlineKind::kConfirmBy, Time(), started_at_);
  }
  scan(domain::DeadlineKind::kConfirmBy, started_at_ + Micros(1), now);
  scan(domain::DeadlineKind::kKeyExpiry, Time(), now);
}

void Sequencer::Impl::RunBatch(std::vector<Pending> pending) {
  const auto start = steady_clock::now();
  Batch batch;
  batch.durable.first_sequence = size_;
  std::optional<Error> problem;
  {
    const std::lock_guard lock(mutex_);
    problem = problem_;
  }
  for (const Pending& one : pending) {
    if (problem) {
      batch.outcomes.push_back({tl::unexpected(*problem), size_ == 0 ? 0 : size_ - 1});
    } else {
      batch.outcomes.push_back(DecideOne(one.request, &batch));
    }
  }
  metrics_.commands += pending.size();
  metrics_.decide_micros += MicrosSince(start);
  if (!batch.entries.empty() && !Commit(&batch)) {
    for (Outcome& outcome : batch.outcomes) outcome.answer = tl::unexpected(*problem_);
  }
  overlay_.Clear();
  const bool was_stopped = std::exchange(reported_stopped_, stopped_);
  Answer(&pending, std::move(batch.outcomes));
  if (stopped_ && !was_stopped && options_.on_stopped) options_.on_stopped();
}

Outcome Sequencer::Impl::DecideOne(const domain::Request& request, Batch* batch) {
  if (request.idempotency) {
    if (std::optional<Outcome> finished = FindFinished(request)) return *std::move(finished);
  }
  const Time now = clock_.Now();
  const domain::Context context{now,   started_at_, options_.settings,
                                mint_, random_,     refusals_.Get(request)};
  domain::Decision decision = domain::Decide(overlay_, request, context);
  Outcome outcome{std::move(decision.answer)};
  const std::uint64_t first = size_ + batch->entries.size();
  const std::uint64_t refusals = decision.refusals;
  if (!decision.events.empty()) {
    if (Status stamped = StampAll(std::move(decision), request, now, batch); !stamped) {
      outcome.answer = tl::unexpected(std::move(stamped).error());
    } else {
      outcome.first_event = first;
      if (refusals != 0) refusals_.Set(request, refusals);
    }
  } else if (refusals != 0) {
    refusals_.Set(request, refusals);
  }
  const std::uint64_t size = size_ + batch->entries.size();
  outcome.sequence = size == 0 ? 0 : size - 1;
  return outcome;
}

std::optional<Outcome> Sequencer::Impl::FindFinished(const domain::Request& request) {
  const auto finished = projections_.Finished(request.idempotency->key_sha256,
                                              clock_.Now() - limits::kFinishedRequestsKept);
  if (!finished) return std::nullopt;
  if (finished->request_sha256 != request.idempotency->request_sha256) {
    return Outcome{Refuse(ErrorCode::kIdempotencyKeyReused,
                          "This Idempotency-Key belongs to another request. Use a new one."),
                   finished->last_sequence};
  }
  std::vector<events::Event> made;
  const Status read = log_.Scan(finished->first_sequence, finished->last_sequence + 1,
                                [&](std::uint64_t, std::string_view bytes) {
                                  std::string why;
                                  return events::Decode(bytes, &made.emplace_back(), &why);
                                });
  if (!read) return Outcome{tl::unexpected(read.error()), finished->last_sequence};
  return Outcome{AnswerFrom(made), finished->last_sequence, finished->first_sequence, true};
}

// All events of a command or none of them.
Status Sequencer::Impl::StampAll(domain::Decision decision, const domain::Request& request,
                                 Time now, Batch* batch) {
  const Time time = std::max(now, last_time_);
  std::vector<events::Event> made;
  for (domain::Draft& draft : decision.events) {
    Result<events::Event> event =
        Stamp(std::move(draft), size_ + batch->entries.size() + made.size(), time, request,
              subjects_, random_);
    if (!event) {
      return Refuse(ErrorCode::kReadOnly,
                    "Personal data cannot be sealed now because the disk refuses writes.");
    }
    made.push_back(*std::move(event));
  }
  last_time_ = time;
  std::size_t bytes = 0;
  for (events::Event& event : made) {
    overlay_.Add(domain::Apply(overlay_, event));
    bytes += batch->entries.emplace_back(events::Encode(event)).size();
    batch->durable.events.push_back(std::move(event));
  }
  if (bytes > events::kMaxCommandBytes) std::abort();  // the bounds on every field forbid it
  return {};
}

bool Sequencer::Impl::Commit(Batch* batch) {
  const auto appending = steady_clock::now();
  switch (log_.Append(size_, batch->entries)) {
    case log::AppendOutcome::kDurable:
      break;
    case log::AppendOutcome::kRefused:
      StopWriting({ErrorCode::kReadOnly, "Another writer has taken over this ledger."});
      return false;
    case log::AppendOutcome::kUnknown:
      StopWriting({ErrorCode::kOutcomeUnknown,
                   "The disk failed while this was written, so it may or may not have happened. "
                   "Look before you repeat it; with the same Idempotency-Key or registration key "
                   "it is safe to repeat."});
      return false;
  }
  const auto applying = steady_clock::now();
  metrics_.append_micros += MicrosSince(appending);
  size_ += batch->entries.size();
  batch->durable.rows = overlay_.TakeRows();
  projections_.Apply(batch->durable);
  head_.store(size_, std::memory_order_release);
  head_watch_.Notify();
  metrics_.apply_micros += MicrosSince(applying);
  metrics_.events += batch->entries.size();
  ++metrics_.batches;
  return true;
}

void Sequencer::Impl::StopWriting(Error error) {
  SetProblem(std::move(error));
  stopped_ = true;
}

void Sequencer::Impl::Answer(std::vector<Pending>* pending, std::vector<Outcome> outcomes) {
  {
    const std::lock_guard lock(mutex_);
    for (const Pending& one : *pending) {
      if (one.request.idempotency) running_.erase(one.request.idempotency->key_sha256);
    }
  }
  for (std::size_t i = 0; i < pending->size(); ++i) {
    if ((*pending)[i].done) (*pending)[i].done(std::move(outcomes[i]));
  }
}

Sequencer::Sequencer(log::Log& log, ProjectionSet& projections, Subjects& subjects,
                     const domain::KeyMint& mint, const Clock& clock, Random& random,
                     Options options)
    : impl_(std::make_unique<Impl>(log, projections, subjects, mint, clock, random,
                                   std::move(options))) {}

Sequencer::~Sequencer() = default;

Status Sequencer::Submit(domain::Request request, Callback done) {
  return impl_->Submit(std::move(request), std::move(done));
}

const Sequencer::Metrics& Sequencer::metrics() const { return impl_->metrics_; }

std::optional<Error> Sequencer::WriteProblem() const {
  const std::lock_guard lock(impl_->mutex_);
  return impl_->problem_;
}

std::uint64_t Sequencer::head() const { return impl_->head_.load(std::memory_order_acquire); }
HeadWatch& Sequencer::head_watch() { return impl_->head_watch_; }

}  // namespace latchkey
