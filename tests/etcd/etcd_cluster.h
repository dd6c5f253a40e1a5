// etcd itself on loopback, with mutual TLS: processes of a test's own, whose data goes with them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "core/etcd/client.h"
#include "tests/support/temp_dir.h"

namespace latchkey::testing {

// How to reach an etcd, and as whom.
struct EtcdAccess {
  std::vector<std::string> addresses;  // HOST:PORT of each member
  std::string ca_pem;
  std::string certificate_pem;
  std::string key_pem;

  // With patience enough for a slow machine. `endpoints`: all members where there are none.
  etcd::EtcdClient::Options Options(std::vector<std::string> endpoints = {}) const;
};

// A CA of a test's own, certificates for 127.0.0.1 and for a client, and a stranger's client
// certificate, of another CA with the same name.
class EtcdCertificates {
 public:
  EtcdCertificates();

  const std::string& ca_pem() const { return ca_pem_; }
  EtcdAccess Access(std::vector<std::string> addresses) const;
  EtcdAccess AccessOfStranger(std::vector<std::string> addresses) const;
  std::string file(const std::string& name) const { return directory_ / name; }
  const std::string& server_pem() const { return server_pem_; }
  const std::string& server_key_pem() const { return server_key_pem_; }

 private:
  TempDir directory_;  // ca.crt, server.crt, server.key, client.crt, client.key
  std::string ca_pem_, server_pem_, server_key_pem_;
  std::string client_pem_, client_key_pem_;
  std::string stranger_pem_, stranger_key_pem_;
};

class EtcdCluster {
 public:
  // Returns when every member answers.
  explicit EtcdCluster(std::size_t members);
  ~EtcdCluster();
  EtcdCluster(const EtcdCluster&) = delete;
  EtcdCluster& operator=(const EtcdCluster&) = delete;

  EtcdAccess access() const { return certificates_.Access(addresses_); }
  const EtcdCertificates& certificates() const { return certificates_; }

  // Stops a member, calls `meanwhile` with the directory of its data, and starts it again.
  void Restart(std::size_t member,
               const std::function<void(const std::filesystem::path& data)>& meanwhile);
  void Freeze(std::size_t member);  // it keeps its connections, and answers nothing
  void Thaw(std::size_t member);

 private:
  void Start(std::size_t member);
  void AwaitAnswer(std::size_t member);

  EtcdCertificates certificates_;
  TempDir data_;
  std::vector<std::string> addresses_;
  std::vector<std::string> peer_addresses_;
  std::string initial_cluster_;
  std::vector<pid_t> members_;
};

// An etcd of one member, which all tests of this program share: each has a ledger of its own there.
// Also from the program that a death test starts. From one thread.
const EtcdAccess& SharedEtcd();

}  // namespace latchkey::testing
