// The log of a cluster: etcd orders the appends and holds the newest of them, the local log of each
// node holds everything. Values and keys in etcd: docs/cluster_format.md.
//
// An append is one transaction. It compares the head in etcd, by revision and by value, with the
// head that it was decided at, and puts the new head and the batch. Only what etcd has committed is
// written to the local log, and only that counts in size() and head(). An attempt without an answer
// is repeated elsewhere: the repetition writes under the same comparison, so that at most one of
// them succeeds, however late the first arrives, and its answer says which.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/crypto/secret.h"
#include "core/etcd/client.h"
#include "core/etcd/cluster_format.h"
#include "core/log/log.h"
#include "core/log/tree.h"

namespace latchkey::etcd {

// Batches that are read from etcd at a time, and written to the local log with one sync.
inline constexpr std::int64_t kBatchesPerPage = 16;
static_assert(kBatchesPerPage * static_cast<std::int64_t>(kMaxBatchBytes) < kMaxAnswerBytes);

class EtcdLog final : public log::Log {
 public:
  struct Options {
    std::string ledger_id;  // kLedgerIdBytes
    std::string epoch;      // kEpochBytes
    std::string node;       // the name of this one: 1 to kMaxNodeNameBytes
    std::uint64_t term = 0;
    crypto::Secret cluster_key;  // kClusterKeyBytes
  };

  // Writes the head of a ledger that becomes a cluster: that of `local`, from which on etcd orders.
  // Returns kInUse when there is a head already, kIo when it is not known.
  static Status Begin(EtcdClient& client, const log::Log& local, Random& random,
                      const Options& options);

  // Opens the cluster's log over that of this node, and catches up. Returns what CatchUp does. The
  // references outlive it, and nothing else writes to `local`.
  static Result<std::unique_ptr<EtcdLog>> Open(EtcdClient& client, log::Log& local, Random& random,
                                               Options options);

  // As for every log, and: kRefused when the batch of another node has the place, which the log
  // then holds as well unless catching up failed; kUnknown when no answer came in time, when
  // neither batch can be found there, or when the local log failed after etcd had committed.
  // Precondition: FitsInBatch(entries).
  log::AppendOutcome Append(std::uint64_t expected_size,
                            std::span<const std::string> entries) override;

  log::Head head() const override { return local_.head(); }
  std::uint64_t size() const override { return local_.size(); }
  std::uint64_t epoch_start() const override { return local_.epoch_start(); }
  Result<std::string> Read(std::uint64_t sequence) const override { return local_.Read(sequence); }
  Status Scan(std::uint64_t from, std::uint64_t until,
              const std::function<bool(std::uint64_t, std::string_view)>& visit) const override {
    return local_.Scan(from, until, visit);
  }
  Result<std::string> Tile(std::uint32_t level, std::uint64_t index) const override {
    return local_.Tile(level, index);
  }

  // Takes over what other nodes have appended, each batch verified before it is written. Returns
  // kBehind when etcd no longer holds the batches after size(), kUnusable when etcd holds less than
  // this node or something else, kIo without an answer or when the local log fails. Blocks;
  // thread-safe.
  Status CatchUp();

  // Waits until the head in etcd is another than the one this log has seen last; see
  // EtcdClient::AwaitChange.
  Result<bool> AwaitOthers(std::chrono::milliseconds within, const std::stop_token& stop);

  // Why the last append ended unknown: no append and no CatchUp succeeds after it. Waits for one
  // that is under way. Thread-safe.
  std::optional<Error> failure() const;

 private:
  // The head in etcd, as the last answer showed it.
  struct Shown {
    ClusterHead head;
    std::string value;
    std::int64_t revision = 0;
  };
  struct Proposal;

  EtcdLog(EtcdClient& client, log::Log& local, Random& random, Options options);

  // All under mutex_.
  Proposal Propose(std::span<const std::string> entries);
  log::AppendOutcome Judge(const Proposal& proposal, const etcdserverpb::TxnResponse& answer,
                           std::span<const std::string> entries);
  log::AppendOutcome Keep(const Proposal& proposal, std::span<const std::string> entries);
  log::AppendOutcome Fail(Error why);
  Status CatchUpLocked();
  Result<Shown> ShowHead();
  Status TakePage(const ClusterHead& until);

  EtcdClient& client_;
  log::Log& local_;
  Random& random_;
  const Options options_;
  const EtcdKeys keys_;

  mutable std::mutex mutex_;  // guards the following, and appends to local_
  log::Tree tree_;            // over local_
  Shown shown_;
  std::optional<Error> failure_;
};

}  // namespace latchkey::etcd
