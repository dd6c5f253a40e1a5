// `latchkey serve` as a process of its own, on loopback and free ports, for benchmarks and tests
// that need the real server.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "tools/bench/load_client.h"
#include "tools/bench/load_process.h"

namespace latchkey::tools {

// An answer that owns its bytes.
struct Fetched {
  int status = 0;
  std::string head;
  std::string body;
};

// One request over a connection of its own. kIo without a complete answer.
Result<Fetched> Fetch(LoadOptions options, const std::string& request);

class ServedLedger {
 public:
  struct Options {
    std::filesystem::path program;  // the latchkey binary
    std::filesystem::path data;
    std::filesystem::path log;             // receives the server's output
    std::vector<std::string> arguments{};  // further options of `serve`
    std::string gateways = "127.0.0.1:0";  // where gateways connect
    std::chrono::seconds patience{60};     // how long to wait until it is ready
  };
  // Starts it and waits until /readyz answers 200. kIo when it ends or `patience` passes before
  // that.
  static Result<ServedLedger> Start(const Options& options);

  // Connections to its listeners, verified against its CA.
  LoadOptions Management(unsigned connections) const;
  LoadOptions Gateways(unsigned connections) const;
  // "Authorization: Bearer …" with CR LF, of the owner.
  const std::string& authorization() const { return authorization_; }
  const std::string& ca_pem() const { return ca_pem_; }
  const std::string& token() const { return token_; }

  // From its start as a process to the first 200 of /readyz.
  std::chrono::duration<double> start_up() const { return start_up_; }
  ChildProcess& process() { return process_; }
  const ChildProcess& process() const { return process_; }

  // Sends SIGTERM; returns its exit code, or null (and kills it) when it does not end within 15 s.
  std::optional<int> Stop();

  // Management requests by the owner, each over a connection of its own.
  Result<Fetched> Get(const std::string& target) const;
  Result<Fetched> Send(const std::string& method, const std::string& target,
                       const std::string& body = {}) const;

 private:
  explicit ServedLedger(ChildProcess process) : process_(std::move(process)) {}

  ChildProcess process_;
  std::string management_;
  std::string gateways_;
  std::string ca_pem_;
  std::string token_;
  std::string authorization_;
  std::chrono::duration<double> start_up_{};
};

}  // namespace latchkey::tools
