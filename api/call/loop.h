// The event loop of one worker thread, and coroutines that wait on it for others' threads.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/base/error.h"

namespace latchkey::api {

using Executor = boost::asio::io_context::executor_type;

// A coroutine on a worker's thread. GCC 12 destroys the temporaries of a co_await expression twice
// when they own something, and resumes at a wrong place when it stands behind && or ||: it never
// does, and what it is given has a name.
template <typename T>
using Task = boost::asio::awaitable<T, Executor>;
inline constexpr boost::asio::use_awaitable_t<Executor> kUseTask{};

// Whoever answers from another thread holds it by shared_ptr, for the io_context must outlive the
// posting. All else is for the loop's own thread.
class Loop : public std::enable_shared_from_this<Loop> {
 public:
  Loop() : guard_(boost::asio::make_work_guard(io_)) {}

  boost::asio::io_context& io() { return io_; }

  // Begins work of another thread: sees to it that the callback is called once, from any thread;
  // when it refuses, never.
  template <typename T>
  using Start = std::function<Status(const std::function<void(Result<T>)>& done)>;

  // Calls `start` at once, and waits for the result or its refusal.
  template <typename T>
  Task<Result<T>> Await(const Start<T>& start) {
    const std::shared_ptr<Loop> self = shared_from_this();
    ++owed_;
    auto initiate = [self, &start](auto handler) {
      const auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
      // Moved out before it is called, so that no copy of the callback keeps the coroutine for
      // another thread to destroy.
      const auto resume = [self, waiting](Result<T> result) {
        boost::asio::post(self->io_, [waiting, result = std::move(result)]() mutable {
          auto resumed = std::move(*waiting);
          std::move(resumed)(std::move(result));
        });
      };
      const Status started = start(resume);
      if (!started) resume(started.error());
    };
    Result<T> result =
        co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<Executor>,
                                             void(Result<T>)>(initiate, kUseTask);
    --owed_;
    EndIfDone();
    co_return result;
  }

  // Lets the loop's thread end once nobody owes it an answer.
  void Finish() {
    finishing_ = true;
    EndIfDone();
  }

 private:
  void EndIfDone() {
    if (finishing_ && owed_ == 0) guard_.reset();
  }

  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<Executor> guard_;
  std::size_t owed_ = 0;  // answers from other threads
  bool finishing_ = false;
};

}  // namespace latchkey::api
