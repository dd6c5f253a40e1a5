// The domain's timers: turns deadlines that have passed into commands, whose events then end what
// they end. The clock alone ends nothing (docs/design.md §2).
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

// When tokens expire, of those that have not yet. Kept in memory and read from the token rows at
// the start: rows of their own would be missing for the tokens of earlier releases. One thread.
class TokenExpiries {
 public:
  // Of the tokens that `projections` has.
  explicit TokenExpiries(const ProjectionSet& projections);

  // The next event of the ledger.
  void Note(const events::Event& event);

  // Visits the tokens whose time has passed at `ledger_time`, at most `limit`. They are visited
  // again until their event is noted.
  void Visit(Time ledger_time, std::size_t limit,
             const std::function<void(std::uint64_t token)>& visit) const;

 private:
  void Set(std::uint64_t token, std::int64_t expires_us);  // 0: it will not

  std::unordered_map<std::uint64_t, std::int64_t> of_token_;
  std::set<std::pair<std::int64_t, std::uint64_t>> in_order_;
};

// One thread.
class DeadlineSweeps {
 public:
  using Add = std::function<void(domain::Submission)>;

  // `projections` outlives it.
  DeadlineSweeps(const ProjectionSet& projections, Time writable_since);

  // Writes are possible again, after a time in which nothing could be confirmed. Both times may be
  // behind what has been swept: deadlines set from now on are found all the same.
  void Restart(Time writable_since, Time ledger_time);

  // The next event of the ledger.
  void Note(const events::Event& event) { token_expiries_.Note(event); }

  // Calls `add` with a command for each deadline that has passed, some hundred at a time. One that
  // still stands is found again later: a command for it may come twice. Confirm-bys pass by the
  // wall clock, expiries by the ledger's time.
  void Run(Time now, Time ledger_time, const domain::Settings& settings, const Add& add);

 private:
  // A range of deadlines of one kind, of which those before `from` are gone. It moves with the
  // sweep: a scan from the beginning of time would walk over the traces of all that ever ended.
  struct Sweep {
    domain::DeadlineKind kind;
    Time from;
  };
  void Scan(Sweep* sweep, Time last, const Add& add) const;

  const ProjectionSet& projections_;
  Time writable_since_;
  Sweep expiries_;
  Sweep old_confirmations_;  // due before `writable_since_`: they get a grace, and end together
  Sweep confirmations_;
  TokenExpiries token_expiries_;
};

}  // namespace latchkey
