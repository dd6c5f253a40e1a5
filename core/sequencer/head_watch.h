// Wakes waiters for the head to move (streams, reads after a position), so that nothing polls.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "events/event.pb.h"

namespace latchkey {

// What was shown at once, as far as it takes to say whom it concerns.
struct Shown {
  struct One {
    std::string account;
    std::uint64_t gateway = 0;
    events::Event::FactCase fact = events::Event::FACT_NOT_SET;
    events::Actor actor;
  };
  std::uint64_t size = 0;  // of the ledger with it
  std::vector<One> events;
  bool callers = false;  // somebody's token or session may have ended
};

class HeadWatch {
 public:
  // A waiter. `wake` is called from a thread of the sequencer, at most once for each
  // Arm, and must not block.
  class Waiter {
   public:
    explicit Waiter(std::function<void()> wake) : wake_(std::move(wake)) {}
    // The next move of the head wakes this waiter. Check the head again after arming.
    void Arm() { armed_.store(true); }

   private:
    friend class HeadWatch;
    std::function<void()> wake_;
    std::atomic<bool> armed_{false};
  };

  // One who wants to know of everything that is shown. `shown` is called from a thread of the
  // sequencer (or of SayThatCallersEnded), in order, and must not block.
  using Follower = std::function<void(const std::shared_ptr<const Shown>& shown)>;

  // Thread-safe. What is added is not owned; after Remove has returned it is not called any more.
  void Add(Waiter* waiter);
  void Remove(Waiter* waiter);
  // What was shown before this returns can be read; of all else `follower` is told.
  void Add(const Follower* follower);
  void Remove(const Follower* follower);

  // After a batch was applied to the projections; `size` is that of the ledger.
  void Notify(std::span<const events::Event> batch, std::uint64_t size);
  // A session has ended, which is no event.
  void SayThatCallersEnded();

 private:
  std::mutex mutex_;
  std::vector<Waiter*> waiters_;
  std::vector<const Follower*> followers_;
};

}  // namespace latchkey
