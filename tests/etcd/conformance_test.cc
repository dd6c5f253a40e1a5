// The log of a cluster under the contract of every log: the suite of tests/core/log, with etcd
// itself.
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "core/etcd/etcd_log.h"
#include "core/log/rocks_log.h"
#include "tests/core/log/log_conformance.h"
#include "tests/etcd/cluster_node.h"
#include "tests/etcd/etcd_cluster.h"
#include "tests/etcd/tcp_proxy.h"
#include "tests/support/memory_log.h"
#include "tests/support/temp_dir.h"

namespace latchkey::log {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kCacheBytes = 8u << 20;
// After a connection was cut: it is not coming back before the append has ended.
constexpr std::chrono::milliseconds kShortPatience = 100ms;
// Of an append, ended by the proxy first; of connecting again, until the cut is noticed.
constexpr std::chrono::milliseconds kLongAttempt = 2s;

// A node whose way to etcd leads through a proxy; the ledger begins with it.
class EtcdForm final : public Form {
 public:
  EtcdForm() {
    OpenLocal();
    ledger_.Begin(*direct_, *local_);
    OpenLog();
  }
  ~EtcdForm() override {
    if (cuts_.joinable()) cuts_.join();
  }

  Log& log() override { return *log_; }

  // Another node, which has to read all of it first.
  void AppendElsewhere(const std::string& entry) override {
    testing::MemoryLog local;
    const auto other = ledger_.Open(*direct_, local, "two");
    ASSERT_EQ(other->Append(other->size(), {&entry, 1}), AppendOutcome::kDurable);
  }

  // Either etcd has it and the node is cut off before the answer, or the node is cut off with the
  // request on its way.
  void FailNextAppend(bool written) override {
    proxy_.Set(written ? testing::TcpProxy::Mode::kLoseAnswers
                       : testing::TcpProxy::Mode::kHoldRequests);
    cuts_ = std::thread([this, written, before = ledger_.Head(*direct_)] {
      proxy_.AwaitRequest();
      while (written && ledger_.Head(*direct_) == before) continue;  // each asks etcd
      proxy_.Cut();
    });
  }

  void Reopen() override {
    if (cuts_.joinable()) cuts_.join();
    log_.reset();
    client_.reset();
    local_.reset();
    proxy_.Heal();
    OpenLocal();
    OpenLog();
  }

 private:
  void OpenLocal() {
    auto opened = RocksLog::Open(directory_.path(), resources_, {});
    ASSERT_TRUE(opened) << opened.error().detail;
    local_ = *std::move(opened);
  }
  void OpenLog() {
    auto options = testing::SharedEtcd().Options({proxy_.url()});
    options.patience = kShortPatience;
    options.attempt = kLongAttempt;
    client_ = testing::ConnectTo(std::move(options));
    log_ = ledger_.Open(*client_, *local_);
  }

  testing::TempDir directory_;
  rocks::Resources resources_ = rocks::Resources::Create(kCacheBytes, kCacheBytes);
  testing::TcpProxy proxy_{testing::SharedEtcd().addresses.front()};
  std::unique_ptr<etcd::EtcdClient> direct_ = testing::ConnectTo(testing::SharedEtcd().Options());
  testing::ClusterLedger ledger_;
  std::unique_ptr<RocksLog> local_;
  std::unique_ptr<etcd::EtcdClient> client_;
  std::unique_ptr<etcd::EtcdLog> log_;
  std::thread cuts_;
};

INSTANTIATE_TEST_SUITE_P(Forms, LogConformance,
                         ::testing::Values(FormCase{"Etcd",
                                                    [] { return std::make_unique<EtcdForm>(); }}),
                         NameOf);

}  // namespace
}  // namespace latchkey::log
