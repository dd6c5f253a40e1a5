// The projections as the sequencer sees them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "core/domain/state.h"
#include "events/event.pb.h"

namespace latchkey {

// A finished request of the last 24 hours: positions, never answers.
struct FinishedRequest {
  std::string request_sha256;
  std::uint64_t first_sequence;
  std::uint64_t last_sequence;
};

// Consecutive events for the projections. The way a ledger is cut into batches must not affect the
// final rows: live, load decides it, in a replay a fixed number.
struct EventBatch {
  std::uint64_t first_sequence;
  std::span<const events::Event> events;
  const domain::Rows* rows = nullptr;  // rows changed by the batch, if already known

  std::uint64_t end() const { return first_sequence + events.size(); }
};

// What the sequencer needs from the projections. Implemented by projections::Projections and by an
// in-memory one for tests.
class ProjectionSet {
 public:
  virtual ~ProjectionSet() = default;
  // The state that Decide reads, as of the last Show. Thread-safe.
  virtual const domain::StateReader& state() const = 0;
  // Computes the changes by the next events, which may not be durable yet, without making them
  // visible. Either Show follows, until which the batch must exist, or nothing is ever called
  // again. One thread for both; they never fail (they stop the process).
  virtual void Prepare(const EventBatch& batch) = 0;
  // Makes the prepared changes visible to every reader. Their events are durable.
  virtual void Show() = 0;
  void Apply(const EventBatch& batch) {
    Prepare(batch);
    Show();
  }
  // The request of this key that finished at `since` or later. Thread-safe.
  virtual std::optional<FinishedRequest> Finished(std::string_view key_sha256,
                                                  Time since) const = 0;
  // Calls `visit` with each deadline of `kind` in [from, until) in time order until it says false.
  // Thread-safe.
  virtual void ScanDeadlines(domain::DeadlineKind kind, Time from, Time until,
                             const std::function<bool(const domain::Deadline&)>& visit) const = 0;
  // Calls `visit` with each operator token, revoked ones too. Thread-safe.
  virtual void ScanTokens(const std::function<void(const domain::TokenRow&)>& visit) const = 0;
};

}  // namespace latchkey
