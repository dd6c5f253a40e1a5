// How many gateways of each account are green, red and gray, and how many of them somebody should
// look at. Part of that changes as time passes, so the rows are counted in passes over all
// gateways. A pass is made when somebody asks and the last one has grown old, by all who ask
// together, a bounded part at a time: many who ask cost no more than one. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "core/base/time.h"
#include "core/domain/state.h"
#include "projections/projections.h"

namespace latchkey::projections {

struct AccountCount {
  std::uint64_t green = 0, red = 0, gray = 0;
  std::uint64_t attention = 0;      // domain::NeedsAttention
  std::uint64_t last_sequence = 0;  // of the last event that changed a gateway, removed ones too
};

class AccountCounts {
 public:
  // Goes on with the pass under way, or begins one when the counts are older than `age` at `now` (a
  // steady clock). Looks at no more than `most` gateways. True once the counts are young enough.
  bool CountOn(const Projections& projections, Time ledger_time, Micros now, Micros age,
               std::size_t most);

  // As of the last full pass; null when the account had no gateway then.
  std::optional<AccountCount> Get(std::string_view account) const;

 private:
  using Counts = std::map<std::string, AccountCount, std::less<>>;
  struct Pass {
    Micros began{0};
    std::uint64_t next = 1;  // gateway
    Counts counts;
  };

  // Whether that ended it.
  static bool GoOn(const Projections& projections, Time ledger_time, std::size_t most, Pass* pass);

  mutable std::mutex mutex_;
  std::optional<Pass> pass_;  // the one under way
  std::optional<Micros> counted_at_;
  Counts counts_;
};

}  // namespace latchkey::projections
