// Submits commands directly to a ledger's sequencer, without HTTP, to make large ledgers quickly.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "tools/ledger/ledger.h"
#include "tools/process/exit_code.h"

namespace latchkey::tools {

inline constexpr std::string_view kBenchAccount = "bench";

// Keeps up to `depth` commands in flight. One thread; the ledger outlives it.
class CommandPump {
 public:
  CommandPump(Ledger& ledger, unsigned depth) : ledger_(ledger), depth_(depth) {}
  ~CommandPump() { (void)Drain(); }

  // Waits while `depth` commands are in flight, then submits one more.
  void Submit(domain::Command command);
  // Waits for all; returns the first refusal since the last call, if there was one.
  Status Drain();

 private:
  Ledger& ledger_;
  const unsigned depth_;
  std::mutex mutex_;
  std::condition_variable answered_;
  unsigned waiting_ = 0;
  Status problem_;
};

// An account and `gateways` gateways in a new ledger at `data`. The first `registered` of them
// redeem their key and check in: their certificates are signed by the ledger's CA, all for the same
// key pair, so that the ledger can be verified. `visit` may use the ledger before it is closed.
Status FillLedger(const std::filesystem::path& data, std::uint64_t gateways,
                  std::uint64_t registered, const std::function<void(Ledger&)>& visit = {});

// The main function of a process that a bench starts from its own program: fills a ledger with at
// least `events` events, prints a line, and goes on writing until it is killed.
ExitCode RunBenchFill(const std::filesystem::path& data, std::uint64_t events, std::ostream& out);

// The name of the n-th gateway that a fill adds; they are numbered from 1.
std::string BenchGatewayName(std::uint64_t number);

// The text of a gateway's first key, as its operator sees it.
std::string KeyText(Ledger& ledger, std::uint64_t gateway);

}  // namespace latchkey::tools
