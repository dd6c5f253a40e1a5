// What the server counts, for Prometheus. Counting is a few atomic steps; names and labels are put
// together only when they are read or met for the first time.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "api/call/call.h"
#include "api/handlers/waiting.h"
#include "api/http/buffer_budget.h"
#include "api/log.h"
#include "api/parts.h"
#include "api/webhooks/webhooks.h"
#include "core/base/error.h"

namespace latchkey::api {

// Why a connection was closed.
enum class DropReason {
  kSlow,     // it let a time pass (limits::Patience)
  kTls,      // its handshake failed
  kAddress,  // its address has its share of the connections
  kBuffers,  // it, its address or all together hold too much in buffers
};

class Metrics {
 public:
  Metrics();
  ~Metrics();

  // Thread-safe, all of them.
  void Answered(const Call& call, Micros took);    // once the response is complete
  void MachineFailed(ErrorCode code);              // one that IsOfTheMachine
  void Connection(Listener listener, int change);  // +1 opened, -1 closed
  void ConnectionDropped(Listener listener, DropReason why);

  bool serving() const { return serving_.load(); }
  void set_serving(bool serving) { serving_.store(serving); }

  // The exposition in text, with what the parts, the log, the buffers, those who wait and the
  // webhooks (null: there are none) count as of now.
  std::string Text(const Parts& parts, const Logger& logger, const BufferBudget& buffers,
                   const WaitingCheckIns& waiting, Webhooks* webhooks);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::atomic<bool> serving_{false};
};

}  // namespace latchkey::api
