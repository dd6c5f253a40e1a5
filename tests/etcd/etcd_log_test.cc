// What the log of a cluster promises beyond the contract: who wins, what became of an append whose
// answer was lost, and what is not taken over from etcd.
#include "core/etcd/etcd_log.h"

#include <future>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/limits.h"
#include "tests/etcd/cluster_node.h"
#include "tests/etcd/etcd_cluster.h"
#include "tests/etcd/tcp_proxy.h"
#include "tests/support/fakes.h"
#include "tests/support/memory_log.h"

namespace latchkey::etcd {
namespace {

using log::AppendOutcome;
using testing::MemoryLog;
using testing::TcpProxy;
using Entries = std::vector<std::string>;

// A node with its own log and client.
struct Node {
  MemoryLog local;
  std::unique_ptr<EtcdClient> client;
  std::unique_ptr<EtcdLog> log;
};

void ExpectEntries(const log::Log& log, const Entries& expected) {
  Entries found;
  EXPECT_TRUE(log.Scan(0, log.size(), [&](std::uint64_t, std::string_view entry) {
    found.emplace_back(entry);
    return true;
  }));
  EXPECT_EQ(found, expected);
}

class EtcdLogTest : public ::testing::Test {
 protected:
  EtcdLogTest() { ledger_.Begin(*direct_, MemoryLog()); }

  std::string DirectUrl() const { return "https://" + testing::SharedEtcd().addresses.front(); }

  // A node that asks these endpoints in this order; all of etcd where there are none.
  std::unique_ptr<Node> Join(const std::string& name, std::vector<std::string> endpoints = {}) {
    auto node = std::make_unique<Node>();
    node->client = testing::ConnectTo(testing::SharedEtcd().Options(std::move(endpoints)));
    node->log = ledger_.Open(*node->client, node->local, name);
    return node;
  }
  static AppendOutcome Append(Node& node, const Entries& entries) {
    return node.log->Append(node.log->size(), entries);
  }
  static std::future<AppendOutcome> BeginAppend(Node& node, const Entries& entries) {
    return std::async(std::launch::async, [&node, entries] { return Append(node, entries); });
  }
  void AwaitHeadOfSize(std::uint64_t size) {
    while (ledger_.Head(*direct_).head.size < size) continue;  // each asks etcd
  }
  // What a node that joins now reads from etcd.
  void ExpectCluster(const Entries& expected) {
    const auto reader = Join("reader");
    ExpectEntries(*reader->log, expected);
    EXPECT_EQ(reader->log->head(), ledger_.Head(*direct_).head);
  }
  // A node at the size of `entries` is refused with this code and these words, and takes nothing.
  void ExpectRefused(MemoryLog& local, ErrorCode code, const std::string& words) {
    const log::Head before = local.head();
    const auto opened = ledger_.TryOpen(*direct_, local);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, code);
    EXPECT_NE(opened.error().detail.find(words), std::string::npos) << opened.error().detail;
    EXPECT_EQ(local.head(), before);
  }

