#include "projections/restored_count.h"

#include <utility>

#include "core/domain/state.h"

namespace latchkey::projections {

void RestoredCount::CountOn(const Projections& projections, std::size_t most) {
  if (none_left_ || projections.size() == counted_at_) return;
  if (!domain::ReadEpoch(projections.state())) {
    none_left_ = true;
    return;
  }
  if (account_.empty()) began_at_ = projections.size();
  domain::KeyRange accounts = domain::Accounts();
  if (!account_.empty()) accounts.from = domain::AccountKey(account_);
  std::size_t left = most;
  bool ended = true;
  projections.Scan(accounts, [&](std::string_view, std::string_view value) {
    std::string account = domain::ParseRow<domain::AccountRow>(value).name();
    if (account != account_) gateway_ = 0;
    account_ = std::move(account);
    ended = CountAccount(projections, account_, &left);
    return ended;
  });
  if (ended) EndPass();
}

bool RestoredCount::CountAccount(const Projections& projections, const std::string& account,
                                 std::size_t* left) {
  if (*left == 0) return false;
  --*left;  // accounts without gateways cost something too
  domain::KeyRange members = domain::Members(account);
  members.from = domain::MemberKey(account, gateway_);
  bool ended = true;
  projections.Scan(members, [&](std::string_view key, std::string_view value) {
    gateway_ = domain::TrailingNumber(key);
    ended = *left > 0;
    if (!ended) return false;
    --*left;
    if (domain::ParseRow<domain::MemberRow>(value).registration() != domain::REGISTERED)
      return true;
    const auto row = domain::ReadGateway(projections.state(), gateway_);
    if (row && domain::IsRestored(*row)) ++counting_[account];
    return true;
  });
  return ended;
}

void RestoredCount::EndPass() {
  counted_at_ = began_at_;
  none_left_ = counting_.empty();
  account_.clear();
  gateway_ = 0;
  const std::lock_guard lock(mutex_);
  counts_ = std::exchange(counting_, {});
}

RestoredCount::Counts RestoredCount::ByAccount() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::uint64_t RestoredCount::All() const {
  std::uint64_t all = 0;
  for (const auto& [account, count] : ByAccount()) all += count;
  return all;
}

}  // namespace latchkey::projections
