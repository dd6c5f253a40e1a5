#include "core/etcd/etcd_log.h"

#include <functional>
#include <utility>
#include <vector>

#include "core/base/check.h"
#include "core/etcd/rpc.pb.h"

namespace latchkey::etcd {
namespace {

using log::AppendOutcome;

void AddPut(std::string key, std::string value, etcdserverpb::TxnRequest* request) {
  etcdserverpb::PutRequest* put = request->add_success()->mutable_request_put();
  put->set_key(std::move(key));
  put->set_value(std::move(value));
}

// What the transaction reads where its comparison fails: the keys as they are then, and never at
// a revision of the past.
void AddRead(std::string key, etcdserverpb::TxnRequest* request) {
  request->add_failure()->mutable_request_range()->set_key(std::move(key));
}

// The key that such a read found; null if there is none.
const mvccpb::KeyValue* FindRead(const etcdserverpb::TxnResponse& answer, int read) {
  if (answer.responses_size() <= read) return nullptr;
  const etcdserverpb::RangeResponse& found = answer.responses(read).response_range();
  return found.kvs_size() == 0 ? nullptr : &found.kvs(0);
}

// Reads of every transaction here.
constexpr int kHeadRead = 0;
constexpr int kBatchRead = 1;

Result<log::Tree> TreeOver(const log::Log& log) {
  return log::Tree::Load(
      log.size(), [&](std::uint32_t level, std::uint64_t index) { return log.Tile(level, index); },
      [&](std::uint64_t sequence) -> Result<std::string> {
        Result<std::string> entry = log.Read(sequence);
        if (!entry) return entry.error();
        return log::LeafHash(*entry);
      });
}

void AddEntries(std::span<const std::string> entries, log::Tree* tree) {
  std::vector<log::FullTile> full;  // the local log stores them
  for (const std::string& entry : entries) tree->Add(log::LeafHash(entry), &full);
}

Error Unusable(std::string detail) { return Refuse(ErrorCode::kUnusable, std::move(detail)); }

Error NotThatOfThisNode(std::uint64_t size) {
  return Unusable(
      "the ledger in etcd is another than that of this node: they differ within the first " +
      std::to_string(size) + " events. Nothing is written; compare the nodes with verify");
}

}  // namespace

// An append under way.
struct EtcdLog::Proposal {
  etcdserverpb::TxnRequest request;
  log::Tree tree;  // after it
  Shown shown;     // the head after it; its revision is that of the answer
};

Status EtcdLog::Begin(EtcdClient& client, const log::Log& local, Random& random,
                      const Options& options) {
  const std::string key = EtcdKeys(options.ledger_id, options.epoch).Head();
  const ClusterHead head{local.head(), options.term, random.Bytes(kBatchIdBytes), options.node};
  etcdserverpb::TxnRequest request;
  etcdserverpb::Compare* absent = request.add_compare();
  absent->set_key(key);
  absent->set_target(etcdserverpb::Compare::CREATE);
  absent->set_create_revision(0);
  AddPut(key, EncodeClusterHead(options.cluster_key, key, head), &request);
  AddRead(key, &request);
  const Result<etcdserverpb::TxnResponse> answer = client.Txn(request);
  if (!answer) return answer.error();
  if (answer->succeeded()) return {};
  const mvccpb::KeyValue* found = FindRead(*answer, kHeadRead);
  if (found == nullptr) return Unusable("etcd's answer lacks the head of the ledger");
  // An earlier attempt of this very call may have been carried out.
  const Result<ClusterHead> there = DecodeClusterHead(options.cluster_key, key, found->value());
  if (there && *there == head) return {};
  return Refuse(ErrorCode::kInUse, "etcd already holds the head of this ledger: it is a cluster");
}

EtcdLog::EtcdLog(EtcdClient& client, log::Log& local, Random& random, Options options)
    : client_(client),
      local_(local),
      random_(random),
      options_(std::move(options)),
      keys_(options_.ledger_id, options_.epoch) {}

Result<std::unique_ptr<EtcdLog>> EtcdLog::Open(EtcdClient& client, log::Log& local, Random& random,
                                               Options options) {
  std::unique_ptr<EtcdLog> opened(new EtcdLog(client, local, random, std::move(options)));
  Result<log::Tree> tree = TreeOver(local);
  if (!tree) return tree.error();
  opened->tree_ = *std::move(tree);
  if (Status caught_up = opened->CatchUp(); !caught_up) return caught_up.error();
  return opened;
}

AppendOutcome EtcdLog::Append(std::uint64_t expected_size, std::span<const std::string> entries) {
  log::RequireAppendable(entries);
  Check(FitsInBatch(entries), "a batch is larger than etcd takes");
  const std::lock_guard lock(mutex_);
  if (failure_) return AppendOutcome::kUnknown;
  if (expected_size != tree_.size()) return AppendOutcome::kRefused;
  if (shown_.head.head.size != tree_.size()) {
    // Batches of others are already known to follow. Nothing is sent.
    (void)CatchUpLocked();
    return AppendOutcome::kRefused;
  }
  Proposal proposal = Propose(entries);
  const Result<etcdserverpb::TxnResponse> answer = client_.Txn(proposal.request);
  if (!answer) return Fail(answer.error());
  if (!answer->succeeded()) return Judge(proposal, *answer, entries);
  proposal.shown.revision = answer->header().revision();
  shown_ = proposal.shown;
  return Keep(proposal, entries);
}

EtcdLog::Proposal EtcdLog::Propose(std::span<const std::string> entries) {
  Proposal proposal;
  proposal.tree = tree_;
  AddEntries(entries, &proposal.tree);
  const std::string head_key = keys_.Head();
  const std::string batch_key = keys_.Batch(tree_.size());
  const ClusterBatch batch{random_.Bytes(kBatchIdBytes),
                           options_.term,
                           proposal.tree.Root(),
                           {entries.begin(), entries.end()}};
  proposal.shown.head = {
      {proposal.tree.size(), batch.root}, options_.term, batch.id, options_.node};
  proposal.shown.value = EncodeClusterHead(options_.cluster_key, head_key, proposal.shown.head);

  etcdserverpb::Compare* revision = proposal.request.add_compare();
  revision->set_key(head_key);
  revision->set_target(etcdserverpb::Compare::MOD);
  revision->set_mod_revision(shown_.revision);
  // After a restore of etcd's own the same revision may have another value.
  etcdserverpb::Compare* value = proposal.request.add_compare();
  value->set_key(head_key);
  value->set_target(etcdserverpb::Compare::VALUE);
  value->set_value(shown_.value);
  AddPut(head_key, proposal.shown.value, &proposal.request);
  AddPut(batch_key, EncodeClusterBatch(options_.cluster_key, batch_key, batch), &proposal.request);
  AddRead(head_key, &proposal.request);
  AddRead(batch_key, &proposal.request);
  return proposal;
}

// The head has moved. Either an earlier attempt of this append was carried out, or another's batch
// has its place; which of them it was is in the id of the batch there.
AppendOutcome EtcdLog::Judge(const Proposal& proposal, const etcdserverpb::TxnResponse& answer,
                             std::span<const std::string> entries) {
  const mvccpb::KeyValue* found = FindRead(answer, kBatchRead);
  if (found == nullptr) {
    return Fail(Refuse(ErrorCode::kOutcomeUnknown,
                       "the head in etcd has moved, and no batch is in the place of this one"));
  }
  const Result<ClusterBatch> there =
      DecodeClusterBatch(options_.cluster_key, keys_.Batch(tree_.size()), found->value());
  if (!there) return Fail(there.error());
  if (there->id != proposal.shown.head.batch_id) {
    (void)CatchUpLocked();
    return AppendOutcome::kRefused;
  }
  const mvccpb::KeyValue* head = FindRead(answer, kHeadRead);
  if (head == nullptr) return Fail(Unusable("etcd's answer lacks the head of the ledger"));
  Result<ClusterHead> newest = DecodeClusterHead(options_.cluster_key, keys_.Head(), head->value());
  if (!newest) return Fail(newest.error());
  shown_ = {*std::move(newest), head->value(), head->mod_revision()};
  return Keep(proposal, entries);
}

// What etcd has committed, to the local log.
AppendOutcome EtcdLog::Keep(const Proposal& proposal, std::span<const std::string> entries) {
  if (local_.Append(tree_.size(), entries) != AppendOutcome::kDurable) {
    return Fail(Refuse(ErrorCode::kIo, "the append is in etcd, and this node's disk has failed"));
  }
  tree_ = proposal.tree;
  return AppendOutcome::kDurable;
}

AppendOutcome EtcdLog::Fail(Error why) {
  failure_ = std::move(why);
  return AppendOutcome::kUnknown;
}

Status EtcdLog::CatchUp() {
  const std::lock_guard lock(mutex_);
  if (failure_) return *failure_;
  return CatchUpLocked();
}

Status EtcdLog::CatchUpLocked() {
  Result<Shown> newest = ShowHead();
  if (!newest) return newest.error();
  const log::Head& head = newest->head.head;
  if (head.size < tree_.size()) {
    return Unusable("etcd holds " + std::to_string(head.size) +
                    " events of this ledger, and this " + "node " + std::to_string(tree_.size()) +
                    ": etcd has lost what it had committed. Bring back its data");
  }
  while (tree_.size() < head.size) {
    if (Status taken = TakePage(newest->head); !taken) return taken;
  }
  if (head.root != tree_.Root()) return NotThatOfThisNode(head.size);
  shown_ = *std::move(newest);
  return {};
}

Result<EtcdLog::Shown> EtcdLog::ShowHead() {
  etcdserverpb::RangeRequest request;
  request.set_key(keys_.Head());
  const Result<etcdserverpb::RangeResponse> answer = client_.Range(request);
  if (!answer) return answer.error();
  if (answer->kvs_size() == 0) return Unusable("etcd holds no head of this ledger in this epoch");
  const mvccpb::KeyValue& found = answer->kvs(0);
  Result<ClusterHead> head = DecodeClusterHead(options_.cluster_key, request.key(), found.value());
  if (!head) return head.error();
  return Shown{*std::move(head), found.value(), found.mod_revision()};
}

// The next batches up to the head `until`, all verified before any is written.
Status EtcdLog::TakePage(const ClusterHead& until) {
  etcdserverpb::RangeRequest request;
  request.set_key(keys_.Batch(tree_.size()));
  request.set_range_end(keys_.BatchesEnd());
  request.set_limit(kBatchesPerPage);
  const Result<etcdserverpb::RangeResponse> answer = client_.Range(request);
  if (!answer) return answer.error();
  log::Tree tree = tree_;
  std::vector<std::string> entries;
  for (const mvccpb::KeyValue& found : answer->kvs()) {
    if (tree.size() == until.head.size) break;
    if (found.key() != keys_.Batch(tree.size())) break;  // told below
    Result<ClusterBatch> batch =
        DecodeClusterBatch(options_.cluster_key, found.key(), found.value());
    if (!batch) return batch.error();
    AddEntries(batch->entries, &tree);
    if (batch->root != tree.Root() || tree.size() > until.head.size ||
        (tree.size() == until.head.size &&
         (batch->root != until.head.root || batch->id != until.batch_id))) {
      return NotThatOfThisNode(tree.size());
    }
    for (std::string& entry : batch->entries) entries.push_back(std::move(entry));
  }
  if (entries.empty()) {
    return Refuse(ErrorCode::kBehind,
                  "etcd no longer holds event " + std::to_string(tree_.size()) +
                      ", the next one of this node: copy the ledger of another");
  }
  if (local_.Append(tree_.size(), entries) != AppendOutcome::kDurable) {
    (void)Fail(Refuse(ErrorCode::kIo, "this node's disk has failed"));
    return *failure_;
  }
  tree_ = std::move(tree);
  return {};
}

Result<bool> EtcdLog::AwaitOthers(std::chrono::milliseconds within, const std::stop_token& stop) {
  std::int64_t revision = 0;
  {
    const std::lock_guard lock(mutex_);
    revision = shown_.revision;
  }
  return client_.AwaitChange(keys_.Head(), revision, within, stop);
}

std::optional<Error> EtcdLog::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

}  // namespace latchkey::etcd
