#include "core/sequencer/head_watch.h"

#include <algorithm>

namespace latchkey {

void HeadWatch::Add(Listener* listener) {
  const std::lock_guard lock(mutex_);
  listeners_.push_back(listener);
}

void HeadWatch::Remove(Listener* listener) {
  const std::lock_guard lock(mutex_);
  std::erase(listeners_, listener);
}

void HeadWatch::Notify() {
  const std::lock_guard lock(mutex_);
  for (Listener* listener : listeners_) {
    if (listener->armed_.exchange(false)) listener->wake_();
  }
}

}  // namespace latchkey
