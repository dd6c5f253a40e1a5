#include "api/handlers/walk.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <set>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "api/http/limits.h"
#include "tests/api/api_fixture.h"

namespace latchkey::testing {
namespace {

class WalkTest : public ApiTest {};

// Every row is seen once and in order, and the loop does other work in between.
TEST_F(WalkTest, LetsOthersHaveTheirTurn) {
  for (int i = 0; i < 8; ++i) {
    ASSERT_EQ(Owner().Send("PUT", "/v1/accounts/a" + std::to_string(i)).status, 201);
  }
  boost::asio::io_context io(1);
  std::vector<std::string> seen;
  std::vector<std::size_t> turns;  // how many rows had been seen at each
  bool ended = false;
  const api::Visit visit = [&](std::string_view key, std::string_view) {
    seen.emplace_back(key);
    const auto until = std::chrono::steady_clock::now() + 2 * api::limits::kWalkTime;
    while (std::chrono::steady_clock::now() < until) {  // a row that costs a whole turn
    }
    return true;
  };
  boost::asio::co_spawn(io, api::WalkRows(projections(), domain::Accounts(), visit),
                        [&](const std::exception_ptr&) { ended = true; });
  const std::function<void()> turn = [&] {
    turns.push_back(seen.size());
    if (!ended) boost::asio::post(io, turn);
  };
  boost::asio::post(io, turn);
  io.run();
  EXPECT_EQ(seen.size(), 8u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(std::set<std::size_t>(turns.begin(), turns.end()).size(), 8u) << "a turn after each";
}

TEST_F(WalkTest, EndsWhenItIsTold) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(Owner().Send("PUT", "/v1/accounts/a" + std::to_string(i)).status, 201);
  }
  boost::asio::io_context io(1);
  int seen = 0;
  const api::Visit visit = [&](std::string_view, std::string_view) { return ++seen < 2; };
  boost::asio::co_spawn(io, api::WalkRows(projections(), domain::Accounts(), visit),
                        boost::asio::detached);
  io.run();
  EXPECT_EQ(seen, 2);
}

}  // namespace
}  // namespace latchkey::testing
