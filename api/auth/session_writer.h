// The thread that writes sessions to their store, so that no worker waits for the disk.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "api/auth/session_store.h"
#include "core/base/error.h"
#include "core/base/time.h"

namespace latchkey::api {

class SessionWriter {
 public:
  using Done = std::function<void(const Status&)>;
  // A line for the log, with the level of trouble or not.
  using Say = std::function<void(bool trouble, std::string_view event, const std::string& detail)>;

  // `all` tells the sessions that there are, for a store that has missed changes; `prepare`
  // completes the rows of new ones. Both are called from the thread. All outlive it.
  struct Work {
    std::function<SessionChanges()> all;
    std::function<void(StoredSession*)> prepare;
    Say say;
  };
  SessionWriter(std::unique_ptr<SessionStore> store, const Clock& clock, Work work);
  ~SessionWriter();  // writes what is queued

  // Thread-safe, both. Writes it after what was queued before, and then calls `done` (null: nobody
  // waits) from the thread: with kReadOnly when it is not on disk. Changes that are empty wait for
  // those before them, and cost no write. False: there is no room, and `done` is never called; the
  // store catches up later.
  bool Queue(SessionChanges changes, Done done);
  // Whether the store lacks changes, because its disk has failed. Each Queue may try again.
  bool behind() const { return behind_; }

 private:
  struct Item {
    SessionChanges changes;
    Done done;
  };

  void Run();
  Status WriteAll(std::vector<Item>* items);
  Status CatchUp();

  const std::unique_ptr<SessionStore> store_;
  const Clock& clock_;
  const Work work_;
  std::atomic<bool> behind_;
  Micros reopen_at_{0};  // by the steady clock; the thread's alone, as `told_`
  bool told_ = false;    // that the store is behind
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Item> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

// What is answered when a change of sessions is not on disk.
Error SessionsNotWritten();

}  // namespace latchkey::api
