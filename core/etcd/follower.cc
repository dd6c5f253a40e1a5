#include "core/etcd/follower.h"

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

namespace latchkey::etcd {
namespace {

void PauseUnlessStopped(std::chrono::milliseconds pause, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  (void)never.wait_for(lock, stop, pause, [] { return false; });
}

}  // namespace

Follower::Follower(EtcdLog& log, std::function<void(const Status&)> caught_up)
    : log_(log),
      caught_up_(std::move(caught_up)),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

Follower::~Follower() = default;

void Follower::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const Status caught_up = log_.CatchUp();
    caught_up_(caught_up);
    // With or without a change, the wait has worked.
    const bool waited = caught_up && log_.AwaitOthers(kWatchAtMost, stop).has_value();
    if (!waited) PauseUnlessStopped(kFollowAgain, stop);
  }
}

}  // namespace latchkey::etcd
