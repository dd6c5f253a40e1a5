#include "tests/etcd/cluster_node.h"

#include <cstdio>
#include <utility>

#include "core/base/check.h"
#include "core/etcd/rpc.pb.h"

namespace latchkey::testing {
namespace {

// A failed step without which the test has no meaning.
template <typename T>
T Need(Expected<T, Error> result) {
  if (!result) std::fprintf(stderr, "%s\n", result.error().detail.c_str());
  Check(result.has_value(), "a step of the test's own succeeds; above is why not");
  return *std::move(result);
}

}  // namespace

ClusterLedger::ClusterLedger()
    : id_(random_.Bytes(etcd::kLedgerIdBytes)),
      epoch_(random_.Bytes(etcd::kEpochBytes)),
      cluster_key_(random_.Bytes(etcd::kClusterKeyBytes)),
      keys_(id_, epoch_) {}

etcd::EtcdLog::Options ClusterLedger::Options(const std::string& node) const {
  return {id_, epoch_, node, 1, crypto::Secret(std::string(cluster_key_.view()))};
}

void ClusterLedger::Begin(etcd::EtcdClient& client, const log::Log& local) {
  const Status begun = etcd::EtcdLog::Begin(client, local, random_, Options("one"));
  Check(begun.has_value(), "a cluster begins");
}

Result<std::unique_ptr<etcd::EtcdLog>> ClusterLedger::TryOpen(etcd::EtcdClient& client,
                                                              log::Log& local,
                                                              const std::string& node) {
  return etcd::EtcdLog::Open(client, local, random_, Options(node));
}

std::unique_ptr<etcd::EtcdLog> ClusterLedger::Open(etcd::EtcdClient& client, log::Log& local,
                                                   const std::string& node) {
  return Need(TryOpen(client, local, node));
}

std::string ClusterLedger::Value(etcd::EtcdClient& client, const std::string& key) const {
  etcdserverpb::RangeRequest request;
  request.set_key(key);
  const etcdserverpb::RangeResponse answer = Need(client.Range(request));
  return answer.kvs_size() == 0 ? "" : answer.kvs(0).value();
}

etcd::ClusterHead ClusterLedger::Head(etcd::EtcdClient& client) const {
  return Need(etcd::DecodeClusterHead(cluster_key_, keys_.Head(), Value(client, keys_.Head())));
}

std::int64_t ClusterLedger::Revision(etcd::EtcdClient& client) const {
  etcdserverpb::RangeRequest request;
  request.set_key(keys_.Head());
  const etcdserverpb::RangeResponse answer = Need(client.Range(request));
  return answer.kvs_size() == 0 ? 0 : answer.kvs(0).mod_revision();
}

void ClusterLedger::Put(etcd::EtcdClient& client, const std::string& key,
                        const std::string& value) const {
  etcdserverpb::TxnRequest request;
  etcdserverpb::RequestOp* change = request.add_success();
  if (value.empty()) {
    change->mutable_request_delete_range()->set_key(key);
  } else {
    change->mutable_request_put()->set_key(key);
    change->mutable_request_put()->set_value(value);
  }
  Need(client.Txn(request));
}

std::unique_ptr<etcd::EtcdClient> ConnectTo(etcd::EtcdClient::Options options) {
  return Need(etcd::EtcdClient::Connect(std::move(options)));
}

}  // namespace latchkey::testing
