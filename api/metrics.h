// What the server counts, for Prometheus. Counting is a few atomic steps; names and labels are put
// together only when they are read or met for the first time.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "api/exchange.h"
#include "api/throttle.h"
#include "core/base/error.h"

namespace latchkey::api {

class Metrics {
 public:
  Metrics();
  ~Metrics();

  // Thread-safe, all of them.
  void Request(const Exchange& x, Micros took);  // once its answer is complete
  void Refusal(ErrorCode code);
  void Trouble(ErrorCode code);  // one that IsOfTheMachine
  void KeyUnknown();             // a key whose secret was not proven
  void Limited(LimitedBy by);    // a request refused as rate_limited
  void Redemption(bool repeated);
  void PossibleRollback();                         // a sign that this ledger is an old copy
  void Connection(Listener listener, int change);  // +1 opened, -1 closed
  void TimedOut(Listener listener);
  void HandshakeFailed(Listener listener);

  bool serving() const { return serving_.load(); }
  void set_serving(bool serving) { serving_.store(serving); }

  // The exposition in text, with what the parts count themselves as of now.
  std::string Text(const Parts& parts);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::atomic<bool> serving_{false};
};

}  // namespace latchkey::api