  std::unique_ptr<EtcdClient> direct_ = testing::ConnectTo(testing::SharedEtcd().Options());
  testing::ClusterLedger ledger_;
  testing::SeededRandom random_;
};

TEST_F(EtcdLogTest, OfTwoWritersOnOneHeadExactlyOneWins) {
  const auto one = Join("one");
  const auto two = Join("two");
  Entries expected;
  for (int round = 0; round < 50; ++round) {
    const std::string first = "one " + std::to_string(round);
    const std::string second = "two " + std::to_string(round);
    std::future<AppendOutcome> other = BeginAppend(*two, {second});
    const AppendOutcome outcome = Append(*one, {first});
    const AppendOutcome of_other = other.get();
    ASSERT_NE(outcome == AppendOutcome::kDurable, of_other == AppendOutcome::kDurable);
    EXPECT_TRUE(outcome == AppendOutcome::kRefused || of_other == AppendOutcome::kRefused);
    expected.push_back(outcome == AppendOutcome::kDurable ? first : second);
    ASSERT_EQ(one->log->head(), two->log->head()) << "the loser has caught up";
  }
  ExpectEntries(*one->log, expected);
  ExpectEntries(*two->log, expected);
}

TEST_F(EtcdLogTest, AnAppendWhoseAnswerIsCutOffIsDurable) {
  TcpProxy proxy(testing::SharedEtcd().addresses.front());
  const auto node = Join("one", {proxy.url(), DirectUrl()});
  ASSERT_EQ(Append(*node, {"a"}), AppendOutcome::kDurable);
  proxy.Set(TcpProxy::Mode::kLoseAnswers);
  std::future<AppendOutcome> outcome = BeginAppend(*node, {"b", "c"});
  AwaitHeadOfSize(3);
  proxy.Cut();
  EXPECT_EQ(outcome.get(), AppendOutcome::kDurable);
  EXPECT_EQ(Append(*node, {"d"}), AppendOutcome::kDurable);
  ExpectEntries(*node->log, {"a", "b", "c", "d"});
  ExpectCluster({"a", "b", "c", "d"});
}

TEST_F(EtcdLogTest, ItIsDurableAlsoWhenOthersHaveAppendedBehindIt) {
  TcpProxy proxy(testing::SharedEtcd().addresses.front());
  const auto node = Join("one", {proxy.url(), DirectUrl()});
  proxy.Set(TcpProxy::Mode::kLoseAnswers);
  std::future<AppendOutcome> outcome = BeginAppend(*node, {"a"});
  AwaitHeadOfSize(1);
  ASSERT_EQ(Append(*Join("two"), {"b"}), AppendOutcome::kDurable);
  proxy.Cut();
  EXPECT_EQ(outcome.get(), AppendOutcome::kDurable);
  ExpectEntries(*node->log, {"a"});
  EXPECT_EQ(Append(*node, {"c"}), AppendOutcome::kRefused) << "b has that place";
  ExpectEntries(*node->log, {"a", "b"});
  EXPECT_EQ(Append(*node, {"c"}), AppendOutcome::kDurable);
  ExpectCluster({"a", "b", "c"});
}

TEST_F(EtcdLogTest, ARequestThatWasHeldUpChangesNothingWhenItArrives) {
  TcpProxy proxy(testing::SharedEtcd().addresses.front());
  const auto node = Join("one", {proxy.url(), DirectUrl()});
  proxy.Set(TcpProxy::Mode::kHoldRequests);
  EXPECT_EQ(Append(*node, {"a"}), AppendOutcome::kDurable) << "by the second attempt";
  const ClusterHead after = ledger_.Head(*direct_);
  proxy.LetGo();
  const auto beside = testing::ConnectTo(testing::SharedEtcd().Options({proxy.url()}));
  EXPECT_EQ(ledger_.Head(*beside), after);
  EXPECT_EQ(Append(*node, {"b"}), AppendOutcome::kDurable);
  ExpectCluster({"a", "b"});
}

TEST_F(EtcdLogTest, AnAppendThatOthersOvertookIsRefused) {
  TcpProxy proxy(testing::SharedEtcd().addresses.front());
  const auto node = Join("one", {proxy.url(), DirectUrl()});
  proxy.Set(TcpProxy::Mode::kHoldRequests);
  std::future<AppendOutcome> outcome = BeginAppend(*node, {"mine"});
  proxy.AwaitRequest();
  ASSERT_EQ(Append(*Join("two"), {"theirs"}), AppendOutcome::kDurable);
  proxy.Cut();
  EXPECT_EQ(outcome.get(), AppendOutcome::kRefused);
  EXPECT_FALSE(node->log->failure());
  ExpectEntries(*node->log, {"theirs"});
  ExpectCluster({"theirs"});
}

TEST_F(EtcdLogTest, AnAppendWhosePlaceIsGoneIsUnknown) {
  const auto node = Join("one");
  ASSERT_EQ(Append(*Join("two"), {"theirs"}), AppendOutcome::kDurable);
  ledger_.Put(*direct_, ledger_.keys().Batch(0), "");
  EXPECT_EQ(Append(*node, {"mine"}), AppendOutcome::kUnknown);
  ASSERT_TRUE(node->log->failure());
  EXPECT_EQ(node->log->failure()->code, ErrorCode::kOutcomeUnknown);
  EXPECT_EQ(node->log->size(), 0u);
  EXPECT_EQ(Append(*node, {"mine"}), AppendOutcome::kUnknown);
  EXPECT_FALSE(node->log->CatchUp());
}

TEST_F(EtcdLogTest, ALocalLogThatFailsLeavesTheAppendInTheCluster) {
  const auto node = Join("one");
  node->local.FailNextAppend(false);
  EXPECT_EQ(Append(*node, {"a"}), AppendOutcome::kUnknown);
  EXPECT_EQ(node->log->size(), 0u);
  ASSERT_TRUE(node->log->failure());
  EXPECT_EQ(node->log->failure()->code, ErrorCode::kIo);
  node->log.reset();
  node->local.Reopen();
  node->log = ledger_.Open(*node->client, node->local);
  ExpectEntries(*node->log, {"a"});
}

TEST_F(EtcdLogTest, ALocalLogThatFailsWhileCatchingUpStaysBehind) {
  const auto node = Join("one");
  ASSERT_EQ(Append(*Join("two"), {"theirs"}), AppendOutcome::kDurable);
  node->local.FailNextAppend(false);
  const Status caught_up = node->log->CatchUp();
  ASSERT_FALSE(caught_up);
  EXPECT_EQ(caught_up.error().code, ErrorCode::kIo);
  EXPECT_EQ(Append(*node, {"mine"}), AppendOutcome::kUnknown);
}

TEST_F(EtcdLogTest, CatchesUpOverManyBatches) {
  const auto writer = Join("one");
  const auto follower = Join("two");
  Entries expected;
  for (int batch = 0; batch < 3 * kBatchesPerPage + 2; ++batch) {
    Entries entries;
    for (std::uint64_t i = 0; i <= random_.Below(4); ++i) {
      entries.push_back(random_.Bytes(1 + random_.Below(50)));
    }
    ASSERT_EQ(Append(*writer, entries), AppendOutcome::kDurable);
    expected.insert(expected.end(), entries.begin(), entries.end());
  }
  EXPECT_EQ(follower->log->size(), 0u);
  ASSERT_TRUE(follower->log->CatchUp());
  ExpectEntries(*follower->log, expected);
  EXPECT_EQ(follower->log->head(), writer->log->head());
  EXPECT_EQ(Append(*follower, {"next"}), AppendOutcome::kDurable);
}

TEST_F(EtcdLogTest, TakesTheLargestBatch) {
  Entries entries;
  while (FitsInBatch(entries)) entries.emplace_back(ledger_limits::kMaxEntryBytes, 'x');
  entries.pop_back();
  entries.emplace_back(1, 'x');
  while (FitsInBatch(entries)) entries.back() += 'x';
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH((void)Append(*Join("one"), entries), "larger than etcd takes");
  entries.back().pop_back();
  EXPECT_EQ(Append(*Join("one"), entries), AppendOutcome::kDurable);
  ExpectCluster(entries);
}

TEST_F(EtcdLogTest, AClusterBeginsOnce) {
  testing::SeededRandom random;
  const Status again = EtcdLog::Begin(*direct_, MemoryLog(), random, ledger_.Options("two"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kInUse);
  EXPECT_EQ(ledger_.Head(*direct_).node, "one");
}

TEST_F(EtcdLogTest, ALedgerThatGrewAloneBecomesACluster) {
  testing::ClusterLedger ledger;
  MemoryLog local;
  const Entries before = {"a", "b"};
  ASSERT_EQ(local.Append(0, before), AppendOutcome::kDurable);
  ledger.Begin(*direct_, local);
  const auto log = ledger.Open(*direct_, local);
  ASSERT_EQ(log->Append(2, Entries{"c"}), AppendOutcome::kDurable);
  ExpectEntries(*log, {"a", "b", "c"});

  MemoryLog empty;
  const auto joined = ledger.TryOpen(*direct_, empty, "two");
  ASSERT_FALSE(joined) << "what came before is in no batch";
  EXPECT_EQ(joined.error().code, ErrorCode::kBehind);
}

TEST_F(EtcdLogTest, TakesNothingDamagedFromEtcd) {
  ASSERT_EQ(Append(*Join("one"), {"a"}), AppendOutcome::kDurable);
  ASSERT_EQ(Append(*Join("one"), {"b"}), AppendOutcome::kDurable);
  for (const std::string& key : {ledger_.keys().Head(), ledger_.keys().Batch(0)}) {
    const std::string good = ledger_.Value(*direct_, key);
    std::string damaged = good;
    damaged[random_.Below(damaged.size())] ^= static_cast<char>(1u << random_.Below(8));
    ledger_.Put(*direct_, key, damaged);
    MemoryLog local;
    ExpectRefused(local, ErrorCode::kUnusable, "is damaged");
    ledger_.Put(*direct_, key, good);
  }
  // A good batch, in the place of another.
  ledger_.Put(*direct_, ledger_.keys().Batch(0), ledger_.Value(*direct_, ledger_.keys().Batch(1)));
  MemoryLog local;
  ExpectRefused(local, ErrorCode::kUnusable, "is damaged");
}

TEST_F(EtcdLogTest, TakesNoBatchThatGivesAnotherRoot) {
  ASSERT_EQ(Append(*Join("one"), {"a"}), AppendOutcome::kDurable);
  const std::string key = ledger_.keys().Batch(0);
  const std::string stored = ledger_.Value(*direct_, key);
  auto batch = DecodeClusterBatch(ledger_.cluster_key(), key, stored);
  ASSERT_TRUE(batch);
  MemoryLog local;
  const auto put = [&](const ClusterBatch& changed) {
    ledger_.Put(*direct_, key, EncodeClusterBatch(ledger_.cluster_key(), key, changed));
  };
  ClusterBatch other = *batch;
  other.entries = {"b"};
  put(other);
  ExpectRefused(local, ErrorCode::kUnusable, "another than that of this node");
  other = *batch;
  other.id.front() ^= 1;
  put(other);
  ExpectRefused(local, ErrorCode::kUnusable, "another than that of this node");
  // Right in itself, and reaching beyond the head.
  MemoryLog longer;
  ASSERT_EQ(longer.Append(0, Entries{"a", "b"}), AppendOutcome::kDurable);
  other = *batch;
  other.entries = {"a", "b"};
  other.root = longer.head().root;
  put(other);
  ExpectRefused(local, ErrorCode::kUnusable, "another than that of this node");
}

TEST_F(EtcdLogTest, IsRefusedWhereEtcdAndTheNodeDisagree) {
  MemoryLog ahead;
  ASSERT_EQ(ahead.Append(0, Entries{"a"}), AppendOutcome::kDurable);
  ExpectRefused(ahead, ErrorCode::kUnusable, "etcd has lost what it had committed");

  ASSERT_EQ(Append(*Join("one"), {"b"}), AppendOutcome::kDurable);
  ExpectRefused(ahead, ErrorCode::kUnusable, "another than that of this node");
  ASSERT_EQ(Append(*Join("one"), {"c"}), AppendOutcome::kDurable);
  ExpectRefused(ahead, ErrorCode::kUnusable, "another than that of this node");

  MemoryLog empty;
  ledger_.Put(*direct_, ledger_.keys().Batch(0), "");
  ExpectRefused(empty, ErrorCode::kBehind, "copy the ledger of another");
  ledger_.Put(*direct_, ledger_.keys().Head(), "");
  ExpectRefused(empty, ErrorCode::kUnusable, "no head of this ledger");
}

TEST_F(EtcdLogTest, ComparesTheRevisionOfTheHeadAndItsValue) {
  const std::string key = ledger_.keys().Head();
  const auto node = Join("one");
  ASSERT_EQ(Append(*node, {"a"}), AppendOutcome::kDurable);
  const ClusterHead head = ledger_.Head(*direct_);
  ClusterHead other = head;
  other.term += 1;
  for (const ClusterHead& put : {head, other}) {  // the same value again; another one
    const auto late = Join("one");
    ledger_.Put(*direct_, key, EncodeClusterHead(ledger_.cluster_key(), key, put));
    EXPECT_EQ(Append(*late, {"b"}), AppendOutcome::kUnknown) << "no batch has its place";
    EXPECT_EQ(ledger_.Head(*direct_), put);
    EXPECT_EQ(ledger_.Value(*direct_, ledger_.keys().Batch(1)), "");
  }
}

}  // namespace
}  // namespace latchkey::etcd
