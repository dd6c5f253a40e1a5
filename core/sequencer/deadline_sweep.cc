#include "core/sequencer/deadline_sweep.h"

#include "core/base/limits.h"
#include "core/domain/decide.h"

namespace latchkey {
namespace {

constexpr std::size_t kMaxPerScan = 256;

domain::Request CommandFor(const domain::Deadline& deadline) {
  if (deadline.kind == domain::DeadlineKind::kConfirmBy) {
    return {domain::AbandonRegistration{deadline.gateway, deadline.generation}};
  }
  return {domain::ExpireKey{deadline.gateway, deadline.generation}};
}

}  // namespace

DeadlineSweeps::DeadlineSweeps(const ProjectionSet& projections, Time writable_since)
    : projections_(projections), expiries_{domain::DeadlineKind::kKeyExpiry, Time()} {
  Restart(writable_since);
}

void DeadlineSweeps::Restart(Time writable_since) {
  writable_since_ = writable_since;
  old_confirmations_ = {domain::DeadlineKind::kConfirmBy, Time()};
  confirmations_ = {domain::DeadlineKind::kConfirmBy, writable_since + Micros(1)};
}

void DeadlineSweeps::Run(Time now, const domain::Settings& settings, const Add& add) {
  if (now >= domain::AbandonAt(writable_since_, writable_since_, settings)) {
    Scan(&old_confirmations_, writable_since_, add);
  }
  Scan(&confirmations_, now, add);
  Scan(&expiries_, now, add);
}

void DeadlineSweeps::Scan(Sweep* sweep, Time last, const Add& add) const {
  if (sweep->from > last) return;
  std::size_t found = 0;
  Time first = last;
  projections_.ScanDeadlines(sweep->kind, sweep->from, last + Micros(1),
                             [&](const domain::Deadline& deadline) {
                               if (found++ == 0) first = deadline.at;
                               add(CommandFor(deadline));
                               return found < kMaxPerScan;
                             });
  // A clock that is put back within bounds can still set a deadline before the last one.
  sweep->from = std::max(sweep->from, first - limits::kMaxClockStep);
}

}  // namespace latchkey
