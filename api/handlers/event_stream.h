// The events of one stream, pulled from the ledger as its socket drains: nothing waits in memory
// for a slow reader but one buffer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "api/auth/sessions.h"
#include "api/call/caller.h"
#include "api/call/ledger_view.h"
#include "core/base/error.h"
#include "core/base/time.h"
#include "projections/history_query.h"

namespace latchkey::api {

// One thread.
class EventStream {
 public:
  // Events beyond `after` that meet `query`, for an operator who is looked at again and again.
  // `counted` is kept as long as the stream lives.
  EventStream(const LedgerView& ledger, OperatorSessions& sessions, projections::HistoryQuery query,
              Caller caller, std::uint64_t after, std::shared_ptr<void> counted);

  enum class Pulled {
    kMore,    // the buffer is full, or there was much to pass over: pull again
    kAtHead,  // wait for the head to move
    kEnd,     // the operator does not hold any more
  };
  // Appends what comes next as Server-Sent Events. Refuses with a machine's error when the ledger
  // cannot be read: that is the end too.
  Result<Pulled> Pull(std::string* out);

  // Appends a comment, with the position reached as the last event id. False, and nothing is
  // appended, when the operator does not hold any more.
  bool KeepAlive(std::string* out) const;

  // How long its operator may hold: by then it is to be looked at again, with KeepAlive or Pull.
  // Micros::max() means no limit.
  Micros Life() const;

  const projections::HistoryQuery& query() const { return query_; }
  std::uint64_t reached() const { return query_.after.value_or(0); }
  // Nothing below `size` is for this stream.
  void PassOver(std::uint64_t size);

 private:
  bool CallerStillValid() const;
  Status Append(std::uint64_t sequence, std::string* out) const;

  const LedgerView& ledger_;
  OperatorSessions& sessions_;
  projections::HistoryQuery query_;
  const Caller caller_;
  const std::shared_ptr<void> counted_;
};

}  // namespace latchkey::api
