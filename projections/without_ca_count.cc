#include "projections/without_ca_count.h"

#include "core/domain/state.h"

namespace latchkey::projections {

bool WithoutCaCount::Lacks(const Projections& projections, const Presence& presence,
                           std::uint64_t gateway) const {
  const auto row = domain::ReadGateway(projections.state(), gateway);
  if (!row || row->removed() || !row->has_current()) return false;
  if (FromMicros(row->current().since_us()) >= since_) return false;
  const auto seen = presence.Get(gateway);
  return !seen || seen->at < since_;
}

void WithoutCaCount::CountOn(const Projections& projections, const Presence& presence,
                             std::size_t most) {
  if (none_left_) return;
  const std::uint64_t last = domain::ReadCounters(projections.state()).gateways();
  for (; most > 0 && next_ <= last; --most, ++next_) {
    if (Lacks(projections, presence, next_)) ++counting_;
  }
  if (next_ <= last) return;
  none_left_ = counting_ == 0;
  count_ = counting_;
  counting_ = 0;
  next_ = 1;
}

}  // namespace latchkey::projections
