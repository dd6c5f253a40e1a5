// Recently read rows of the state. Decide, Apply and the handlers ask for the same few again and
// again; a lookup in RocksDB costs ten times as much.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "core/domain/state.h"

namespace rocksdb {
class Cache;
}

namespace latchkey::projections {

// Thread-safe.
class RowCache {
 public:
  using Read = std::function<std::optional<std::string>()>;

  explicit RowCache(std::size_t bytes);

  // The row of that key, or null when there is none: from the cache, otherwise from `read`.
  std::optional<std::string> Get(std::string_view key, const Read& read) const;
  // These rows have been written: those in the cache are replaced, others enter when they are read.
  // A read that began earlier does not bring the old row back. One thread.
  void Update(const domain::Rows& rows);

 private:
  struct Stripe {
    std::mutex mutex;
    std::atomic<std::uint64_t> updates{0};
  };
  Stripe& StripeOf(std::string_view key) const;
  bool Has(std::string_view key) const;
  void Put(std::string_view key, const std::optional<std::string>& value) const;

  const std::shared_ptr<rocksdb::Cache> cache_;
  mutable std::array<Stripe, 64> stripes_;
};

}  // namespace latchkey::projections
