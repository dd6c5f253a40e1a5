// How many registered gateways somebody should look at. What makes them so is mostly that time
// passes, so no event changes a count: the rows are counted in passes over all gateways, a bounded
// part at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>

#include "core/base/time.h"
#include "projections/presence.h"
#include "projections/projections.h"

namespace latchkey::projections {

struct GatewayCount {
  std::uint64_t ending = 0;   // its certificate is overdue for renewal (domain::OverdueAfter)
  std::uint64_t expired = 0;  // its certificate has expired
  // It has not been told of the CA in force: registered before that came into force, and not
  // checked in since. Check-ins are soft state, so a gateway whose last ones were lost in a power
  // failure is counted until its next.
  std::uint64_t without_ca = 0;
};

class GatewayCounts {
 public:
  // `unknown_ca_since`: when a CA came into force that gateways must be told of; null: none did.
  explicit GatewayCounts(std::optional<Time> unknown_ca_since) : since_(unknown_ca_since) {}

  // Goes on counting where the last call stopped, and looks at no more than `most` gateways.
  // Returns whether this ended a pass: then the counts are replaced. `now` is ledger time. One
  // thread.
  bool CountOn(const Projections& projections, const Presence& presence, Time now,
               std::size_t most);

  // As of the last full pass. Thread-safe.
  GatewayCount Get() const;

 private:
  void Count(const domain::GatewayRow& row, const Presence& presence, Time now);

  const std::optional<Time> since_;
  std::uint64_t next_ = 1;  // gateway of the pass under way
  GatewayCount counting_;
  mutable std::mutex mutex_;
  GatewayCount counted_;
};

}  // namespace latchkey::projections
