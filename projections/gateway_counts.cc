#include "projections/gateway_counts.h"

#include <utility>

#include "core/domain/renewals.h"
#include "core/domain/state.h"

namespace latchkey::projections {

void GatewayCounts::Count(const domain::GatewayRow& row, const Presence& presence, Time now) {
  if (row.removed() || !row.has_current()) return;
  const domain::Registration& current = row.current();
  if (now >= FromMicros(current.not_after_us())) {
    ++counting_.expired;
  } else if (now >= domain::OverdueAfter(current)) {
    ++counting_.ending;
  }
  if (!since_ || FromMicros(current.since_us()) >= *since_) return;
  const auto seen = presence.Get(row.number());
  if (!seen || seen->at < *since_) ++counting_.without_ca;
}

bool GatewayCounts::CountOn(const Projections& projections, const Presence& presence, Time now,
                            std::size_t most) {
  domain::KeyRange left = domain::Gateways();
  left.from = domain::GatewayKey(next_);
  bool ended = true;
  // A scan leaves the rows that are read by key in their cache.
  projections.Scan(left, [&](std::string_view key, std::string_view value) {
    ended = most > 0;
    if (!ended) return false;
    --most;
    next_ = domain::TrailingNumber(key) + 1;
    Count(domain::ParseRow<domain::GatewayRow>(value), presence, now);
    return true;
  });
  if (!ended) return false;
  next_ = 1;
  const std::lock_guard lock(mutex_);
  counted_ = std::exchange(counting_, {});
  return true;
}

GatewayCount GatewayCounts::Get() const {
  const std::lock_guard lock(mutex_);
  return counted_;
}

}  // namespace latchkey::projections
