#include "api/call/head_signal.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>

namespace latchkey::api {

HeadSignal::HeadSignal(Loop& loop, HeadWatch& watch)
    : loop_(loop),
      watch_(watch),
      waiter_([this] { boost::asio::post(loop_.io(), [this] { WakeAll(); }); }) {
  watch_.Add(&waiter_);
}

HeadSignal::~HeadSignal() { watch_.Remove(&waiter_); }

Task<bool> HeadSignal::Until(LoopTimer& timer, const std::function<bool()>& reached,
                             std::chrono::steady_clock::time_point deadline) {
  while (!stopped_) {
    waiter_.Arm();  // before looking, so that no move is missed
    if (reached()) co_return true;
    if (std::chrono::steady_clock::now() >= deadline) break;
    timer.expires_at(deadline);
    waiting_.push_back(&timer);
    const std::uint64_t before = wakes_;
    (void)co_await timer.async_wait(boost::asio::as_tuple(kUseTask));
    // Waking all has emptied the list: to search it then would cost all of them the square.
    if (wakes_ == before) std::erase(waiting_, &timer);
  }
  co_return false;
}

void HeadSignal::Stop() {
  stopped_ = true;
  WakeAll();
}

void HeadSignal::WakeAll() {
  ++wakes_;
  for (LoopTimer* timer : waiting_) timer->cancel();
  waiting_.clear();
}

}  // namespace latchkey::api
