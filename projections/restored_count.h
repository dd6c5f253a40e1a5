// How many gateways of each account were registered before the last restore and are not accepted
// since. What a restore has made of a row follows from its place (domain::VoidBelowEpoch), so no
// event changes a count: the rows are counted, a bounded part at a time. Within an epoch the number
// only falls, so a ledger that has none left is never counted again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "projections/projections.h"

namespace latchkey::projections {

class RestoredCount {
 public:
  using Counts = std::map<std::string, std::uint64_t, std::less<>>;

  // Goes on counting where the last call stopped, and looks at no more than `most` rows. At the end
  // the counts are replaced; the next pass begins once the ledger has grown. One thread.
  void CountOn(const Projections& projections, std::size_t most);

  // As of the last full pass. Accounts without such gateways are left out. Thread-safe.
  Counts ByAccount() const;
  std::uint64_t All() const;

 private:
  // False when `left` ran out.
  bool CountAccount(const Projections& projections, const std::string& account, std::size_t* left);
  void EndPass();

  // The pass under way.
  std::string account_;         // the one being counted; empty: a pass begins
  std::uint64_t gateway_ = 0;   // the next one in it
  std::uint64_t began_at_ = 0;  // events when the pass began
  Counts counting_;

  std::uint64_t counted_at_ = 0;  // events when the last full pass began
  bool none_left_ = false;
  mutable std::mutex mutex_;  // of what follows
  Counts counts_;
};

}  // namespace latchkey::projections
