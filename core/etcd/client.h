// A client of etcd's API (core/etcd/rpc.proto) over gRPC with mutual TLS, to several endpoints.
//
// Each call is attempted at one endpoint after another, until one answers or the patience ends. A
// lost answer is therefore followed by the same request elsewhere, while the first may still be
// carried out later: a transaction must compare what it changes, so that only one of its attempts
// can succeed. gRPC itself retries nothing.
//
// An endpoint is used once it has shown that it belongs to the right etcd cluster, by its id, and
// that its version is supported; each later answer must have the same id.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/crypto/secret.h"

namespace etcdserverpb {
class RangeRequest;
class RangeResponse;
class TxnRequest;
class TxnResponse;
}  // namespace etcdserverpb

namespace latchkey::etcd {

using namespace std::chrono_literals;

// Between a lost answer and the next attempt. etcd answers in milliseconds, and elects a leader in
// one or two seconds.
inline constexpr std::chrono::milliseconds kAttempt = 750ms;
// After it a call without an answer ends; an election fits in.
inline constexpr std::chrono::milliseconds kPatience = 10s;
// The oldest etcd that is supported.
inline constexpr std::string_view kOldestEtcd = "3.6.14";
// An answer with a page of batches.
inline constexpr int kMaxAnswerBytes = 20 * 1024 * 1024;

class EtcdClient {
 public:
  struct Options {
    std::vector<std::string> endpoints;  // https://HOST:PORT, at least one
    std::string ca_pem;                  // that signed etcd's certificates
    std::string certificate_pem;         // of this client, and its key
    crypto::Secret key_pem;
    std::uint64_t cluster_id = 0;  // of the etcd cluster; 0: that of the first endpoint to answer
    std::chrono::milliseconds attempt = kAttempt;
    std::chrono::milliseconds patience = kPatience;
  };

  // Asks every endpoint who it is; one that answers is enough. Returns kUnusable and words when one
  // belongs to another cluster or is too old, or an endpoint is not a URL of that form; kIo when
  // none answers, or none takes the certificate.
  static Result<std::unique_ptr<EtcdClient>> Connect(Options options);
  ~EtcdClient();

  std::uint64_t cluster_id() const;  // thread-safe

  // Block, for about a patience at most. Return kIo without an answer: of a transaction it is then
  // not known whether it was or will be carried out. kUnusable as Connect does. Thread-safe.
  Result<etcdserverpb::RangeResponse> Range(const etcdserverpb::RangeRequest& request);
  Result<etcdserverpb::TxnResponse> Txn(const etcdserverpb::TxnRequest& request);

  // Waits until the key has a revision after `revision`, at one endpoint and for `within` at most.
  // False when the time has passed or `stop` is requested; kIo and kUnusable as above. Thread-safe.
  Result<bool> AwaitChange(const std::string& key, std::int64_t revision,
                           std::chrono::milliseconds within, const std::stop_token& stop);

 private:
  struct Impl;
  explicit EtcdClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Refuses an etcd older than kOldestEtcd with kUnusable, naming it and what to do. A pre-release is
// taken for its release. Thread-safe.
Status CheckEtcdVersion(std::string_view endpoint, std::string_view version);

}  // namespace latchkey::etcd
