// Nodes of a cluster as tests have them, and the ledger that they share.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/base/error.h"
#include "core/crypto/random.h"
#include "core/crypto/secret.h"
#include "core/etcd/client.h"
#include "core/etcd/cluster_format.h"
#include "core/etcd/etcd_log.h"
#include "core/log/log.h"

namespace latchkey::testing {

// A ledger with an id that no other test has, and the key of its cluster.
class ClusterLedger {
 public:
  ClusterLedger();

  etcd::EtcdLog::Options Options(const std::string& node) const;
  const etcd::EtcdKeys& keys() const { return keys_; }
  const crypto::Secret& cluster_key() const { return cluster_key_; }

  // The cluster begins with this log.
  void Begin(etcd::EtcdClient& client, const log::Log& local);
  // A node over `local`, which outlives it, as `client` does.
  Result<std::unique_ptr<etcd::EtcdLog>> TryOpen(etcd::EtcdClient& client, log::Log& local,
                                                 const std::string& node = "one");
  std::unique_ptr<etcd::EtcdLog> Open(etcd::EtcdClient& client, log::Log& local,
                                      const std::string& node = "one");

  // The head as etcd has it.
  etcd::ClusterHead Head(etcd::EtcdClient& client) const;
  std::int64_t Revision(etcd::EtcdClient& client) const;                      // of the head
  std::string Value(etcd::EtcdClient& client, const std::string& key) const;  // "": no such key
  // By someone who does as they like. An empty value removes the key.
  void Put(etcd::EtcdClient& client, const std::string& key, const std::string& value) const;

 private:
  crypto::SystemRandom random_;
  std::string id_;
  std::string epoch_;
  crypto::Secret cluster_key_;
  etcd::EtcdKeys keys_;
};

// A client, which connects or ends the test program.
std::unique_ptr<etcd::EtcdClient> ConnectTo(etcd::EtcdClient::Options options);

}  // namespace latchkey::testing
