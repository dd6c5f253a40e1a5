#include "core/sequencer/deadline_sweep.h"

#include "core/base/limits.h"
#include "core/domain/decision.h"
#include "core/domain/judge.h"
#include "core/domain/state.h"

namespace latchkey {
namespace {

constexpr std::size_t kMaxPerScan = 256;
// How far before the last sweep a new deadline may be: a good clock can step back from one end of
// its band to the other.
constexpr Micros kMostBehind = 2 * ledger_limits::kMaxClockStep;

domain::Submission CommandFor(const domain::Deadline& deadline) {
  const auto generation = static_cast<std::uint32_t>(deadline.number);
  switch (deadline.kind) {
    case domain::DeadlineKind::kConfirmBy:
      return {domain::AbandonRegistration{deadline.gateway, generation}};
    case domain::DeadlineKind::kMessageExpiry:
      return {domain::ExpireMessage{deadline.gateway, deadline.number}};
    case domain::DeadlineKind::kKeyExpiry:
      break;
  }
  return {domain::ExpireKey{deadline.gateway, generation}};
}

}  // namespace

TokenExpiries::TokenExpiries(const ProjectionSet& projections) {
  projections.ScanTokens([this](const domain::TokenRow& token) {
    if (token.revoked_us() == 0 && token.expired_us() == 0) {
      Set(token.number(), token.expires_us());
    }
  });
}

void TokenExpiries::Note(const events::Event& event) {
  if (event.has_operator_token_created()) {
    const events::OperatorTokenCreated& fact = event.operator_token_created();
    Set(fact.token(), fact.expires_us());
  } else if (event.has_operator_token_rotated()) {
    const events::OperatorTokenRotated& fact = event.operator_token_rotated();
    Set(fact.token(), fact.expires_us());
  } else if (event.has_operator_token_revoked()) {
    Set(event.operator_token_revoked().token(), 0);
  } else if (event.has_operator_token_expired()) {
    Set(event.operator_token_expired().token(), 0);
  }
}

void TokenExpiries::Set(std::uint64_t token, std::int64_t expires_us) {
  if (const auto known = of_token_.find(token); known != of_token_.end()) {
    in_order_.erase({known->second, token});
    of_token_.erase(known);
  }
  if (expires_us == 0) return;
  of_token_.emplace(token, expires_us);
  in_order_.emplace(expires_us, token);
}

void TokenExpiries::Visit(Time ledger_time, std::size_t limit,
                          const std::function<void(std::uint64_t token)>& visit) const {
  for (const auto& [expires_us, token] : in_order_) {
    if (expires_us > ToMicros(ledger_time) || limit-- == 0) return;
    visit(token);
  }
}

DeadlineSweeps::DeadlineSweeps(const ProjectionSet& projections, Time writable_since)
    : projections_(projections),
      expiries_{domain::DeadlineKind::kKeyExpiry, Time()},
      message_expiries_{domain::DeadlineKind::kMessageExpiry, Time()},
      token_expiries_(projections) {
  Restart(writable_since, Time());
}

void DeadlineSweeps::Restart(Time writable_since, Time ledger_time) {
  writable_since_ = writable_since;
  old_confirmations_ = {domain::DeadlineKind::kConfirmBy, Time()};
  confirmations_ = {domain::DeadlineKind::kConfirmBy, writable_since + Micros(1)};
  expiries_.from = std::min(expiries_.from, ledger_time);
  message_expiries_.from = std::min(message_expiries_.from, ledger_time);
}

void DeadlineSweeps::Run(Time now, Time ledger_time, const domain::Settings& settings,
                         const Add& add) {
  if (now >= domain::AbandonAt(writable_since_, writable_since_, settings)) {
    Scan(&old_confirmations_, writable_since_, add);
  }
  Scan(&confirmations_, now, add);
  Scan(&expiries_, ledger_time, add);
  Scan(&message_expiries_, ledger_time, add);
  token_expiries_.Visit(ledger_time, kMaxPerScan,
                        [&](std::uint64_t token) { add({domain::ExpireToken{token}}); });
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
  sweep->from = std::max(sweep->from, first - kMostBehind);
}

}  // namespace latchkey
