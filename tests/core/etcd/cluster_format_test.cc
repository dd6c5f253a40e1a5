// What a cluster keeps in etcd, byte by byte: what docs/cluster_format.md shows, and the golden
// file.
#include "core/etcd/cluster_format.h"

#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/hex.h"
#include "core/base/limits.h"
#include "core/log/tree.h"
#include "tests/support/fakes.h"

namespace latchkey::etcd {
namespace {

const std::vector<std::string> kEntries = {"entry 0", "entry 1", "entry 2"};

crypto::Secret ClusterKey(char of = 'c') {
  return crypto::Secret(std::string(kClusterKeyBytes, of));
}

EtcdKeys ExampleKeys() { return {std::string(kLedgerIdBytes, 'l'), std::string(kEpochBytes, 'e')}; }

std::string ExampleRoot() {
  log::Tree tree;
  std::vector<log::FullTile> full;
  for (const std::string& entry : kEntries) tree.Add(log::LeafHash(entry), &full);
  return tree.Root();
}

ClusterHead ExampleHead() {
  return {{kEntries.size(), ExampleRoot()}, 2, std::string(kBatchIdBytes, 'b'), "one"};
}

ClusterBatch ExampleBatch() {
  return {std::string(kBatchIdBytes, 'b'), 2, ExampleRoot(), kEntries};
}

std::string Contents(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// Key and value of head and batch, 32 bytes of a value in a line.
std::string Dump() {
  constexpr std::size_t kLineBytes = 32;
  const EtcdKeys keys = ExampleKeys();
  std::ostringstream out;
  const auto show = [&](const std::string& key, const std::string& value) {
    out << key << '\n';
    for (std::size_t at = 0; at < value.size(); at += kLineBytes) {
      out << text::ToHex(std::string_view(value).substr(at, kLineBytes)) << '\n';
    }
  };
  show(keys.Head(), EncodeClusterHead(ClusterKey(), keys.Head(), ExampleHead()));
  show(keys.Batch(0), EncodeClusterBatch(ClusterKey(), keys.Batch(0), ExampleBatch()));
  return out.str();
}

TEST(ClusterFormat, IsThatOfTheGoldenFile) {
  EXPECT_EQ(Dump(), Contents(LATCHKEY_GOLDEN_DIR "/cluster/head_and_batch.txt"));
}

TEST(ClusterFormat, IsThatOfTheWorkedExample) {
  EXPECT_NE(Contents(LATCHKEY_SOURCE_DIR "/docs/cluster_format.md").find(Dump()), std::string::npos)
      << "docs/cluster_format.md lacks: " << Dump();
}

TEST(ClusterFormat, KeysOfBatchesSortAsNumbersBetweenTheirBounds) {
  const EtcdKeys keys = ExampleKeys();
  std::set<std::string> sorted;
  std::string last;
  for (const std::uint64_t first :
       {0ull, 1ull, 9ull, 10ull, 255ull, 256ull, 0x7fffffffffffffffull, ~0ull}) {
    const std::string key = keys.Batch(first);
    EXPECT_LT(last, key);
    EXPECT_LT(key, keys.BatchesEnd());
    EXPECT_TRUE(sorted.insert(key).second);
    last = key;
  }
  EXPECT_LT(keys.BatchesEnd(), keys.Head());
}

TEST(ClusterFormat, EveryLedgerAndEpochHasItsOwnKeys) {
  std::set<std::string> heads;
  for (const char ledger : {'a', 'b'}) {
    for (const char epoch : {'a', 'b'}) {
      heads.insert(
          EtcdKeys(std::string(kLedgerIdBytes, ledger), std::string(kEpochBytes, epoch)).Head());
    }
  }
  EXPECT_EQ(heads.size(), 4u);
}

TEST(ClusterFormat, ReadsWhatItWrites) {
  testing::SeededRandom random;
  const EtcdKeys keys = ExampleKeys();
  for (int i = 0; i < 200; ++i) {
    const ClusterHead head = {{random.Below(~0ull), random.Bytes(log::kHashBytes)},
                              random.Below(~0ull),
                              random.Bytes(kBatchIdBytes),
                              random.Bytes(1 + random.Below(kMaxNodeNameBytes))};
    EXPECT_EQ(DecodeClusterHead(ClusterKey(), keys.Head(),
                                EncodeClusterHead(ClusterKey(), keys.Head(), head)),
              head);
    ClusterBatch batch = {
        random.Bytes(kBatchIdBytes), random.Below(~0ull), random.Bytes(log::kHashBytes), {}};
    for (std::uint64_t n = 0; n <= random.Below(5); ++n) {
      batch.entries.push_back(random.Bytes(1 + random.Below(300)));
    }
    const std::string key = keys.Batch(random.Below(~0ull));
    EXPECT_EQ(DecodeClusterBatch(ClusterKey(), key, EncodeClusterBatch(ClusterKey(), key, batch)),
              batch);
  }
}

TEST(ClusterFormat, HoldsEntriesUpToTheirLimit) {
  ClusterBatch batch = ExampleBatch();
  batch.entries = {std::string(ledger_limits::kMaxEntryBytes, 'x'), "y"};
  EXPECT_EQ(ParseClusterBatch(WriteClusterBatch(batch)), batch);
}

TEST(ClusterFormat, ALimitOfBytesIsOfTheValue) {
  ClusterBatch batch = ExampleBatch();
  while (FitsInBatch(batch.entries)) {
    batch.entries.emplace_back(ledger_limits::kMaxEntryBytes, 'x');
  }
  batch.entries.pop_back();
  batch.entries.emplace_back();
  while (FitsInBatch(batch.entries)) batch.entries.back() += 'x';
  batch.entries.back().pop_back();
  const std::string key = ExampleKeys().Batch(0);
  EXPECT_EQ(EncodeClusterBatch(ClusterKey(), key, batch).size(), kMaxBatchBytes);
  batch.entries.back() += 'x';
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH((void)WriteClusterBatch(batch), "larger than etcd takes");
}

// Every value that differs from a good one in a bit, in its length or in where it lies.
void ExpectAllDamageRefused(
    const std::string& key, const std::string& value,
    const std::function<bool(const crypto::Secret& cluster_key, const std::string& key,
                             const std::string& value)>& decodes) {
  ASSERT_TRUE(decodes(ClusterKey(), key, value));
  for (std::size_t at = 0; at < value.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = value;
      damaged[at] = static_cast<char>(damaged[at] ^ 1 << bit);
      EXPECT_FALSE(decodes(ClusterKey(), key, damaged)) << "byte " << at << ", bit " << bit;
    }
    EXPECT_FALSE(decodes(ClusterKey(), key, value.substr(0, at))) << "cut at " << at;
    EXPECT_FALSE(decodes(ClusterKey(), key, value.substr(at + 1))) << "begun at " << at;
  }
  EXPECT_FALSE(decodes(ClusterKey(), key, value + '\0'));
  EXPECT_FALSE(decodes(ClusterKey('d'), key, value));
  EXPECT_FALSE(decodes(ClusterKey(), key + '0', value));
}

TEST(ClusterFormat, ADamagedHeadIsRefused) {
  const std::string key = ExampleKeys().Head();
  ExpectAllDamageRefused(key, EncodeClusterHead(ClusterKey(), key, ExampleHead()),
                         [](const auto& cluster_key, const auto& at, const auto& value) {
                           return DecodeClusterHead(cluster_key, at, value).has_value();
                         });
}

TEST(ClusterFormat, ADamagedBatchIsRefused) {
  const std::string key = ExampleKeys().Batch(0);
  ExpectAllDamageRefused(key, EncodeClusterBatch(ClusterKey(), key, ExampleBatch()),
                         [](const auto& cluster_key, const auto& at, const auto& value) {
                           return DecodeClusterBatch(cluster_key, at, value).has_value();
                         });
}

// The content alone, as a node with the cluster key could write it.
TEST(ClusterFormat, ContentThatIsNotWholeIsRefused) {
  const std::string head = WriteClusterHead(ExampleHead());
  const std::string batch = WriteClusterBatch(ExampleBatch());
  for (std::size_t at = 0; at < head.size(); ++at)
    EXPECT_FALSE(ParseClusterHead(head.substr(0, at)));
  for (std::size_t at = 0; at < batch.size(); ++at) {
    EXPECT_FALSE(ParseClusterBatch(batch.substr(0, at)));
  }
  EXPECT_FALSE(ParseClusterHead(head + 'x'));
  EXPECT_FALSE(ParseClusterBatch(batch + 'x'));

  std::string nameless = head.substr(0, head.size() - 3);
  nameless.back() = 0;
  EXPECT_FALSE(ParseClusterHead(nameless));
  std::string long_name = head.substr(0, head.size() - 3);
  long_name.back() = static_cast<char>(kMaxNodeNameBytes + 1);
  EXPECT_FALSE(ParseClusterHead(long_name + std::string(kMaxNodeNameBytes + 1, 'n')));

  ClusterBatch none = ExampleBatch();
  none.entries.clear();
  EXPECT_FALSE(ParseClusterBatch(WriteClusterBatch(none))) << "a batch has entries";
  none.entries = {"a", ""};
  EXPECT_FALSE(ParseClusterBatch(WriteClusterBatch(none))) << "an entry has bytes";
}

TEST(ClusterFormat, AnotherFormatIsNamed) {
  std::string head = WriteClusterHead(ExampleHead());
  std::string batch = WriteClusterBatch(ExampleBatch());
  head[0] = batch[0] = 2;
  for (const Error& error : {ParseClusterHead(head).error(), ParseClusterBatch(batch).error()}) {
    EXPECT_EQ(error.code, ErrorCode::kUnusable);
    EXPECT_NE(error.detail.find("has format 2"), std::string::npos) << error.detail;
  }
}

}  // namespace
}  // namespace latchkey::etcd
