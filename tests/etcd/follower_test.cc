// A node that follows: it holds what others append soon after them, by itself.
#include "core/etcd/follower.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include <gtest/gtest.h>

#include "tests/etcd/cluster_node.h"
#include "tests/etcd/etcd_cluster.h"
#include "tests/etcd/tcp_proxy.h"
#include "tests/support/memory_log.h"

namespace latchkey::etcd {
namespace {

using namespace std::chrono_literals;
using log::AppendOutcome;
using testing::MemoryLog;
using testing::TcpProxy;

// How a follower's attempts ended.
class Attempts {
 public:
  void Add(const Status& ended) {
    const std::lock_guard lock(mutex_);
    ++count_;
    last_ = ended ? std::nullopt : std::optional(ended.error());
    changed_.notify_all();
  }
  // Waits until one more has ended, and `holds`.
  void Await(const std::function<bool(const std::optional<Error>& last)>& holds) {
    std::unique_lock lock(mutex_);
    const int before = count_;
    changed_.wait(lock, [&] { return count_ > before && holds(last_); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
  std::optional<Error> last_;
};

class FollowerTest : public ::testing::Test {
 protected:
  FollowerTest() {
    ledger_.Begin(*direct_, written_);
    writer_ = ledger_.Open(*direct_, written_);
  }

  void Append(const std::string& entry) {
    ASSERT_EQ(writer_->Append(writer_->size(), {&entry, 1}), AppendOutcome::kDurable);
  }
  // Begins to follow from an empty log, through the proxy alone.
  void Follow() {
    client_ = testing::ConnectTo(testing::SharedEtcd().Options({proxy_.url()}));
    following_ = ledger_.Open(*client_, followed_, "two");
    follower_ = std::make_unique<Follower>(*following_,
                                           [this](const Status& ended) { attempts_.Add(ended); });
  }
  void AwaitSize(std::uint64_t size) {
    if (following_->size() == size) return;
    attempts_.Await([&](const std::optional<Error>&) { return following_->size() == size; });
  }

  TcpProxy proxy_{testing::SharedEtcd().addresses.front()};
  std::unique_ptr<EtcdClient> direct_ = testing::ConnectTo(testing::SharedEtcd().Options());
  testing::ClusterLedger ledger_;
  MemoryLog written_, followed_;
  Attempts attempts_;
  std::unique_ptr<EtcdLog> writer_;
  std::unique_ptr<EtcdClient> client_;
  std::unique_ptr<EtcdLog> following_;
  std::unique_ptr<Follower> follower_;
};

TEST_F(FollowerTest, HoldsWhatOthersAppend) {
  Append("before");
  Follow();
  for (int i = 0; i < 20; ++i) {
    Append("entry " + std::to_string(i));
    if (i % 5 == 4) AwaitSize(writer_->size());
  }
  EXPECT_EQ(following_->head(), writer_->head());
}

TEST_F(FollowerTest, FollowsAgainAfterItsConnectionWasCut) {
  Follow();
  Append("a");
  AwaitSize(1);
  proxy_.Cut();
  Append("b");
  proxy_.Heal();
  AwaitSize(2);
  EXPECT_EQ(following_->head(), writer_->head());
}

TEST_F(FollowerTest, SaysWhyItDoesNotFollow) {
  Append("a");
  Follow();
  AwaitSize(1);
  ledger_.Put(*direct_, ledger_.keys().Head(), "not a head");
  attempts_.Await(
      [](const std::optional<Error>& last) { return last && last->code == ErrorCode::kUnusable; });
  EXPECT_EQ(following_->size(), 1u);
}

// It would end after an hour.
TEST_F(FollowerTest, AWaitEndsWithAChangeOrAStop) {
  constexpr std::chrono::hours kLong = 1h;
  client_ = testing::ConnectTo(testing::SharedEtcd().Options());
  following_ = ledger_.Open(*client_, followed_, "two");
  std::stop_source stop;
  std::future<Result<bool>> waits = std::async(
      std::launch::async, [&] { return following_->AwaitOthers(kLong, stop.get_token()); });
  Append("a");
  EXPECT_EQ(waits.get(), true);
  ASSERT_TRUE(following_->CatchUp());
  waits = std::async(std::launch::async,
                     [&] { return following_->AwaitOthers(kLong, stop.get_token()); });
  stop.request_stop();
  EXPECT_EQ(waits.get(), false);
}

}  // namespace
}  // namespace latchkey::etcd
