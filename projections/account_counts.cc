#include "projections/account_counts.h"

#include <utility>

#include "core/domain/attention.h"

namespace latchkey::projections {
namespace {

void CountGateway(const domain::GatewayRow& row, Time ledger_time, AccountCount* count) {
  count->last_sequence = std::max(count->last_sequence, row.sequence());
  if (row.removed()) return;
  switch (domain::StatusOf(row)) {
    case domain::GREEN:
      ++count->green;
      break;
    case domain::RED:
      ++count->red;
      break;
    default:  // GRAY; a protobuf enum is open
      ++count->gray;
  }
  if (domain::NeedsAttention(row, ledger_time)) ++count->attention;
}

}  // namespace

bool AccountCounts::GoOn(const Projections& projections, Time ledger_time, std::size_t most,
                         Pass* pass) {
  domain::KeyRange left = domain::Gateways();
  left.from = domain::GatewayKey(pass->next);
  bool ended = true;
  // A scan leaves the rows that are read by key in their cache.
  projections.Scan(left, [&](std::string_view key, std::string_view value) {
    ended = most > 0;
    if (!ended) return false;
    --most;
    pass->next = domain::TrailingNumber(key) + 1;
    auto row = domain::ParseRow<domain::GatewayRow>(value);
    domain::VoidBelowEpoch(projections.state(), &row);
    CountGateway(row, ledger_time, &pass->counts[row.account()]);
    return true;
  });
  return ended;
}

bool AccountCounts::CountOn(const Projections& projections, Time ledger_time, Micros now,
                            Micros age, std::size_t most) {
  const std::lock_guard lock(mutex_);
  if (!pass_) {
    if (counted_at_ && now - *counted_at_ <= age) return true;
    pass_.emplace().began = now;
  }
  if (!GoOn(projections, ledger_time, most, &*pass_)) return false;
  counted_at_ = pass_->began;
  counts_ = std::move(pass_->counts);
  pass_.reset();
  return true;
}

std::optional<AccountCount> AccountCounts::Get(std::string_view account) const {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(account);
  if (found == counts_.end()) return std::nullopt;
  return found->second;
}

}  // namespace latchkey::projections
