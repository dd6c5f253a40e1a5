// Keeps the log of a node up to date with what other nodes append: a thread waits for the head in
// etcd to change, and catches up.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

#include "core/base/error.h"
#include "core/etcd/etcd_log.h"

namespace latchkey::etcd {

using namespace std::chrono_literals;

// A member of etcd that has stopped tells of no change: after so long the head is read again, by
// attempts that pass over such a member.
inline constexpr std::chrono::milliseconds kWatchAtMost = 3s;
// Before the next attempt after one that failed.
inline constexpr std::chrono::milliseconds kFollowAgain = 1s;

class Follower {
 public:
  // Calls `caught_up` after each attempt to catch up, from its own thread, with how it ended: at
  // first, at every change and every kWatchAtMost. The log outlives it.
  Follower(EtcdLog& log, std::function<void(const Status&)> caught_up);
  ~Follower();  // ends the thread; an attempt under way ends first

 private:
  void Run(const std::stop_token& stop);

  EtcdLog& log_;
  const std::function<void(const Status&)> caught_up_;
  std::jthread thread_;
};

}  // namespace latchkey::etcd
