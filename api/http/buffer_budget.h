// What all connections together may hold in buffers: a peer that sends half of something, or does
// not read what it asked for, holds memory for as long as it likes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "api/http/client_address.h"

namespace latchkey::api {

// Thread-safe.
class BufferBudget {
 public:
  // In bytes, `share` for one address.
  BufferBudget(std::size_t total, std::size_t share) : total_(total), share_(share) {}

  // A connection of `address` that held `before` holds `after` from now on. False, and nothing
  // changes, when it is more and goes beyond the total or the address's share.
  bool Change(const ClientAddress& address, std::size_t before, std::size_t after);

  std::size_t held() const;

 private:
  const std::size_t total_;
  const std::size_t share_;
  mutable std::mutex mutex_;  // guards the following
  std::size_t held_ = 0;
  std::unordered_map<std::uint64_t, std::size_t> of_address_;  // without those that hold nothing
};

}  // namespace latchkey::api
