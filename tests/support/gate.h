// Blocks threads at a point until a test releases them.
#pragma once

#include <condition_variable>
#include <mutex>

namespace latchkey::testing {

// Thread-safe. Open at first.
class Gate {
 public:
  void Shut() {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    moved_.notify_all();
  }
  // Waits until a thread is blocked at the gate.
  void WaitUntilReached() {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [this] { return waiting_; });
  }
  void Pass() {
    std::unique_lock lock(mutex_);
    waiting_ = true;
    moved_.notify_all();
    moved_.wait(lock, [this] { return open_; });
    waiting_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable moved_;
  bool open_ = true;
  bool waiting_ = false;
};

}  // namespace latchkey::testing
