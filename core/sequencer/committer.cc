#include "core/sequencer/committer.h"

#include <chrono>
#include <utility>

namespace latchkey {
namespace {

using std::chrono::steady_clock;

std::uint64_t MicrosSince(steady_clock::time_point start) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<Micros>(steady_clock::now() - start).count());
}

}  // namespace

Committer::Committer(log::Log& log, ProjectionSet& projections, Sequencer::Metrics& metrics,
                     Parts parts)
    : log_(log),
      projections_(projections),
      metrics_(metrics),
      parts_(std::move(parts)),
      head_(log.size()),
      appending_([this] { AppendAll(); }),
      showing_([this] { ShowAll(); }) {}

Committer::~Committer() {
  appending_.join();
  showing_.join();
}

void Committer::AppendAll() {
  std::optional<Error> stopped;
  while (std::optional<Batch> batch = parts_.next()) {
    if (!stopped && !batch->entries.empty()) stopped = Append(*batch);
    HandOver({*std::move(batch), stopped});
  }
  {
    const std::lock_guard lock(mutex_);
    appended_all_ = true;
  }
  changed_.notify_one();
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
  return Error{ErrorCode::kOutcomeUnknown,
               "The disk failed while this was written, so it may or may not have happened. Look "
               "before you repeat it; with the same Idempotency-Key or registration key it is safe "
               "to repeat.",
               {}};
}

void Committer::HandOver(Appended appended) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !appended_; });
    appended_ = std::move(appended);
  }
  changed_.notify_one();
}

std::optional<Committer::Appended> Committer::TakeOver() {
  std::optional<Appended> appended;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return appended_ || appended_all_; });
    appended = std::exchange(appended_, std::nullopt);
  }
  changed_.notify_one();
  return appended;
}

void Committer::ShowAll() {
  bool was_stopped = false;
  while (std::optional<Appended> appended = TakeOver()) {
    if (!appended->stopped && !appended->batch.entries.empty()) Show(appended->batch);
    Answer(&*appended);
    if (appended->stopped && !std::exchange(was_stopped, true)) parts_.stopped();
    parts_.spent(std::move(appended->batch));
  }
}

void Committer::Answer(Appended* appended) {
  parts_.answering(appended->batch, appended->stopped);
  for (Batch::Reply& reply : appended->batch.replies) {
    if (appended->stopped) reply.outcome.answer = tl::unexpected(*appended->stopped);
    if (reply.done) reply.done(std::move(reply.outcome));
  }
}

void Committer::Show(const Batch& batch) {
  const auto start = steady_clock::now();
  projections_.Apply({batch.first_sequence, batch.events, batch.rows.get()});
  head_.store(batch.end(), std::memory_order_release);
  head_watch_.Notify();
  metrics_.apply_micros += MicrosSince(start);
  metrics_.events += batch.entries.size();
  ++metrics_.batches;
}

}  // namespace latchkey
