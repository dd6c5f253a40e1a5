#include "core/sequencer/head_watch.h"

#include <algorithm>

namespace latchkey {

void HeadWatch::Add(Waiter* waiter) {
  const std::lock_guard lock(mutex_);
  waiters_.push_back(waiter);
}

void HeadWatch::Remove(Waiter* waiter) {
  const std::lock_guard lock(mutex_);
  std::erase(waiters_, waiter);
}

void HeadWatch::Notify() {
  const std::lock_guard lock(mutex_);
  for (Waiter* waiter : waiters_) {
    if (waiter->armed_.exchange(false)) waiter->wake_();
  }
}

}  // namespace latchkey
