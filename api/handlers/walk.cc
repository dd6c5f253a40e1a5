#include "api/handlers/walk.h"

#include <string>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

namespace latchkey::api {

Task<void> Turn::LetOthers() {
  const auto executor = co_await boost::asio::this_coro::executor;
  co_await boost::asio::post(executor, kUseTask);
  *this = Turn();
}

Task<void> WalkRows(const projections::Projections& projections, domain::KeyRange range,
                    const Visit& visit) {
  Turn turn;
  for (;;) {
    bool goes_on = false;
    std::string last;
    projections.Scan(range, [&](std::string_view key, std::string_view value) {
      if (!visit(key, value)) return false;
      goes_on = turn.IsOver();
      if (goes_on) last = key;
      return !goes_on;
    });
    if (!goes_on) co_return;
    range.from = last + '\0';
    co_await turn.LetOthers();
  }
}

}  // namespace latchkey::api
