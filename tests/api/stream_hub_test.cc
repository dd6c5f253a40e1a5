#include "api/handlers/stream_hub.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>

#include <boost/asio/co_spawn.hpp>

namespace latchkey::api {
namespace {

using projections::HistoryQuery;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

events::Event Event(const std::string& account, std::uint64_t gateway, bool key = false) {
  events::Event event;
  event.set_account(account);
  event.set_gateway(gateway);
  event.mutable_actor()->set_kind(events::Actor::TOKEN);
  event.mutable_actor()->set_token(gateway);
  if (key) {
    event.mutable_key_revealed();
  } else {
    event.mutable_gateway_renamed();
  }
  return event;
}

HistoryQuery OfAccount(const std::string& account) {
  HistoryQuery query;
  query.account = account;
  return query;
}
HistoryQuery OfAccounts(std::vector<std::string> accounts) {
  HistoryQuery query;
  query.accounts = std::move(accounts);
  return query;
}
HistoryQuery OfGateway(std::uint64_t gateway, std::vector<std::string> accounts = {}) {
  HistoryQuery query = OfAccounts(std::move(accounts));
  query.gateway = gateway;
  return query;
}

// Streams that wait, and which of them were woken, by name.
class StreamHubTest : public ::testing::Test {
 protected:
  struct Stream {
    Stream(StreamHub& hub, HistoryQuery its_query, boost::asio::io_context& io)
        : query(std::move(its_query)), timer(io), place(hub, query, timer) {}
    HistoryQuery query;
    LoopTimer timer;
    StreamHub::Place place;
    std::optional<bool> concerned;
  };

  Task<void> Wait(Stream& stream, steady_clock::time_point deadline) {
    stream.place.Begin();
    stream.concerned = co_await stream.place.Wait(deadline);
  }
  void Open(const std::string& name, HistoryQuery query,
            steady_clock::time_point deadline = steady_clock::now() + 1h) {
    Stream& stream =
        *streams_.emplace(name, std::make_unique<Stream>(hub_, std::move(query), loop_->io()))
             .first->second;
    boost::asio::co_spawn(loop_->io(), Wait(stream, deadline), [](const std::exception_ptr&) {});
    loop_->io().poll();
  }
  // The names of those that an event concerns.
  std::vector<std::string> Told(const events::Event& event) {
    const std::vector<events::Event> batch{event};
    watch_.Notify(batch, ++size_);
    loop_->io().poll();
    return Woken();
  }
  std::vector<std::string> Woken() {
    std::vector<std::string> names;
    for (auto& [name, stream] : streams_) {
      if (!stream->concerned) continue;
      names.push_back(name);
      stream->concerned.reset();
      boost::asio::co_spawn(loop_->io(), Wait(*stream, steady_clock::now() + 1h),
                            [](const std::exception_ptr&) {});
    }
    loop_->io().poll();
    return names;
  }
  ~StreamHubTest() override {
    for (auto& [name, stream] : streams_) stream->timer.cancel();
    loop_->io().poll();
    streams_.clear();
  }

  HeadWatch watch_;
  std::shared_ptr<Loop> loop_ = std::make_shared<Loop>();
  StreamHub hub_{*loop_, watch_};
  std::map<std::string, std::unique_ptr<Stream>> streams_;
  std::uint64_t size_ = 10;
};

using Names = std::vector<std::string>;

TEST_F(StreamHubTest, WakesThoseWhomAnEventConcerns) {
  Open("account acme", OfAccount("acme"));
  Open("accounts acme, globex", OfAccounts({"acme", "globex"}));
  Open("all", {});
  Open("gateway 7", OfGateway(7));
  Open("gateway 7 of globex", OfGateway(7, {"globex"}));
  HistoryQuery keys;
  keys.types = {events::Event::kKeyRevealed};
  Open("keys", keys);
  HistoryQuery by_token;
  by_token.actor = events::ParseActor("token:tok_00000009");
  Open("token 9", by_token);
  EXPECT_EQ(Told(Event("acme", 7)),
            (Names{"account acme", "accounts acme, globex", "all", "gateway 7"}));
  EXPECT_EQ(Told(Event("globex", 8)), (Names{"accounts acme, globex", "all"}));
  EXPECT_EQ(Told(Event("initech", 9)), (Names{"all", "token 9"}));
  EXPECT_EQ(Told(Event("initech", 5, true)), (Names{"all", "keys"}));
  EXPECT_EQ(Told(Event("", 0)), (Names{"all"}));
}

TEST_F(StreamHubTest, WakesAllWhenACallerMayHaveEnded) {
  Open("acme", OfAccount("acme"));
  Open("gateway", OfGateway(7));
  events::Event revoked;
  revoked.mutable_operator_token_revoked();
  EXPECT_EQ(Told(revoked), (Names{"acme", "gateway"}));
  watch_.SayThatCallersEnded();
  loop_->io().poll();
  EXPECT_EQ(Woken(), (Names{"acme", "gateway"}));
}

TEST_F(StreamHubTest, WhatComesWhileOneIsBusyIsNotMissed) {
  Open("acme", OfAccount("acme"));
  Stream& stream = *streams_.at("acme");
  EXPECT_EQ(Told(Event("acme", 7)), (Names{"acme"}));
  stream.timer.cancel();
  loop_->io().poll();
  stream.concerned.reset();
  stream.place.Begin();
  const std::vector<events::Event> batch{Event("acme", 7)};
  watch_.Notify(batch, ++size_);
  loop_->io().poll();
  bool concerned = false;
  boost::asio::co_spawn(loop_->io(), stream.place.Wait(steady_clock::now() + 1h),
                        [&](const std::exception_ptr&, bool woken) { concerned = woken; });
  loop_->io().poll();
  EXPECT_TRUE(concerned);
}

TEST_F(StreamHubTest, EndsAWaitAtItsDeadlineAndSaysHowFarItLooked) {
  Open("acme", OfAccount("acme"), steady_clock::now());
  while (!streams_.at("acme")->concerned) loop_->io().poll();
  EXPECT_EQ(streams_.at("acme")->concerned, false);
  (void)Told(Event("globex", 7));
  EXPECT_EQ(hub_.size(), size_);
}

TEST_F(StreamHubTest, IsToldNothingWhenNobodyFollows) {
  Open("acme", OfAccount("acme"));
  streams_.at("acme")->timer.cancel();
  loop_->io().poll();
  streams_.clear();
  (void)Told(Event("acme", 7));
  EXPECT_LT(hub_.size(), size_) << "no summary of the batch was made";
}

}  // namespace
}  // namespace latchkey::api
