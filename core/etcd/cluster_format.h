// What a cluster keeps in etcd, as in docs/cluster_format.md: the head of the ledger, and its
// newest batches. Thread-safe: free functions without state.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/crypto/secret.h"
#include "core/log/log.h"

namespace latchkey::etcd {

inline constexpr std::size_t kLedgerIdBytes = 16;
inline constexpr std::size_t kEpochBytes = 10;
inline constexpr std::size_t kBatchIdBytes = 16;
inline constexpr std::size_t kClusterKeyBytes = 32;
inline constexpr std::size_t kMaxNodeNameBytes = 63;
// The value of a batch. etcd refuses requests of more than 1.5 MiB, in which the head is as well.
inline constexpr std::size_t kMaxBatchBytes = 1u << 20;

// The keys of one ledger in one epoch.
class EtcdKeys {
 public:
  // Precondition: kLedgerIdBytes and kEpochBytes.
  EtcdKeys(std::string_view ledger_id, std::string_view epoch);

  std::string Head() const;
  std::string Batch(std::uint64_t first) const;  // `first`: sequence of its first entry
  std::string BatchesEnd() const;                // sorts after every batch, and before all else

 private:
  std::string prefix_;
};

struct ClusterHead {
  log::Head head;
  std::uint64_t term = 0;  // of the leader that wrote it
  std::string batch_id;    // of the last batch; of the cluster's beginning where there is none
  std::string node;        // that wrote it: 1 to kMaxNodeNameBytes

  bool operator==(const ClusterHead&) const = default;
};

struct ClusterBatch {
  std::string id;
  std::uint64_t term = 0;
  std::string root;  // of the tree after this batch
  std::vector<std::string> entries;

  bool operator==(const ClusterBatch&) const = default;
};

// Whether a batch of these entries has a value within kMaxBatchBytes.
bool FitsInBatch(std::span<const std::string> entries);

// Values as they are in etcd: the content, and a MAC under the cluster key of `key` and content.
std::string EncodeClusterHead(const crypto::Secret& cluster_key, std::string_view key,
                              const ClusterHead& head);
std::string EncodeClusterBatch(const crypto::Secret& cluster_key, std::string_view key,
                               const ClusterBatch& batch);
// Return kUnusable and words for values of another key, cluster or version, and for damaged ones.
Result<ClusterHead> DecodeClusterHead(const crypto::Secret& cluster_key, std::string_view key,
                                      std::string_view value);
Result<ClusterBatch> DecodeClusterBatch(const crypto::Secret& cluster_key, std::string_view key,
                                        std::string_view value);

// The content without its MAC, for the functions above and the fuzzer. What is parsed and written
// again gives the same bytes.
std::string WriteClusterHead(const ClusterHead& head);
std::string WriteClusterBatch(const ClusterBatch& batch);
Result<ClusterHead> ParseClusterHead(std::string_view content);
Result<ClusterBatch> ParseClusterBatch(std::string_view content);

}  // namespace latchkey::etcd
