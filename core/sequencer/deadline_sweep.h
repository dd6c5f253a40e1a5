// The domain's timers: turn deadlines that have passed into commands, whose events end keys, tokens
// and registrations. The clock alone ends nothing (docs/design.md §2).
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <unordered_map>
#include <utility>

#include "core/domain/commands.h"
#include "core/domain/decision.h"
#include "core/sequencer/projection_set.h"

namespace latchkey {

// The expiry times of tokens that have not expired. Kept in memory and read from the token rows at
// the start: separate rows would be missing for the tokens of earlier releases. One thread.
class TokenExpiries {
 public:
  // For the tokens in `projections`.
  explicit TokenExpiries(const ProjectionSet& projections);

  // The next event of the ledger.
  void Note(const events::Event& event);

  // Visits the tokens that have expired at `ledger_time`, at most `limit`. They are visited
  // again until their event is noted.
  void Visit(Time ledger_time, std::size_t limit,
             const std::function<void(std::uint64_t token)>& visit) const;

 private:
  void Set(std::uint64_t token, std::int64_t expires_us);  // 0: never

  std::unordered_map<std::uint64_t, std::int64_t> of_token_;
  std::set<std::pair<std::int64_t, std::uint64_t>> in_order_;
};

// One thread.
class DeadlineSweeps {
 public:
  using Add = std::function<void(domain::Submission)>;

  // `projections` outlives it.
  DeadlineSweeps(const ProjectionSet& projections, Time writable_since);

  // Writes are possible again, after a period in which nothing could be confirmed. Both times may
  // be before those already swept: deadlines set from now on are found all the same.
  void Restart(Time writable_since, Time ledger_time);

  // The next event of the ledger.
  void Note(const events::Event& event) { token_expiries_.Note(event); }

  // Calls `add` with a command for each deadline that has passed, some hundred at a time. A
  // deadline that is still there is found again later: a command for it may come twice. Confirm-bys
  // follow the wall clock, expiries the ledger's time.
  void Run(Time now, Time ledger_time, const domain::Settings& settings, const Add& add);

 private:
  // A range of deadlines of one kind; those before `from` are gone. It moves with the sweep: a scan
  // from the beginning would read the tombstones of all that ever ended.
  struct Sweep {
    domain::DeadlineKind kind;
    Time from;
  };
  void Scan(Sweep* sweep, Time last, const Add& add) const;

  const ProjectionSet& projections_;
  Time writable_since_;
  Sweep expiries_;
  Sweep message_expiries_;
  Sweep old_confirmations_;  // due before `writable_since_`: they get a grace, and end together
  Sweep confirmations_;
  TokenExpiries token_expiries_;
};

}  // namespace latchkey
