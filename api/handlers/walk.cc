#include "api/handlers/walk.h"

#include <chrono>
#include <string>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "api/http/limits.h"

namespace latchkey::api {

Task<void> WalkRows(const projections::Projections& projections, domain::KeyRange range,
                    const Visit& visit) {
  const auto executor = co_await boost::asio::this_coro::executor;
  for (;;) {
    const auto until = std::chrono::steady_clock::now() + limits::kWalkTime;
    bool goes_on = false;
    std::string last;
    projections.Scan(range, [&](std::string_view key, std::string_view value) {
      if (!visit(key, value)) return false;
      goes_on = std::chrono::steady_clock::now() > until;
      if (goes_on) last = key;
      return !goes_on;
    });
    if (!goes_on) co_return;
    range.from = last + '\0';
    co_await boost::asio::post(executor, kUseTask);
  }
}

}  // namespace latchkey::api
