#include "core/sequencer/sequencer.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <utility>

#include "core/base/check.h"
#include "core/base/limits.h"
#include "core/domain/apply.h"
#include "core/domain/decide.h"
#include "core/domain/decision.h"
#include "core/domain/key_mint.h"
#include "core/sequencer/clock_guard.h"
#include "core/sequencer/committer.h"
#include "core/sequencer/deadline_sweep.h"
#include "core/sequencer/in_flight.h"
#include "core/sequencer/refusal_counts.h"
#include "core/sequencer/stamp.h"
#include "events/codec.h"

namespace latchkey {
namespace {

using std::chrono::steady_clock;

// A batch with so many commands is closed, ready for the appender when it returns from the disk:
// enough that they share the cost of a sync, few enough that waiting callers fill another batch
// meanwhile. While one batch is ready the next one grows.
constexpr std::size_t kReadyCommands = 32;

struct Pending {
  domain::Submission submission;
  Sequencer::Callback done;  // empty for the timers' own commands
};

Time LastEventTime(const log::Log& log) {
  const std::uint64_t size = log.size();
  if (size == 0) return Time();
  const Result<events::Event> last = log.Read(size - 1).and_then(events::Decode);
  Check(last.has_value(),
        "the projections have read the ledger's last entry, but now it cannot be read. "
        "latchkey verify says what is wrong with it");
  return FromMicros(last->time_us());
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
        writable_since_(clock.Now()),
        sweeps_(projections, writable_since_),
        deciding_(in_flight_),
        in_flight_(projections.state()),
        committer_(log, projections, metrics_, CommitterCallbacks()) {
    open_.first_sequence = log.size();
    (void)CheckHealth();
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

  Status Submit(domain::Submission submission, Callback done);

  // The decider.
  void Run();
  std::vector<Pending> Take();
  void Tick(std::vector<Pending>* commands);
  Result<Time> CheckHealth();  // the time, or why writes are refused now
  void BeginWriting(Time now);
  void TakeAcceptances();
  void DecideAll(std::vector<Pending> commands);
  void Offer();
  void CloseOpen();
  Outcome DecideOne(const domain::Submission& submission, Time now);
  std::optional<Outcome> FindFinished(const domain::Submission& submission, Time now);
  Status StampAll(domain::Decision decision, const domain::Submission& submission, Time now);

  // The committer's threads.
  Committer::Callbacks CommitterCallbacks();
  std::optional<Batch> NextBatch();
  void Answering(const Batch& batch, const std::optional<Error>& stopped);
  void GiveBack(Batch spent);

  void SetProblem(std::optional<Error> problem);
  std::optional<Error> Problem() const;
  std::future<AcceptedTime> AcceptTime();
  std::uint64_t LastSequence() const { return open_.end() == 0 ? 0 : open_.end() - 1; }

  log::Log& log_;
  ProjectionSet& projections_;
  Subjects& subjects_;
  const domain::KeyMint& mint_;
  const Clock& clock_;
  Random& random_;
  const Options options_;

  // Used only by the decider.
  Time last_time_;
  ClockGuard clock_guard_;
  Time writable_since_;  // since the start, or the last problem
  RefusalCounts refusals_;
  DeadlineSweeps sweeps_;
  steady_clock::time_point next_tick_{};
  Batch open_;                // decided commands, not closed yet
  domain::Overlay deciding_;  // its rows, on top of those in flight
  InFlight in_flight_;

  mutable std::mutex mutex_;  // guards the following
  std::condition_variable wake_;
  std::condition_variable ready_changed_;
  std::deque<Pending> queue_;
  std::size_t waiting_ = 0;                  // in the queue, being decided, and in the open batch
  std::unordered_set<std::string> running_;  // digests of Idempotency-Keys
  std::optional<Batch> ready_;               // closed, for the appender
  bool awaited_ = false;                     // the appender waits for a batch
  std::vector<Batch> spent_;
  std::vector<std::promise<AcceptedTime>> acceptances_;  // requested and not yet handled
  bool decided_all_ = false;
  std::optional<Error> problem_;
  bool stopped_ = false;  // the problem is permanent
  bool ending_ = false;

  SequencerMetrics metrics_;
  std::thread thread_;
  Committer committer_;  // destroyed first: it uses the rest
};

Status Sequencer::Impl::Submit(domain::Submission submission, Callback done) {
  {
    const std::lock_guard lock(mutex_);
    if (problem_) return *problem_;
    if (waiting_ >= ledger_limits::kMaxQueuedCommands) {
      ++metrics_.refused_full;
      return Refuse(ErrorCode::kOverloaded,
                    "Too many requests are waiting. Send it again shortly.");
    }
    if (submission.idempotency && !running_.insert(submission.idempotency->key_sha256).second) {
      return Refuse(ErrorCode::kRequestInProgress,
                    "A request with this Idempotency-Key is still running. Send it again shortly.");
    }
    queue_.push_back({std::move(submission), std::move(done)});
    metrics_.queue = ++waiting_;
  }
  wake_.notify_one();
  return {};
}

void Sequencer::Impl::Run() {
  while (true) {
    std::vector<Pending> commands = Take();
    if (commands.empty()) {
      const std::lock_guard lock(mutex_);
      if (ending_ && queue_.empty()) break;
    }
    if (steady_clock::now() >= next_tick_) Tick(&commands);
    if (!commands.empty()) DecideAll(std::move(commands));
  }
  {
    std::unique_lock lock(mutex_);
    ready_changed_.wait(lock, [this] { return !ready_; });
    if (!open_.replies.empty()) CloseOpen();
    decided_all_ = true;
  }
  ready_changed_.notify_all();
}

std::vector<Pending> Sequencer::Impl::Take() {
  // Freeing a batch takes a good part of the time of making it, and is fastest in the thread that
  // made it: here, after the lock is released.
  std::vector<Batch> spent;
  std::unique_lock lock(mutex_);
  while (queue_.empty() && !ending_ && steady_clock::now() < next_tick_) {
    // Nothing left to decide while the appender waits: it gets the open batch.
    if (awaited_ && !ready_ && !open_.replies.empty()) CloseOpen();
    wake_.wait_until(lock, next_tick_);
  }
  const std::size_t count = std::min(queue_.size(), ledger_limits::kMaxBatchCommands);
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<Pending> commands(std::make_move_iterator(queue_.begin()),
                                std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
  spent.swap(spent_);
  return commands;
}

void Sequencer::Impl::Tick(std::vector<Pending>* commands) {
  next_tick_ = steady_clock::now() + options_.tick;
  TakeAcceptances();
  // By the time that was checked: another reading may come from a clock that has just stepped.
  const Result<Time> now = CheckHealth();
  if (now && !metrics_.read_only) {
    sweeps_.Run(*now, clock_guard_.LedgerTime(*now), options_.settings,
                [&](domain::Submission submission) {
                  commands->push_back({std::move(submission), {}});
                });
  }
  ++metrics_.ticks;
}

Result<Time> Sequencer::Impl::CheckHealth() {
  Result<Time> now = clock_guard_.Now();
  if (options_.read_only) {
    now =
        Refuse(ErrorCode::kReadOnly,
               "This server is read-only. It shows the ledger as it was; nothing can be changed.");
  }
  if (now && options_.free_bytes && options_.free_bytes() < ledger_limits::kFreeSpaceReserveBytes) {
    now = Refuse(ErrorCode::kReadOnly,
                 "The ledger's disk is nearly full. Free some space; writing resumes by itself.");
  }
  if (now && metrics_.read_only) BeginWriting(*now);
  SetProblem(now ? std::nullopt : std::optional<Error>(now.error()));
  return now;
}

void Sequencer::Impl::BeginWriting(Time now) {
  writable_since_ = now;
  sweeps_.Restart(now, clock_guard_.LedgerTime(now));
}

// Handles requests to accept the clock. Deadlines may have passed, or been swept, by a wrong time.
void Sequencer::Impl::TakeAcceptances() {
  std::vector<std::promise<AcceptedTime>> asked;
  {
    const std::lock_guard lock(mutex_);
    asked.swap(acceptances_);
  }
  if (asked.empty()) return;
  const ClockGuard::Accepted accepted = clock_guard_.Accept(last_time_);
  BeginWriting(accepted.now);
  (void)CheckHealth();
  for (auto& each : asked) each.set_value({accepted.now, accepted.moved, Problem()});
}

void Sequencer::Impl::SetProblem(std::optional<Error> problem) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  problem_ = std::move(problem);
  metrics_.read_only = problem_.has_value();
}

std::optional<Error> Sequencer::Impl::Problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

std::future<AcceptedTime> Sequencer::Impl::AcceptTime() {
  const std::lock_guard lock(mutex_);
  return acceptances_.emplace_back().get_future();
}

void Sequencer::Impl::DecideAll(std::vector<Pending> commands) {
  const auto start = steady_clock::now();
  in_flight_.DropShown(committer_.head());
  std::optional<Error> problem = Problem();
  for (Pending& one : commands) {
    Batch::Reply reply{std::move(one.done), "", {}};
    if (one.submission.idempotency) reply.request_key = one.submission.idempotency->key_sha256;
    const Result<Time> now = clock_guard_.Now();
    if (!now && !problem) SetProblem(problem = now.error());
    reply.outcome = problem ? Outcome{*problem, LastSequence()} : DecideOne(one.submission, *now);
    open_.replies.push_back(std::move(reply));
    if (open_.replies.size() >= kReadyCommands) Offer();
  }
  metrics_.commands += commands.size();
  metrics_.decide_micros += MicrosSince(start);
}

void Sequencer::Impl::Offer() {
  std::unique_lock lock(mutex_);
  if (open_.replies.size() >= ledger_limits::kMaxBatchCommands) {
    ready_changed_.wait(lock, [this] { return !ready_; });
  }
  if (!ready_) CloseOpen();
}

// With the mutex held, and nothing ready.
void Sequencer::Impl::CloseOpen() {
  Batch& batch = ready_.emplace(std::exchange(open_, {}));
  batch.rows = std::make_shared<const domain::Rows>(deciding_.TakeRows());
  in_flight_.Add(batch.end(), batch.rows);
  open_.first_sequence = batch.end();
  open_.replies.reserve(batch.replies.size());
  open_.entries.reserve(batch.entries.size());
  open_.events.reserve(batch.events.size());
  ready_changed_.notify_all();
}

Outcome Sequencer::Impl::DecideOne(const domain::Submission& submission, Time now) {
  if (submission.idempotency) {
    if (std::optional<Outcome> finished = FindFinished(submission, now))
      return *std::move(finished);
  }
  const domain::Context context{
      now,     clock_guard_.LedgerTime(now), writable_since_, options_.settings, mint_,
      random_, refusals_.Get(submission)};
  domain::Decision decision = domain::Decide(deciding_, submission, context);
  Outcome outcome{std::move(decision.answer)};
  const std::uint64_t first = open_.end();
  const std::uint64_t refusals = decision.refusals;
  bool stamped = true;
  if (!decision.events.empty()) {
    if (Status status = StampAll(std::move(decision), submission, now)) {
      outcome.first_event = first;
    } else {
      outcome.answer = status.error();
      stamped = false;
    }
  }
  if (refusals != 0 && stamped) refusals_.Set(submission, refusals);
  outcome.sequence = LastSequence();
  return outcome;
}

std::optional<Outcome> Sequencer::Impl::FindFinished(const domain::Submission& submission,
                                                     Time now) {
  const auto finished = projections_.Finished(submission.idempotency->key_sha256,
                                              now - ledger_limits::kFinishedRequestsKept);
  if (!finished) return std::nullopt;
  if (finished->request_sha256 != submission.idempotency->request_sha256) {
    return Outcome{Refuse(ErrorCode::kIdempotencyKeyReused,
                          "This Idempotency-Key belongs to another request. Use a new one."),
                   finished->last_sequence};
  }
  std::vector<events::Event> made;
  Status decoded;
  Status read = log_.Scan(finished->first_sequence, finished->last_sequence + 1,
                          [&](std::uint64_t, std::string_view bytes) {
                            decoded = events::DecodeInto(bytes, &made.emplace_back());
                            return decoded.has_value();
                          });
  if (read) read = std::move(decoded);
  if (!read) return Outcome{read.error(), finished->last_sequence};
  return Outcome{AnswerFrom(made), finished->last_sequence, finished->first_sequence, true};
}

// All events of a command or none of them.
Status Sequencer::Impl::StampAll(domain::Decision decision, const domain::Submission& submission,
                                 Time now) {
  const Time time = std::max(now, last_time_);
  std::vector<events::Event> made;
  for (domain::Draft& draft : decision.events) {
    Result<events::Event> event =
        Stamp(std::move(draft), open_.end() + made.size(), time, submission, subjects_, random_);
    if (!event) {
      return Refuse(ErrorCode::kReadOnly,
                    "Personal data cannot be sealed now because the disk refuses writes.");
    }
    made.push_back(*std::move(event));
  }
  last_time_ = time;
  std::size_t bytes = 0;
  for (events::Event& event : made) {
    deciding_.Add(domain::Apply(deciding_, event));
    sweeps_.Note(event);
    bytes += open_.entries.emplace_back(events::Encode(event)).size();
    open_.events.push_back(std::move(event));
  }
  Check(bytes <= ledger_limits::kMaxCommandBytes,
        "the bounds on every field bound a command's events");
  return {};
}

Committer::Callbacks Sequencer::Impl::CommitterCallbacks() {
  return {[this] { return NextBatch(); },
          [this](const Batch& batch, const std::optional<Error>& stopped) {
            Answering(batch, stopped);
          },
          [this] {
            if (options_.on_stopped) options_.on_stopped();
          },
          [this](Batch spent) { GiveBack(std::move(spent)); }};
}

// The commands decided while the previous batch was in flight.
std::optional<Batch> Sequencer::Impl::NextBatch() {
  std::unique_lock lock(mutex_);
  if (!ready_) {
    awaited_ = true;
    wake_.notify_one();
    ready_changed_.wait(lock, [this] { return ready_ || decided_all_; });
    awaited_ = false;
  }
  std::optional<Batch> batch = std::exchange(ready_, std::nullopt);
  if (!batch) return std::nullopt;
  const auto submitted = std::count_if(batch->replies.begin(), batch->replies.end(),
                                       [](const auto& reply) { return bool(reply.done); });
  metrics_.queue = waiting_ -= static_cast<std::size_t>(submitted);
  ready_changed_.notify_all();
  return batch;
}

// Before an answer arrives, its Idempotency-Key is free and, if writing has ended, new commands are
// refused.
void Sequencer::Impl::Answering(const Batch& batch, const std::optional<Error>& stopped) {
  const std::lock_guard lock(mutex_);
  for (const Batch::Reply& reply : batch.replies) {
    if (!reply.request_key.empty()) running_.erase(reply.request_key);
  }
  if (stopped && !stopped_) {
    // Commands from now on are certainly not written.
    problem_ =
        Error{ErrorCode::kReadOnly,
              stopped->code == ErrorCode::kOutcomeUnknown
                  ? "The disk has failed. Nothing can be written until the server is restarted."
                  : stopped->detail};
    metrics_.read_only = stopped_ = true;
  }
}

void Sequencer::Impl::GiveBack(Batch spent) {
  const std::lock_guard lock(mutex_);
  spent_.push_back(std::move(spent));
}

Sequencer::Sequencer(log::Log& log, ProjectionSet& projections, Subjects& subjects,
                     const domain::KeyMint& mint, const Clock& clock, Random& random,
                     Options options)
    : impl_(std::make_unique<Impl>(log, projections, subjects, mint, clock, random,
                                   std::move(options))) {}

Sequencer::~Sequencer() = default;

Status Sequencer::Submit(domain::Submission submission, Callback done) {
  return impl_->Submit(std::move(submission), std::move(done));
}

const SequencerMetrics& Sequencer::metrics() const { return impl_->metrics_; }

Time Sequencer::LedgerTime() const { return impl_->clock_guard_.LedgerTime(); }

std::future<AcceptedTime> Sequencer::AcceptTime() { return impl_->AcceptTime(); }

std::optional<Error> Sequencer::WriteProblem() const { return impl_->Problem(); }

std::uint64_t Sequencer::head() const { return impl_->committer_.head(); }
HeadWatch& Sequencer::head_watch() { return impl_->committer_.head_watch(); }

}  // namespace latchkey
