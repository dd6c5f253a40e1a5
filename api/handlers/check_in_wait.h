// A check-in that waits until there is a message for its gateway.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "api/call/call.h"
#include "api/handlers/waiting.h"
#include "api/handlers/writes.h"
#include "core/base/error.h"
#include "projections/history_query.h"
#include "projections/presence.h"

namespace latchkey::api {

// The answer to a check-in, with the messages it brings, once it is no longer to wait.
// `come_back_seconds` is told where it is not 0.
Status RenderCheckIn(const Writes& writes, Call& call, std::int64_t come_back_seconds);

// One thread. The call is that of the check-in and outlives this.
class CheckInWait {
 public:
  CheckInWait(const Writes& writes, Call& call, projections::Seen seen,
              std::chrono::seconds patience);

  // The events that it is to be woken for.
  const projections::HistoryQuery& query() const { return query_; }

  // Takes a place among those who wait; `wake` is called from any thread.
  void Begin(std::function<void()> wake);

  // Whether the wait is over: then the response is complete. Until then the gateway counts as seen.
  // `stopping`: the server is. Refuses as the certificate's requests are refused.
  Result<bool> Look(bool stopping);
  // When to look again, although nothing has happened.
  std::chrono::steady_clock::time_point next() const { return next_; }

 private:
  std::int64_t ComeBack() const;

  const Writes& writes_;
  Call& call_;
  projections::Seen seen_;
  projections::HistoryQuery query_;
  const std::chrono::steady_clock::time_point until_;
  std::chrono::steady_clock::time_point next_;
  std::unique_ptr<WaitingCheckIns::Place> place_;  // null: there was none left
};

}  // namespace latchkey::api
