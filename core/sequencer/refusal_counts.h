// How often each key was refused to callers who proved its secret: soft state between the recorded
// counts, so that a flood of refusals neither grows the ledger nor is miscounted.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "core/domain/commands.h"

namespace latchkey {

// One thread. Bounded: when full it forgets everything, and counting continues from the recorded
// counts.
class RefusalCounts {
 public:
  static constexpr std::size_t kMaxKeys = 65'536;

  std::uint64_t Get(const domain::Submission& submission) const {
    const auto* redeem = std::get_if<domain::RedeemKey>(&submission.command);
    if (!redeem) return 0;
    const auto found = counts_.find(KeyOf(*redeem));
    return found == counts_.end() ? 0 : found->second;
  }
  void Set(const domain::Submission& submission, std::uint64_t count) {
    if (counts_.size() >= kMaxKeys) counts_.clear();
    counts_[KeyOf(std::get<domain::RedeemKey>(submission.command))] = count;
  }

 private:
  static std::uint64_t KeyOf(const domain::RedeemKey& redeem) {
    return (redeem.gateway << 16) | redeem.generation;
  }
  std::unordered_map<std::uint64_t, std::uint64_t> counts_;
};

}  // namespace latchkey
