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

// A finished request, as the projection of the last 24 hours remembers it: positions, never
// answers.
struct FinishedRequest {
  std::string request_sha256;
  std::uint64_t first_sequence;
  std::uint64_t last_sequence;
};

// Consecutive events on their way into the projections. How a ledger is cut into batches must make
// no difference to the rows in the end: live it is cut by load, in a replay by a fixed number.
struct EventBatch {
  std::uint64_t first_sequence;
  std::span<const events::Event> events;
  const domain::Rows* rows = nullptr;  // changed by the batch, where they are known already

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

}  // namespace latchkey
