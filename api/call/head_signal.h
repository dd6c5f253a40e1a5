// Coroutines of one worker that wait for the head of the ledger to move.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "api/call/loop.h"
#include "core/sequencer/head_watch.h"

namespace latchkey::api {

// A waiter's own timer: cancelling it makes the waiter look again.
using LoopTimer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

// For the loop's own thread.
class HeadSignal {
 public:
  // Both outlive it.
  HeadSignal(Loop& loop, HeadWatch& watch);
  ~HeadSignal();
  HeadSignal(const HeadSignal&) = delete;
  HeadSignal& operator=(const HeadSignal&) = delete;

  // Waits until `reached` is true, and looks at it whenever the head has moved. False when
  // `deadline` has passed first, or Stop was called.
  Task<bool> Until(LoopTimer& timer, const std::function<bool()>& reached,
                   std::chrono::steady_clock::time_point deadline);

  // Nobody waits from now on.
  void Stop();

 private:
  void WakeAll();

  Loop& loop_;
  HeadWatch& watch_;
  HeadWatch::Waiter waiter_;
  std::vector<LoopTimer*> waiting_;
  std::uint64_t wakes_ = 0;
  bool stopped_ = false;
};

}  // namespace latchkey::api
