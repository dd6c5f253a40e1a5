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
      thread_([this] { Run(); }) {}

Committer::~Committer() { thread_.join(); }

void Committer::Run() {
  std::optional<Error> stopped;
  std::optional<Batch> batch;
  while ((batch = parts_.next(batch ? *std::move(batch) : Batch()))) {
    const bool was_stopped = stopped.has_value();
    if (!batch->entries.empty()) {
      if (!stopped) stopped = Append(*batch);
      if (!stopped) Show(*batch);
    }
    parts_.answering(*batch, stopped);
    for (Batch::Reply& reply : batch->replies) {
      if (stopped) reply.outcome.answer = tl::unexpected(*stopped);
      if (reply.done) reply.done(std::move(reply.outcome));
    }
    if (stopped && !was_stopped) parts_.stopped();
  }
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
