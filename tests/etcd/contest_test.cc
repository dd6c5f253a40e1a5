// Several nodes that append at once while their connections fail at random: what each was told is
// what the ledger holds.
#include <future>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/etcd/etcd_log.h"
#include "tests/etcd/cluster_node.h"
#include "tests/etcd/etcd_cluster.h"
#include "tests/etcd/tcp_proxy.h"
#include "tests/support/fakes.h"
#include "tests/support/memory_log.h"

namespace latchkey::etcd {
namespace {

using log::AppendOutcome;
using testing::TcpProxy;

constexpr int kNodes = 3;
constexpr int kAppendsPerNode = 80;
constexpr std::uint64_t kCutOneOf = 4;  // appends

// A node, and what it was told about each of its entries.
class Contestant {
 public:
  Contestant(testing::ClusterLedger& ledger, int number)
      : name_("node" + std::to_string(number)),
        random_(testing::Seed() + static_cast<std::uint64_t>(number)),
        client_(testing::ConnectTo(testing::SharedEtcd().Options({proxy_.url()}))),
        log_(ledger.Open(*client_, local_, name_)) {}

  void AppendAll() {
    for (int i = 0; i < kAppendsPerNode; ++i) {
      std::vector<std::string> entries;
      for (std::uint64_t n = 0; n <= random_.Below(3); ++n) {
        entries.push_back(name_ + ": " + std::to_string(i) + "." + std::to_string(n));
      }
      const AppendOutcome outcome =
          random_.Below(kCutOneOf) == 0 ? CutOff(entries) : Append(entries);
      for (const std::string& entry : entries) told_[entry] = outcome;
    }
  }

  const std::map<std::string, AppendOutcome>& told() const { return told_; }
  EtcdLog& log() { return *log_; }

 private:
  AppendOutcome Append(const std::vector<std::string>& entries) {
    return log_->Append(log_->size(), entries);
  }
  // The request is lost, or its answer is; the connection comes back at once.
  AppendOutcome CutOff(const std::vector<std::string>& entries) {
    proxy_.Set(random_.Below(2) == 0 ? TcpProxy::Mode::kLoseAnswers
                                     : TcpProxy::Mode::kHoldRequests);
    std::future<AppendOutcome> outcome =
        std::async(std::launch::async, [&] { return Append(entries); });
    proxy_.AwaitRequest();
    proxy_.Cut();
    proxy_.Heal();
    return outcome.get();
  }

  const std::string name_;
  testing::SeededRandom random_;
  TcpProxy proxy_{testing::SharedEtcd().addresses.front()};
  testing::MemoryLog local_;
  std::unique_ptr<EtcdClient> client_;
  std::unique_ptr<EtcdLog> log_;
  std::map<std::string, AppendOutcome> told_;
};

TEST(ClusterContest, EveryNodeIsToldWhatTheLedgerHolds) {
  const auto direct = testing::ConnectTo(testing::SharedEtcd().Options());
  testing::ClusterLedger ledger;
  ledger.Begin(*direct, testing::MemoryLog());
  std::vector<std::unique_ptr<Contestant>> nodes;
  for (int i = 0; i < kNodes; ++i) nodes.push_back(std::make_unique<Contestant>(ledger, i));
  std::vector<std::future<void>> running;
  for (const auto& node : nodes) {
    running.push_back(std::async(std::launch::async, [&node] { node->AppendAll(); }));
  }
  for (std::future<void>& each : running) each.get();

  testing::MemoryLog local;
  const auto reader = ledger.Open(*direct, local, "reader");
  std::set<std::string> held;
  EXPECT_TRUE(reader->Scan(0, reader->size(), [&](std::uint64_t, std::string_view entry) {
    EXPECT_TRUE(held.emplace(entry).second) << entry << " is there twice";
    return true;
  }));
  std::size_t durable = 0;
  for (const auto& node : nodes) {
    ASSERT_TRUE(node->log().CatchUp());
    EXPECT_EQ(node->log().head(), reader->head());
    for (const auto& [entry, outcome] : node->told()) {
      EXPECT_NE(outcome, AppendOutcome::kUnknown) << entry;
      EXPECT_EQ(held.count(entry), outcome == AppendOutcome::kDurable ? 1u : 0u) << entry;
      durable += outcome == AppendOutcome::kDurable ? 1 : 0;
    }
  }
  EXPECT_EQ(durable, held.size());
  EXPECT_GT(durable, 0u);
}

}  // namespace
}  // namespace latchkey::etcd
