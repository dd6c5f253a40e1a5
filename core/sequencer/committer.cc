#include "core/sequencer/committer.h"

#include <chrono>
#include <utility>

namespace latchkey {
namespace {

using std::chrono::steady_clock;

}  // namespace

Committer::Committer(log::Log& log, ProjectionSet& projections, SequencerMetrics& metrics,
                     Callbacks callbacks)
    : log_(log),
      projections_(projections),
      metrics_(metrics),
      callbacks_(std::move(callbacks)),
      head_(log.size()),
      appending_([this] { AppendAll(); }),
      showing_([this] { ShowAll(); }) {}

Committer::~Committer() {
  appending_.join();
  showing_.join();
}

void Committer::AppendAll() {
  std::optional<Error> stopped;
  while (std::optional<Batch> batch = callbacks_.next()) {
    const std::shared_ptr<Shared> shared = HandOver(*std::move(batch));
    if (!stopped && !shared->batch.entries.empty()) stopped = Append(shared->batch);
    Settle(shared.get(), stopped);
  }
  {
    const std::lock_guard lock(mutex_);
    appended_all_ = true;
  }
  changed_.notify_all();
}

std::optional<Error> Committer::Append(const Batch& batch) {
  const auto start = steady_clock::now();
  switch (log_.Append(batch.first_sequence, batch.entries)) {
    case log::AppendOutcome::kDurable:
      metrics_.append_micros += MicrosSince(start);
      return std::nullopt;
    case log::AppendOutcome::kRefused:
      return Error{ErrorCode::kReadOnly, "Another writer has taken over this ledger.", {}};
    case log::AppendOutcome::kUnknown:
      break;
  }
  return Error{
      ErrorCode::kOutcomeUnknown,
      "The disk failed during this write, so it may or may not have happened. Check before you "
      "repeat it; with the same Idempotency-Key or registration key it is safe to repeat.",
      {}};
}

std::shared_ptr<Committer::Shared> Committer::HandOver(Batch batch) {
  auto shared = std::make_shared<Shared>();
  shared->batch = std::move(batch);
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ahead_.size() < kMaxAhead; });
    ahead_.push_back(shared);
  }
  changed_.notify_all();
  return shared;
}

void Committer::Settle(Shared* shared, std::optional<Error> stopped) {
  {
    const std::lock_guard lock(mutex_);
    shared->stopped = std::move(stopped);
    shared->settled = true;
  }
  changed_.notify_all();
}

std::shared_ptr<Committer::Shared> Committer::TakeOver() {
  std::shared_ptr<Shared> shared;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !ahead_.empty() || appended_all_; });
    if (ahead_.empty()) return nullptr;
    shared = std::move(ahead_.front());
    ahead_.pop_front();
  }
  changed_.notify_all();
  return shared;
}

void Committer::AwaitSettled(const Shared& shared) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return shared.settled; });
}

void Committer::ShowAll() {
  bool was_stopped = false;
  while (const std::shared_ptr<Shared> shared = TakeOver()) {
    const Batch& batch = shared->batch;
    if (!was_stopped && !batch.entries.empty()) Prepare(batch);
    AwaitSettled(*shared);
    if (!shared->stopped && !batch.entries.empty()) Show(batch);
    Answer(shared.get());
    if (shared->stopped && !std::exchange(was_stopped, true)) callbacks_.stopped();
    callbacks_.spent(std::move(shared->batch));
  }
}

void Committer::Answer(Shared* shared) {
  callbacks_.answering(shared->batch, shared->stopped);
  for (Batch::Reply& reply : shared->batch.replies) {
    if (shared->stopped) reply.outcome.answer = *shared->stopped;
    if (reply.done) reply.done(std::move(reply.outcome));
  }
}

void Committer::Prepare(const Batch& batch) {
  const auto start = steady_clock::now();
  projections_.Prepare({batch.first_sequence, batch.events, batch.rows.get()});
  metrics_.apply_micros += MicrosSince(start);
}

void Committer::Show(const Batch& batch) {
  const auto start = steady_clock::now();
  projections_.Show();
  head_.store(batch.end(), std::memory_order_release);
  head_watch_.Notify(batch.events, batch.end());
  metrics_.apply_micros += MicrosSince(start);
  metrics_.events += batch.entries.size();
  ++metrics_.batches;
}

}  // namespace latchkey
