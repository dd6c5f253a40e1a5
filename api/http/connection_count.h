// How many connections of one listener are open, and how many of them an address has.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <unordered_map>

#include "api/http/client_address.h"

namespace latchkey::api {

// Thread-safe.
class ConnectionCount {
 public:
  // One address has at most `share`, unless it is not limited.
  explicit ConnectionCount(std::size_t share) : share_(share) {}

  bool Open(const ClientAddress& address);  // false: it has its share, and nothing is counted
  void Close(const ClientAddress& address);

  // One that is open is not counted for a while, and is then whatever the limits.
  void Leave(const ClientAddress& address) { Close(address); }
  void Return(const ClientAddress& address);

  std::size_t open() const { return open_; }

  // Called after `open` went down, from any thread. Set before the first connection.
  std::function<void()> closed;

 private:
  const std::size_t share_;
  std::atomic<std::size_t> open_{0};
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::size_t> of_address_;  // under mutex_; none that has none
};

}  // namespace latchkey::api
