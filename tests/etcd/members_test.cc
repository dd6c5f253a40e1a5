// Members of etcd that stop in the middle of an append, keep their connections, and go on later;
// and an etcd that was set back.
#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/etcd/etcd_log.h"
#include "tests/etcd/cluster_node.h"
#include "tests/etcd/etcd_cluster.h"
#include "tests/etcd/tcp_proxy.h"
#include "tests/support/memory_log.h"
#include "tests/support/temp_dir.h"

namespace latchkey::etcd {
namespace {

using log::AppendOutcome;
using testing::EtcdCluster;
using testing::MemoryLog;
using testing::TcpProxy;

TEST(FrozenEtcd, AnAppendIsResolvedOnceItGoesOn) {
  EtcdCluster cluster(1);
  TcpProxy proxy(cluster.access().addresses.front());
  const auto client = testing::ConnectTo(cluster.access().Options({proxy.url()}));
  testing::ClusterLedger ledger;
  MemoryLog local;
  ledger.Begin(*client, local);
  const auto log = ledger.Open(*client, local);
  std::vector<std::string> expected;
  for (int round = 0; round < 3; ++round) {
    const std::string entry = "entry " + std::to_string(round);
    cluster.Freeze(0);
    proxy.Set(TcpProxy::Mode::kPass);
    std::future<AppendOutcome> outcome = std::async(std::launch::async, [&] {
      return log->Append(log->size(), {&entry, 1});
    });
    proxy.AwaitRequest();  // the transaction lies in the sockets of etcd
    proxy.Set(TcpProxy::Mode::kPass);
    proxy.AwaitRequest();  // it was given up, and the next attempt begins
    cluster.Thaw(0);
    ASSERT_EQ(outcome.get(), AppendOutcome::kDurable);
    expected.push_back(entry);
    ASSERT_EQ(ledger.Head(*client).head, log->head());
  }
  MemoryLog fresh;
  const auto reader = ledger.Open(*client, fresh, "two");
  ASSERT_EQ(reader->size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(reader->Read(i), expected[i]);
}

TEST(FrozenEtcd, AnAppendGoesToAnotherMember) {
  constexpr std::size_t kMembers = 3;
  EtcdCluster cluster(kMembers);
  const std::vector<std::string> addresses = cluster.access().addresses;
  const auto any = testing::ConnectTo(cluster.access().Options());
  testing::ClusterLedger ledger;
  MemoryLog first;
  ledger.Begin(*any, first);
  for (std::size_t frozen = 0; frozen < kMembers; ++frozen) {  // one of them leads
    std::vector<std::string> endpoints;
    for (std::size_t i = 0; i < kMembers; ++i) {
      endpoints.push_back("https://" + addresses[(frozen + i) % kMembers]);
    }
    const auto client = testing::ConnectTo(cluster.access().Options(endpoints));
    MemoryLog local;
    const auto log = ledger.Open(*client, local);
    const std::string before = "before " + std::to_string(frozen);
    const std::string during = "during " + std::to_string(frozen);
    ASSERT_EQ(log->Append(log->size(), {&before, 1}), AppendOutcome::kDurable);
    cluster.Freeze(frozen);
    ASSERT_EQ(log->Append(log->size(), {&during, 1}), AppendOutcome::kDurable);
    cluster.Thaw(frozen);
    // The member knows the same head, after what lay in its sockets.
    const auto thawed = testing::ConnectTo(cluster.access().Options({endpoints.front()}));
    EXPECT_EQ(ledger.Head(*thawed).head, log->head());
    EXPECT_EQ(log->size(), 2 * (frozen + 1));
    MemoryLog fresh;
    EXPECT_EQ(ledger.Open(*thawed, fresh, "two")->head(), log->head());
  }
}

// Its revisions come again, with other values: what this node has seen there is the cluster's no
// more.
TEST(EtcdSetBack, IsSeenByItsValueWhereTheRevisionIsTheSame) {
  namespace fs = std::filesystem;
  EtcdCluster cluster(1);
  const testing::TempDir kept;
  const auto client = testing::ConnectTo(cluster.access().Options());
  testing::ClusterLedger ledger;
  MemoryLog local;
  ledger.Begin(*client, local);
  cluster.Restart(
      0, [&](const fs::path& data) { fs::copy(data, kept / "data", fs::copy_options::recursive); });
  const auto log = ledger.Open(*client, local);
  const std::string lost = "lost";
  ASSERT_EQ(log->Append(0, {&lost, 1}), AppendOutcome::kDurable);
  const std::int64_t seen = ledger.Revision(*client);

  cluster.Restart(0, [&](const fs::path& data) {
    fs::remove_all(data);
    fs::copy(kept / "data", data, fs::copy_options::recursive);
  });
  MemoryLog of_other;
  const auto other = ledger.Open(*client, of_other, "two");
  const std::string instead = "instead";
  ASSERT_EQ(other->Append(0, {&instead, 1}), AppendOutcome::kDurable);
  ASSERT_EQ(ledger.Revision(*client), seen);
  const ClusterHead head = ledger.Head(*client);

  const std::string next = "next";
  EXPECT_EQ(log->Append(1, {&next, 1}), AppendOutcome::kUnknown);
  EXPECT_EQ(ledger.Head(*client), head);
  const auto again = ledger.TryOpen(*client, local);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kUnusable);
}

}  // namespace
}  // namespace latchkey::etcd
