// Wakes those who wait for the head to move (streams, reads after a position), so that nobody
// polls.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace latchkey {

class HeadWatch {
 public:
  // One who may be woken. `wake` is called from a thread of the sequencer, at most once for each
  // Arm, and must not block.
  class Waiter {
   public:
    explicit Waiter(std::function<void()> wake) : wake_(std::move(wake)) {}
    // From now on the next move of the head wakes. Look at the head once more after arming.
    void Arm() { armed_.store(true); }

   private:
    friend class HeadWatch;
    std::function<void()> wake_;
    std::atomic<bool> armed_{false};
  };

  // Thread-safe. The waiter is not owned; after Remove has returned it is not called any more.
  void Add(Waiter* waiter);
  void Remove(Waiter* waiter);

  // After a batch was applied to the projections.
  void Notify();

 private:
  std::mutex mutex_;
  std::vector<Waiter*> waiters_;
};

}  // namespace latchkey
